/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up users and groups of the host (nss.h). */
#define _GNU_SOURCE
#include "nss.h"

#include <errno.h>
#include <stdlib.h>

#include "nsswitch.h"

#define FIRST_SIZE 1024
#define LAST_SIZE (16u << 20) /* enough for a group with very many members */

#ifdef __GLIBC__

static void note(const char *database, int is_found)
{
	(void)database;
	(void)is_found;
}

int pf_accounts_are_partial(void)
{
	return 0;
}

#else

static int is_partial;

static void note(const char *database, int is_found)
{
	if (!pf_nsswitch_is_files(PF_NSSWITCH, database, is_found))
		is_partial = 1;
}

int pf_accounts_are_partial(void)
{
	return is_partial;
}

#endif

static int grow(char **memory, size_t size)
{
	free(*memory);
	*memory = malloc(size);
	return *memory != NULL;
}

int pf_nss_user(const char *name, uid_t uid, struct passwd *ret, char **ret_memory)
{
	struct passwd *found = NULL;
	int r = ERANGE;

	*ret_memory = NULL;
	for (size_t size = FIRST_SIZE; r == ERANGE && size <= LAST_SIZE; size *= 2) {
		if (!grow(ret_memory, size))
			return 0;
		r = name ? getpwnam_r(name, ret, *ret_memory, size, &found)
			 : getpwuid_r(uid, ret, *ret_memory, size, &found);
	}
	note("passwd", found != NULL);
	return found != NULL;
}

int pf_nss_group(const char *name, gid_t gid, struct group *ret, char **ret_memory)
{
	struct group *found = NULL;
	int r = ERANGE;

	*ret_memory = NULL;
	for (size_t size = FIRST_SIZE; r == ERANGE && size <= LAST_SIZE; size *= 2) {
		if (!grow(ret_memory, size))
			return 0;
		r = name ? getgrnam_r(name, ret, *ret_memory, size, &found)
			 : getgrgid_r(gid, ret, *ret_memory, size, &found);
	}
	note("group", found != NULL);
	return found != NULL;
}

int pf_nss_has_id(uint32_t id)
{
	struct passwd user;
	struct group group;
	char *memory;
	int is = pf_nss_user(NULL, id, &user, &memory);

	free(memory);
	if (!is) {
		is = pf_nss_group(NULL, id, &group, &memory);
		free(memory);
	}
	return is;
}

/* glibc adds up the groups of all sources. */
int pf_account_groups(const char *name, gid_t gid, gid_t *ret, int *ret_count)
{
	note("initgroups", 0);
	note("group", 0);
	return getgrouplist(name, gid, ret, ret_count);
}
