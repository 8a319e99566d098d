/* SPDX-License-Identifier: BSD-2-Clause */
/* Which field of the spec is to blame for an operation of a plan that has failed. The compiler
 * notes the field; where it has noted none, the operation has the field that ops.def gives it. */
#ifndef PF_ORIGINS_H
#define PF_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

struct pf_origin {
	uint32_t first, count; /* operations */
	int number;            /* the errno for which the field is to blame; 0: any */
	const char *field;     /* of the spec, or ""; static */
	char *text;            /* as it was asked for, or "" */
};

struct pf_origins {
	struct pf_origin *items;
	size_t count;
};

/* Notes where operations come from; copies the text. Where two notes have one operation, the later
 * note counts. Returns 0 or -ENOMEM. */
int pf_origins_add(struct pf_origins *origins, const struct pf_origin *origin);

/* Finds what was noted for an operation that has failed with this number; or NULL. */
const struct pf_origin *pf_origins_find(const struct pf_origins *origins, uint32_t index,
					int number);

/* Returns which field is to blame for an operation of a plan that has failed with this number. The
 * strings live as long as the origins. */
struct pf_origin pf_origin_of(const struct pf_origins *origins, const void *plan, uint32_t index,
			      int number);

void pf_origins_clear(struct pf_origins *origins);

#endif
