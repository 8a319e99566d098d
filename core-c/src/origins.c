/* SPDX-License-Identifier: BSD-2-Clause */
/* Which operations an option has asked for (compile.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

void pf_origins_add(struct pf_compiler *compiler, uint32_t first, const char *text)
{
	struct pf_origins *origins = compiler->origins;
	uint32_t count = compiler->encoder.count - first;

	if (count == 0)
		return;
	struct pf_origin *items =
		realloc(origins->items, (origins->count + 1) * sizeof(*origins->items));
	char *copy = strdup(text);
	if (items)
		origins->items = items;
	if (!items || !copy) {
		free(copy);
		compiler->encoder.failed = -ENOMEM;
		return;
	}
	items[origins->count++] = (struct pf_origin){first, count, copy};
}

const char *pf_origins_find(const struct pf_origins *origins, int32_t index)
{
	for (size_t i = 0; i < origins->count; i++)
		if ((uint32_t)index - origins->items[i].first < origins->items[i].count)
			return origins->items[i].text;
	return NULL;
}

void pf_origins_clear(struct pf_origins *origins)
{
	for (size_t i = 0; i < origins->count; i++)
		free(origins->items[i].text);
	free(origins->items);
	*origins = (struct pf_origins){0};
}
