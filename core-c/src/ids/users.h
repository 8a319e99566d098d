/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up users by name, on the host or in a root directory. */
#ifndef PF_USERS_H
#define PF_USERS_H

#include <stdint.h>

#include "common/passwd.h"
#include "pflask.h"
#include "src/base/string_list.h"

struct pf_user {
	uint32_t uid, gid;
	char *name, *home, *shell; /* freed by pf_user_clear(); NULL: the number has no entry */
	struct pf_strings groups;  /* supplementary groups, in decimal */
	int has_named_groups;      /* the text names `groups`, so that each group is required */
};

/* Finds "USER" or "USER:GROUP[,GROUP...]", as names or numbers. The first group is the primary
 * group. Groups after the first group replace the user's supplementary groups. If the members root,
 * passwd and group of `files` are all -1, asks the host through NSS. Otherwise reads the files
 * /etc/passwd and /etc/group. A member `passwd` or `group` that is not -1 replaces the file of the
 * root directory. If `root` is -1, the root directory is that of the host. A number without an
 * entry is a valid user, whose gid is the same number. Returns 0, or -errno with *reterr filled
 * in. */
int pf_user_find(const char *text, const struct pf_passwd_files *files, struct pf_user *ret,
		 struct pflask_error *reterr);

/* Finds the user with a number, in `files` or on the host as pf_user_find() does. Returns 1 if
 * there is an entry, else 0. In both cases, pf_user_clear() frees *ret. */
int pf_user_of(uint32_t uid, const struct pf_passwd_files *files, struct pf_user *ret);

/* Frees the members of a user. */
void pf_user_clear(struct pf_user *user);

#endif
