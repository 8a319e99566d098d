/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks up users and groups of the host through NSS (nsswitch.conf(5)). Each look-up has its own
 * memory, because getpwnam(3) and similar functions share theirs among all threads.
 */
#ifndef PF_NSS_H
#define PF_NSS_H

#include <grp.h>
#include <pwd.h>
#include <stdint.h>

/* Finds a user by name, or by uid if the name is NULL. Only the name, the uid and the home
 * directory of the entry may be used. Returns 1 if the user exists, else 0. *ret points into
 * *ret_memory, which the caller frees in either case. */
int pf_nss_user(const char *name, uid_t uid, struct passwd *ret, char **ret_memory);

/* Finds a user as pf_nss_user() does; all members of the entry may be used. */
int pf_nss_whole_user(const char *name, uid_t uid, struct passwd *ret, char **ret_memory);

/* Finds a group by name, or by number if the name is NULL. Returns as pf_nss_user() does. */
int pf_nss_group(const char *name, gid_t gid, struct group *ret, char **ret_memory);

/* Tells whether a user or a group has this number. */
int pf_nss_has_id(uint32_t id);

/* Finds the groups of a user, as getgrouplist(3) does. */
int pf_account_groups(const char *name, gid_t gid, gid_t *ret, int *ret_count);

/* Tells whether glibc might have found another result in one of the look-ups so far, because it
 * asks all sources of nsswitch.conf(5). Returns 1 only in a library that was built with musl. */
int pf_accounts_are_partial(void);

#endif
