/* SPDX-License-Identifier: BSD-2-Clause */
/* Users by name: the host's, or those of a root directory. */
#ifndef PF_USERS_H
#define PF_USERS_H

#include <stdint.h>

#include "common/login.h"
#include "pflask.h"
#include "src/base/string_list.h"

struct pf_user {
	uint32_t uid, gid;
	char *name, *home, *shell; /* owned; NULL where there is no entry for a number */
	struct pf_strings groups;  /* other groups, decimal; owned */
};

/* Finds "USER" or "USER:GROUP", names or numbers, in these files. Where they are none, that is on
 * the host, through NSS; a file alone goes with the other one of the host. A number without an
 * entry is a user whose group has the same number. Returns 0 or -errno with *reterr filled in. */
int pf_user_find(const char *text, const struct pf_login_files *files, struct pf_user *ret,
		 struct pflask_error *reterr);

/* Finds the user of a number in the same places. Returns 1 where there is an entry; pf_user_clear()
 * frees what *ret holds in both cases. */
int pf_user_of(uint32_t uid, const struct pf_login_files *files, struct pf_user *ret);

/* Frees what a user owns. */
void pf_user_clear(struct pf_user *user);

#endif
