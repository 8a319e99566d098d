/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints strings of JSON (json.h). */
#include "json.h"

#include <string.h>

#include "common/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Returns the letter of the short escape of a character, or '\0' if JSON has none. */
static char short_escape(char character)
{
	static const char characters[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = strchr(characters, character);

	return found ? letters[found - characters] : '\0';
}

/* Prints the first character of a text. Returns its length in bytes. */
static int put_character(FILE *out, const char *text)
{
	int n = pf_utf8_length(text);
	char letter = short_escape(*text);

	if (n == 0)
		fputs(REPLACEMENT, out);
	else if (letter)
		fprintf(out, "\\%c", letter);
	else if (n == 1 && (unsigned char)*text < 0x20)
		fprintf(out, "\\u%04x", (unsigned char)*text);
	else
		fwrite(text, 1, (size_t)n, out);
	return n > 0 ? n : 1;
}

void pf_json_string(FILE *out, const char *text)
{
	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	while (*text)
		text += put_character(out, text);
	fputc('"', out);
}
