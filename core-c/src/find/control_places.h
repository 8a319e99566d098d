/* SPDX-License-Identifier: BSD-2-Clause */
/* The directories in which monitors of detached containers listen (docs/control.md). */
#ifndef PF_CONTROL_PLACES_H
#define PF_CONTROL_PLACES_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct pf_place {
	char *path;
	uid_t uid; /* owner */
};

struct pf_places {
	struct pf_place *items;
	size_t count;
};

/* Lists the directories in which monitors of a user may listen. Returns 0 or -ENOMEM. In both
 * cases, pf_places_clear() frees *ret. */
int pf_places_of(uid_t uid, struct pf_places *ret);

/* Lists the directories of the caller, which come first. For root, also lists the directories of
 * users that are logged in (PF_PLACES_NEAR), or of all users. Returns as pf_places_of() does. */
enum pf_places_of { PF_PLACES_NEAR, PF_PLACES_ALL };
int pf_places_list(enum pf_places_of whose, struct pf_places *ret);
void pf_places_clear(struct pf_places *places);

/* Finds the directory for a new container. Returns 0, -ENAMETOOLONG or -ENOMEM. */
int pf_place_for_new(char ret[PATH_MAX]);

#endif
