/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up users and groups of the host (nss.h). */
#define _GNU_SOURCE
#include "nss.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "nsswitch.h"

#define FIRST_SIZE 1024
/* Maximum memory of a look-up, enough for a group with very many members. */
#define LAST_SIZE (16u << 20)

#ifdef __GLIBC__

static void note(const char *database, const char *found)
{
	(void)database;
	(void)found;
}

static void note_whole_entry(void)
{
}

static void note_members(void)
{
}

int pf_accounts_are_partial(void)
{
	return 0;
}

#else

static int is_partial;

/* Records whether glibc could find another entry than musl, whose entry has the name `found` (NULL:
 * none). glibc may ask other sources than the files. musl also accepts lines that are no entries
 * for glibc: a comment, a line for another source ("+name"), and a line that begins with a
 * blank. */
static void note(const char *database, const char *found)
{
	if (!pf_nsswitch_is_files(PF_NSSWITCH, database, found != NULL) ||
	    (found && strchr("#+- \t", *found)))
		is_partial = 1;
}

/* Records whether the shell of the last entry may be wrong. If a file has no newline at its end,
 * musl loses the last byte of the file. */
static void note_whole_entry(void)
{
	PF_CLEANUP_FD int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	char last;

	if (fd < 0 || lseek(fd, -1, SEEK_END) < 0 || read(fd, &last, 1) != 1 || last != '\n')
		is_partial = 1;
}

/* Records that the groups of a user may differ from those of glibc, which returns them in another
 * order and reads comments differently. */
static void note_members(void)
{
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
	note("passwd", found ? found->pw_name : NULL);
	return found != NULL;
}

int pf_nss_whole_user(const char *name, uid_t uid, struct passwd *ret, char **ret_memory)
{
	note_whole_entry();
	return pf_nss_user(name, uid, ret, ret_memory);
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
	note("group", found ? found->gr_name : NULL);
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

int pf_account_groups(const char *name, gid_t gid, gid_t *ret, int *ret_count)
{
	note_members();
	return getgrouplist(name, gid, ret, ret_count);
}
