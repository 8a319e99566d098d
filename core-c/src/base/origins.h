/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the origins of operations. The origin of an operation is the field of the spec that an
 * error names if the operation fails. The compiler records an origin for some operations. For the
 * other operations, ops.def gives the field. */
#ifndef PF_ORIGINS_H
#define PF_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

struct pf_origin {
	uint32_t first, count; /* the first operation, and how many operations */
	int number;            /* the origin is valid for this errno only; 0: for any errno */
	const char *field;     /* name of a field of the spec, static; or "" */
	char *text;            /* the value of the field, or "" */
};

struct pf_origins {
	struct pf_origin *items;
	size_t count;
};

/* Records the origin of some operations, and copies the text. If an operation already has an
 * origin, the new origin counts. Returns 0 or -ENOMEM. */
int pf_origins_add(struct pf_origins *origins, const struct pf_origin *origin);

/* Returns the recorded origin of an operation that has failed with this errno, or NULL. */
const struct pf_origin *pf_origins_find(const struct pf_origins *origins, uint32_t index,
					int number);

/* Returns the origin of an operation that has failed with this errno: the recorded origin, or else
 * the field that ops.def gives for the operation. The strings live as long as the origins. */
struct pf_origin pf_origin_of(const struct pf_origins *origins, const void *plan, uint32_t index,
			      int number);

void pf_origins_clear(struct pf_origins *origins);

#endif
