/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the id maps of the calling process (id_map_self.h). */
#define _GNU_SOURCE
#include "id_map_self.h"

#include <stdio.h>
#include <string.h>

#define ALL_IDS 4294967295u

int pf_id_map_self_read(enum pf_id_kind kind, struct pf_id_map *ret)
{
	FILE *file = fopen(kind == PF_UID ? "/proc/self/uid_map" : "/proc/self/gid_map", "re");
	struct pf_id_line line;
	int initial = 0;

	*ret = (struct pf_id_map){0};
	while (file && fscanf(file, "%u %u %u", &line.inside, &line.outside, &line.count) == 3) {
		initial = line.inside == 0 && line.outside == 0 && line.count == ALL_IDS;
		line.outside = line.inside;
		pf_id_map_add(ret, &line);
	}
	if (file)
		fclose(file);
	return initial;
}

int pf_id_map_self_has(enum pf_id_kind kind, uint32_t first, uint32_t count)
{
	struct pf_id_map map;

	pf_id_map_self_read(kind, &map);
	for (size_t i = 0; i < map.count; i++)
		if (first >= map.line[i].inside &&
		    (uint64_t)first + count <= (uint64_t)map.line[i].inside + map.line[i].count)
			return 1;
	return 0;
}
