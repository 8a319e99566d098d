/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users and groups of the host, through NSS, in memory of their own: what getpwnam(3) and its like
 * return is shared by all threads of a process.
 */
#ifndef PF_ACCOUNTS_H
#define PF_ACCOUNTS_H

#include <grp.h>
#include <pwd.h>
#include <stdint.h>

/* Finds a user by name, or where that is NULL by number. Returns 1 where there is one; *ret_memory,
 * which *ret points into, is to be freed in any case. */
int pf_account_user(const char *name, uid_t uid, struct passwd *ret, char **ret_memory);

/* The same for a group. */
int pf_account_group(const char *name, gid_t gid, struct group *ret, char **ret_memory);

/* Tells whether a user or a group has a number. */
int pf_account_is(uint32_t id);

#endif
