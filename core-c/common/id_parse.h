/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses numbers and ids. */
#ifndef PF_ID_PARSE_H
#define PF_ID_PARSE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define PF_LAST_ID 4294967294ull /* the next number, (uid_t)-1, is no id */

/* Parses a decimal number, after which the character `end` must follow. Returns the text after
 * `end`, or NULL if the text is no such number or the number is above `most`. */
static inline const char *pf_number_parse(const char *text, char end, uint64_t most, uint32_t *ret)
{
	uint64_t value = 0;
	const char *digit = text;

	for (; *digit >= '0' && *digit <= '9'; digit++) {
		value = value * 10 + (uint64_t)(*digit - '0');
		if (value > most)
			return NULL;
	}
	if (digit == text || *digit != end)
		return NULL;
	*ret = (uint32_t)value;
	return end ? digit + 1 : digit;
}

/* Parses a decimal id. Refuses (uid_t)-1. Returns 0 or -EINVAL. */
static inline int pf_id_parse(const char *text, uint32_t *ret)
{
	return pf_number_parse(text, '\0', PF_LAST_ID, ret) ? 0 : -EINVAL;
}

#endif
