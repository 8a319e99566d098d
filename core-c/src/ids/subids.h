/* SPDX-License-Identifier: BSD-2-Clause */
/* Subordinate ids: ranges that subuid(5) and subgid(5) give to a user. */
#ifndef PF_SUBIDS_H
#define PF_SUBIDS_H

#include <sys/types.h>

#include "id_map.h"

#define PF_SUBID_RANGES 16

struct pf_subids {
	struct pf_id_line range[PF_SUBID_RANGES]; /* outside and count; inside is 0 */
	size_t count;
};

/* The name of the file that has them: "/etc/subuid" or "/etc/subgid". */
const char *pf_subids_file(enum pf_id_kind kind);

/* Reads the ranges of a user, by name or number: from the file, or as getsubids(1) tells where
 * nsswitch.conf(5) names another source of `subid`. No file, or no line, is no range. Returns 0, or
 * -ENOENT where getsubids(1) is needed and is not in PATH. */
int pf_subids_read(enum pf_id_kind kind, const char *user, uid_t uid, struct pf_subids *ret);

/* Returns the source of subordinate ids that nsswitch.conf(5) names, to be freed; or NULL: the
 * files. */
char *pf_subids_source(void);

/* Tells whether the ranges together hold all of [first, first + count), as newuidmap(1) sees it. */
int pf_subids_hold(const struct pf_subids *subids, uint32_t first, uint32_t count);

/* Finds `count` ids that no line of subuid(5) and subgid(5) gives away, that no process has, and of
 * which the first is no user's or group's: to ask NSS for each could take for ever. Where it begins
 * to look depends on the name and the calling process: two that look at the same time, before
 * either has a process there, find different ones but for one case in 28655; one process finds the
 * same again until they are used. Returns the first id, or 0 where there are none. */
uint32_t pf_subids_pick(const char *name, uint32_t count);

/* Tells whether nobody has been given any of the ids by the file of a kind. */
int pf_subids_are_free(enum pf_id_kind kind, uint32_t first, uint32_t count);

/* Finds where the next range of 65536 ids for a user could begin, for a hint. */
uint32_t pf_subids_next(void);

#endif
