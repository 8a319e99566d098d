/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads subordinate ids: the ranges of ids that subuid(5) and subgid(5) give to a user. Also picks
 * free ids. */
#ifndef PF_SUBIDS_H
#define PF_SUBIDS_H

#include <sys/types.h>

#include "id_map.h"

#define PF_SUBID_RANGES 16

struct pf_subids {
	/* Each range has its first id on the host in `outside`, and 0 in `inside`. */
	struct pf_id_line range[PF_SUBID_RANGES];
	size_t count;
};

/* Returns the file that lists the ranges: "/etc/subuid" or "/etc/subgid". */
const char *pf_subids_file(enum pf_id_kind kind);

/* Reads the ranges of a user, by name or number. Reads the file, or runs getsubids(1) if
 * nsswitch.conf(5) names a source other than the files for `subid`. A missing file or line gives no
 * ranges. Returns 0, or -ENOENT if getsubids(1) is necessary and not in PATH. */
int pf_subids_read(enum pf_id_kind kind, const char *user, uid_t uid, struct pf_subids *ret);

/* Returns the source that nsswitch.conf(5) names for subordinate ids. The caller frees the text.
 * Returns NULL if the source is the files. */
char *pf_subids_source(void);

/* Tells whether the ranges together have all of [first, first + count), by the rules of
 * newuidmap(1). */
int pf_subids_hold(const struct pf_subids *subids, uint32_t first, uint32_t count);

/* Finds `count` consecutive free ids: no line of subuid(5) or subgid(5) has them, no process has
 * one of them, and no user or group has the first. (To ask NSS about each id could take very long.)
 * Returns the first id, or 0 if there are no free ids.
 *
 * The search starts at an id that depends on the name and on the pid of the calling process. Two
 * processes that search at the same time therefore find different ids, except in one case of 28663.
 * The same process finds the same ids again until a process uses them. */
uint32_t pf_subids_pick(const char *name, uint32_t count);

/* Tells whether no user has one of the ids in subuid(5) or subgid(5). */
int pf_subids_are_free(enum pf_id_kind kind, uint32_t first, uint32_t count);

/* Returns the first id for a new range of PF_LIMIT_ids ids, for a hint. */
uint32_t pf_subids_next(void);

#endif
