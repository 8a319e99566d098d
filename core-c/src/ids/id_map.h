/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds id maps of a user namespace (user_namespaces(7)). */
#ifndef PF_ID_MAP_H
#define PF_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "common/id_parse.h"
#include "src/base/string_list.h"

#define PF_ID_MAP_LINES 340 /* the kernel's maximum number of lines of a map, since Linux 4.15 */

enum pf_id_kind { PF_UID, PF_GID };

struct pf_id_line {
	uint32_t inside, outside, count;
};

struct pf_id_map {
	struct pf_id_line line[PF_ID_MAP_LINES];
	size_t count;
};

/* Parses "ID:HOST:COUNT". Returns 0, or -EINVAL for a malformed line, an empty range, or a range
 * beyond the last id, 2^32 - 2. */
int pf_id_line_parse(const char *text, struct pf_id_line *ret);

/* Adds a line. Returns 0, -E2BIG, or -EEXIST if the line overlaps another line of the map. */
int pf_id_map_add(struct pf_id_map *map, const struct pf_id_line *line);

/* Tells whether the map has an id inside. */
int pf_id_map_has(const struct pf_id_map *map, uint32_t inside);

/* Appends the lines as text: "inside outside count". Returns 0 or -ENOMEM. */
int pf_id_map_text(const struct pf_id_map *map, struct pf_strings *ret);

#endif
