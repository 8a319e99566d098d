/* SPDX-License-Identifier: BSD-2-Clause */
/* Which operations of a plan an option has asked for: an error of one of them names it. */
#ifndef PF_ORIGINS_H
#define PF_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

struct pf_origin {
	uint32_t first, count; /* operations */
	const char *field;     /* of the spec; static */
	char *text;            /* as it was asked for, or "" */
};

struct pf_origins {
	struct pf_origin *items;
	size_t count;
};

/* Notes where `count` operations come from. Returns 0 or -ENOMEM. */
int pf_origins_add(struct pf_origins *origins, uint32_t first, uint32_t count, const char *field,
		   const char *text);

/* Finds where an operation comes from; or NULL. */
const struct pf_origin *pf_origins_find(const struct pf_origins *origins, int32_t index);
void pf_origins_clear(struct pf_origins *origins);

#endif
