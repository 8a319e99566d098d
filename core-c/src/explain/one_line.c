/* SPDX-License-Identifier: BSD-2-Clause */
/* Escapes invisible characters (one_line.h). */
#define _GNU_SOURCE
#include "one_line.h"

#include <stdint.h>
#include <stdio.h>

#include "src/base/written.h"
#include "unseen.h"

static void put_escape(FILE *out, uint32_t code)
{
	if (code < 0x100)
		fprintf(out, "\\x%02x", (unsigned)code);
	else if (code < 0x10000)
		fprintf(out, "\\u%04x", (unsigned)code);
	else
		fprintf(out, "\\U%08x", (unsigned)code);
}

/* Prints the first character of a text. Returns the length of the character in bytes. */
static size_t put_character(FILE *out, const char *text)
{
	const struct pf_character first = pf_character_of(text);

	if (!first.is_utf8 || first.is_unseen)
		put_escape(out, first.code);
	else
		fwrite(text, 1, first.size, out);
	return first.size;
}

char *pf_one_line(const char *text)
{
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

	if (!out)
		return NULL;
	while (*text)
		text += put_character(out, text);
	return pf_write_take(&written);
}
