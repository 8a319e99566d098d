/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses, checks and writes id maps (id_map.h). */
#define _GNU_SOURCE
#include "id_map.h"

#include <errno.h>
#include <string.h>

#include "common/id_parse.h"

static int fits(uint32_t first, uint32_t count)
{
	return (uint64_t)first + count - 1 <= PF_LAST_ID;
}

int pf_id_line_parse(const char *text, struct pf_id_line *ret)
{
	struct pf_id_line line;

	text = pf_number_parse(text, ':', PF_LAST_ID, &line.inside);
	if (text)
		text = pf_number_parse(text, ':', PF_LAST_ID, &line.outside);
	if (text)
		text = pf_number_parse(text, '\0', PF_LAST_ID + 1, &line.count);
	if (!text || line.count == 0 || !fits(line.inside, line.count) ||
	    !fits(line.outside, line.count))
		return -EINVAL;
	*ret = line;
	return 0;
}

static int overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a < (uint64_t)b + b_count && b < (uint64_t)a + a_count;
}

int pf_id_map_add(struct pf_id_map *map, const struct pf_id_line *line)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct pf_id_line *other = &map->line[i];
		if (overlap(line->inside, line->count, other->inside, other->count) ||
		    overlap(line->outside, line->count, other->outside, other->count))
			return -EEXIST;
	}
	if (map->count == PF_ID_MAP_LINES)
		return -E2BIG;
	map->line[map->count++] = *line;
	return 0;
}

int pf_id_map_has(const struct pf_id_map *map, uint32_t inside)
{
	for (size_t i = 0; i < map->count; i++)
		if (inside - map->line[i].inside < map->line[i].count)
			return 1;
	return 0;
}

int pf_id_map_text(const struct pf_id_map *map, struct pf_strings *ret)
{
	int r = 0;

	for (size_t i = 0; i < map->count && r == 0; i++)
		r = pf_strings_format(ret, "%u %u %u", map->line[i].inside, map->line[i].outside,
				      map->line[i].count);
	return r;
}
