/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses numbers and ids. */
#ifndef PF_ID_PARSE_H
#define PF_ID_PARSE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define PF_LAST_ID 4294967294ull /* the largest valid uid or gid; (uid_t)-1 means "no id" */

/* Parses a decimal number that the character `end` must follow. Returns the text after `end`.
 * Returns NULL if there is no such number, or if the number is greater than `most`. */
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
