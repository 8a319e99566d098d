/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the operations of a plan come from (origins.h). */
#define _GNU_SOURCE
#include "origins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pf_origins_add(struct pf_origins *origins, uint32_t first, uint32_t count, const char *field,
		   const char *text)
{
	struct pf_origin *items =
		realloc(origins->items, (origins->count + 1) * sizeof(*origins->items));
	char *copy = strdup(text);

	if (items)
		origins->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	items[origins->count++] = (struct pf_origin){first, count, field, copy};
	return 0;
}

const struct pf_origin *pf_origins_find(const struct pf_origins *origins, int32_t index)
{
	for (size_t i = 0; i < origins->count; i++)
		if ((uint32_t)index - origins->items[i].first < origins->items[i].count)
			return &origins->items[i];
	return NULL;
}

void pf_origins_clear(struct pf_origins *origins)
{
	for (size_t i = 0; i < origins->count; i++)
		free(origins->items[i].text);
	free(origins->items);
	*origins = (struct pf_origins){0};
}
