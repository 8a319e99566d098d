/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the directories in which monitors of detached containers listen (docs/control.md). */
#ifndef PF_CONTROL_DIRS_H
#define PF_CONTROL_DIRS_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct pf_control_dir {
	char *path;
	uid_t uid; /* owner */
};

struct pf_control_dirs {
	struct pf_control_dir *items;
	size_t count;
};

/* Lists the directories in which monitors of a user may listen. Returns 0 or -ENOMEM. In both
 * cases, pf_control_dirs_clear() frees *ret. */
int pf_control_dirs_of_user(uid_t uid, struct pf_control_dirs *ret);

/* Lists the directories of the caller first. For root, then lists the directories of the users who
 * are logged in (PF_CONTROL_DIRS_NEAR), or of all users (PF_CONTROL_DIRS_ALL). Returns as
 * pf_control_dirs_of_user() does. */
enum pf_control_dirs_scope { PF_CONTROL_DIRS_NEAR, PF_CONTROL_DIRS_ALL };
int pf_control_dirs_list(enum pf_control_dirs_scope scope, struct pf_control_dirs *ret);
void pf_control_dirs_clear(struct pf_control_dirs *dirs);

/* Finds the directory for a new container. Returns 0, -ENAMETOOLONG or -ENOMEM. */
int pf_control_dir_for_new(char ret[PATH_MAX]);

#endif
