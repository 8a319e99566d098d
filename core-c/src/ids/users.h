/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up users by name, on the host or in a root directory. */
#ifndef PF_USERS_H
#define PF_USERS_H

#include <stdint.h>

#include "common/login.h"
#include "pflask.h"
#include "src/base/string_list.h"

struct pf_user {
	uint32_t uid, gid;
	char *name, *home, *shell; /* owned; NULL for a number without an entry */
	struct pf_strings groups;  /* supplementary groups, decimal; owned */
};

/* Finds "USER" or "USER:GROUP", each a name or a number. Where root, passwd and group of `files`
 * are all -1, asks the host through NSS. Else reads the files; a file that is -1 comes from the
 * root, or from the host where the root is -1. A number without an entry is a user whose group has
 * the same number. Returns 0, or -errno with *reterr filled in. */
int pf_user_find(const char *text, const struct pf_login_files *files, struct pf_user *ret,
		 struct pflask_error *reterr);

/* Finds the user with a number in the same places. Returns 1 where an entry exists, else 0;
 * pf_user_clear() frees what *ret holds in both cases. */
int pf_user_of(uint32_t uid, const struct pf_login_files *files, struct pf_user *ret);

/* Frees what a user owns. */
void pf_user_clear(struct pf_user *user);

#endif
