/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the ids that exist in the user namespace of the calling process. */
#ifndef PF_ID_MAP_SELF_H
#define PF_ID_MAP_SELF_H

#include "id_map.h"

/* Reads /proc/self/uid_map or gid_map, and makes a map in which each existing id is mapped to
 * itself. Returns 1 in the initial namespace, which has all ids, else 0. */
int pf_id_map_self_read(enum pf_id_kind kind, struct pf_id_map *ret);

/* Tells whether all of [first, first + count) exist in the calling process's user namespace. */
int pf_id_map_self_has(enum pf_id_kind kind, uint32_t first, uint32_t count);

#endif
