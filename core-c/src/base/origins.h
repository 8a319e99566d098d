/* SPDX-License-Identifier: BSD-2-Clause */
/* Origins: which field of the spec is to blame for an operation that has failed. The compiler notes
 * a field for operations. For an operation without a note, ops.def gives the field. */
#ifndef PF_ORIGINS_H
#define PF_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

struct pf_origin {
	uint32_t first, count; /* operations */
	int number;            /* the note counts for this errno only; 0: for any */
	const char *field;     /* name of a field of the spec, or ""; static */
	char *text;            /* the value of the field, or "" */
};

struct pf_origins {
	struct pf_origin *items;
	size_t count;
};

/* Notes the origin of some operations, and copies the text. Where two notes cover one operation,
 * the later note counts. Returns 0 or -ENOMEM. */
int pf_origins_add(struct pf_origins *origins, const struct pf_origin *origin);

/* Returns the note for an operation that has failed with this errno, or NULL. */
const struct pf_origin *pf_origins_find(const struct pf_origins *origins, uint32_t index,
					int number);

/* Returns the origin of an operation that has failed with this errno: the note, or else the field
 * in ops.def. The strings live as long as the origins. */
struct pf_origin pf_origin_of(const struct pf_origins *origins, const void *plan, uint32_t index,
			      int number);

void pf_origins_clear(struct pf_origins *origins);

#endif
