/* SPDX-License-Identifier: BSD-2-Clause */
/* The origin of an operation is the field of the spec that caused the operation: an error of the
 * operation names this field. ops.def has the field for most operations. If it differs from spec to
 * spec, the compiler records the field here. */
#ifndef PF_ORIGINS_H
#define PF_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

struct pf_origin {
	uint32_t first, count; /* index of the first operation, and number of operations */
	int number;            /* errno for which the origin is valid; 0: for every errno */
	const char *field;     /* name of the field, in static memory; or "" */
	char *text;            /* value of the field, or "" */
};

struct pf_origins {
	struct pf_origin *items;
	size_t count;
};

/* Records the origin of a range of operations, and copies the text. A later origin replaces an
 * earlier one. Returns 0 or -ENOMEM. */
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
