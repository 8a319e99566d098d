/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds invisible characters (unseen.h). */
#include "unseen.h"

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

struct pf_character pf_character_of(const char *text)
{
	const int n = pf_utf8_length(text);

	if (n == 0)
		return (struct pf_character){.size = 1, .code = (unsigned char)*text};
	const uint32_t code = decode(text, n);
	return (struct pf_character){
		.size = (size_t)n, .code = code, .is_utf8 = 1, .is_unseen = is_unseen(code)};
}
