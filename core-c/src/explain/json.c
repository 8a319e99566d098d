/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints strings of JSON (json.h). */
#include "json.h"

#include <string.h>

#include "unseen.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Returns the letter of JSON's short escape for a character, such as 'n', or '\0' if there is
 * none. */
static char short_escape(char character)
{
	static const char characters[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = strchr(characters, character);

	return found ? letters[found - characters] : '\0';
}

/* Prints the \u escape of a character: one UTF-16 unit, or two. */
static void put_escape(FILE *out, uint32_t code)
{
	if (code < 0x10000)
		fprintf(out, "\\u%04x", (unsigned)code);
	else
		fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)),
			(unsigned)(0xdc00 + (code & 0x3ff)));
}

/* Prints the first character of a text. Returns the length of the character in bytes. */
static size_t put_character(FILE *out, const char *text, int keep_bytes)
{
	const struct pf_character first = pf_character_of(text);
	char letter = short_escape(*text);

	if (!first.is_utf8 && keep_bytes)
		put_escape(out, 0xdc00 + (unsigned char)*text);
	else if (!first.is_utf8)
		fputs(REPLACEMENT, out);
	else if (letter)
		fprintf(out, "\\%c", letter);
	else if (first.is_unseen)
		put_escape(out, first.code);
	else
		fwrite(text, 1, first.size, out);
	return first.size;
}

static void put_string(FILE *out, const char *text, int keep_bytes)
{
	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	while (*text)
		text += put_character(out, text, keep_bytes);
	fputc('"', out);
}

void pf_json_string(FILE *out, const char *text)
{
	put_string(out, text, 0);
}

void pf_json_bytes(FILE *out, const char *text)
{
	put_string(out, text, 1);
}
