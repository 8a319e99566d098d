/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the origins of the operations of a plan (origins.h). */
#define _GNU_SOURCE
#include "origins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An array without pointers; plan.h gives the reason. */
static const char fields[PF_OP_COUNT][14] = {
#define PF_OP(name, side, arguments, names, field, meaning) field,
#include "defs/ops.def"
#undef PF_OP
};

int pf_origins_add(struct pf_origins *origins, const struct pf_origin *origin)
{
	struct pf_origin *items =
		realloc(origins->items, (origins->count + 1) * sizeof(*origins->items));
	char *copy = strdup(origin->text);

	if (items)
		origins->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	items[origins->count] = *origin;
	items[origins->count++].text = copy;
	return 0;
}

const struct pf_origin *pf_origins_find(const struct pf_origins *origins, uint32_t index,
					int number)
{
	for (size_t i = origins->count; i > 0; i--) {
		const struct pf_origin *origin = &origins->items[i - 1];
		if (index - origin->first < origin->count &&
		    (!origin->number || origin->number == number))
			return origin;
	}
	return NULL;
}

struct pf_origin pf_origin_of(const struct pf_origins *origins, const void *plan, uint32_t index,
			      int number)
{
	static char none[] = "";
	const struct pf_origin *noted = pf_origins_find(origins, index, number);

	if (noted)
		return *noted;
	return (struct pf_origin){.first = index,
				  .count = 1,
				  .field = fields[pf_plan_op(plan, index)->code],
				  .text = none};
}

void pf_origins_clear(struct pf_origins *origins)
{
	for (size_t i = 0; i < origins->count; i++)
		free(origins->items[i].text);
	free(origins->items);
	*origins = (struct pf_origins){0};
}
