/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the control directories: the directories in which monitors of detached containers listen
 * (docs/control.md). */
#ifndef PF_CONTROL_DIRS_H
#define PF_CONTROL_DIRS_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct pf_control_dir {
	char *path;
	uid_t uid; /* user who owns the directory */
};

struct pf_control_dirs {
	struct pf_control_dir *items;
	size_t count;
};

/* Lists the control directories of a user. Returns 0 or -ENOMEM. pf_control_dirs_clear() frees *ret
 * in either case. */
int pf_control_dirs_of_user(uid_t uid, struct pf_control_dirs *ret);

/* Lists the control directories of the caller and, for root, also those of the users who are logged
 * in (PF_CONTROL_DIRS_NEAR) or of all users (PF_CONTROL_DIRS_ALL). Returns as
 * pf_control_dirs_of_user() does. */
enum pf_control_dirs_scope { PF_CONTROL_DIRS_NEAR, PF_CONTROL_DIRS_ALL };
int pf_control_dirs_list(enum pf_control_dirs_scope scope, struct pf_control_dirs *ret);
void pf_control_dirs_clear(struct pf_control_dirs *dirs);

/* Chooses the control directory for a new container. Returns 0, -ENAMETOOLONG or -ENOMEM. */
int pf_control_dir_for_new(char ret[PATH_MAX]);

#endif
