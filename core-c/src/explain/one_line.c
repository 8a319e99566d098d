/* SPDX-License-Identifier: BSD-2-Clause */
/* Escapes invisible characters (one_line.h). */
#define _GNU_SOURCE
#include "one_line.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/utf8.h"
#include "unseen.gen.h"

/* Decodes a well-formed sequence of n bytes. */
static uint32_t decode(const char *text, int n)
{
	static const uint32_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = (unsigned char)*text & first_bits[n];

	for (int i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

static int is_unseen(uint32_t code)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return 1;
	return 0;
}

static void put_escape(FILE *out, uint32_t code)
{
	if (code < 0x100)
		fprintf(out, "\\x%02x", (unsigned)code);
	else if (code < 0x10000)
		fprintf(out, "\\u%04x", (unsigned)code);
	else
		fprintf(out, "\\U%08x", (unsigned)code);
}

/* Prints the first character of a text. Returns its length in bytes. */
static int put_character(FILE *out, const char *text)
{
	int n = pf_utf8_length(text);
	uint32_t code = n > 0 ? decode(text, n) : (unsigned char)*text;

	if (n == 0 || is_unseen(code))
		put_escape(out, code);
	else
		fwrite(text, 1, (size_t)n, out);
	return n > 0 ? n : 1;
}

char *pf_one_line(const char *text)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return NULL;
	while (*text)
		text += put_character(out, text);
	if (fclose(out) == 0)
		return line;
	free(line);
	return NULL;
}
