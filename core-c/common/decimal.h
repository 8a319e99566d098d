/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes numbers as text, for programs without stdio. */
#ifndef PF_DECIMAL_H
#define PF_DECIMAL_H

#include <stdint.h>

#define PF_DECIMAL_SIZE 21 /* buffer size for the decimal digits of any uint64_t, with the NUL */

/* Writes a number in decimal, NUL-terminated. Returns its length. */
static inline int pf_write_decimal(uint64_t number, char ret[PF_DECIMAL_SIZE])
{
	char digits[PF_DECIMAL_SIZE];
	int n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	for (int i = 0; i < n; i++)
		ret[i] = digits[n - 1 - i];
	ret[n] = '\0';
	return n;
}

#endif
