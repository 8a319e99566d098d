/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds characters in UTF-8 (utf8.h). */
#include "utf8.h"

#include <stddef.h>

int pf_utf8_length(const char *text)
{
	static const struct {
		unsigned char first, last, low, high, length;
	} rows[] = {
		{0x01, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *byte = (const unsigned char *)text;
	size_t i = 0;
	int n = 1;

	while (i < sizeof(rows) / sizeof(rows[0]) &&
	       (*byte < rows[i].first || *byte > rows[i].last))
		i++;
	if (i == sizeof(rows) / sizeof(rows[0]) || byte[1] < rows[i].low || byte[1] > rows[i].high)
		return 0;
	for (; n < rows[i].length; n++)
		if (byte[n] < 0x80 || byte[n] > 0xbf)
			return 0;
	return n;
}

int pf_utf8_is_control(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	return (*byte > 0 && *byte < 0x20) || *byte == 0x7f ||
	       (*byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0);
}
