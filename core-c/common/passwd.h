/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds users in the passwd(5) and group(5) files of a root directory. The code does not trust the
 * writer of the files. */
#ifndef PF_PASSWD_H
#define PF_PASSWD_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define PF_PASSWD_NAME 256
#define PF_PASSWD_GROUPS 65535 /* NGROUPS_MAX, less the primary group */

/* The passwd(5) and group(5) files to search: /etc in a root directory, or files that are mounted
 * over them. A descriptor of -1 means that there is no such root or file. */
struct pf_passwd_files {
	int root, passwd, group;
};

struct pf_passwd_entry {
	uint32_t uid, gid;
	int is_known;         /* the user has an entry, and all members below are filled in */
	int has_named_groups; /* the text names the groups in `groups` */
	char name[PF_PASSWD_NAME];
	char home[PATH_MAX];
	char shell[PATH_MAX]; /* login shell; "" if the entry has none */
	size_t group_count;
	uint32_t groups[PF_PASSWD_GROUPS];
};

enum pf_passwd_problem {
	PF_PASSWD_MALFORMED = 1,
	PF_PASSWD_NO_USER,
	PF_PASSWD_NO_GROUP, /* pf_passwd_find() stores the name of the group as ret->name */
	PF_PASSWD_MANY_GROUPS,
	PF_PASSWD_FOREIGN, /* a user other than root can change a file that is needed */
};

/* Splits "USER" or "USER:GROUP[,GROUP...]" into the name of the user, and the list of groups or
 * NULL. Returns 0 or PF_PASSWD_MALFORMED. */
int pf_passwd_split(const char *text, char ret_name[PF_PASSWD_NAME], const char **ret_groups);

/* Takes the first name from a list of groups, and moves *list to the rest of the list. Returns 1,
 * or 0 at the end of the list. pf_passwd_split() has checked the list. */
int pf_passwd_next_group(const char **list, char ret_name[PF_PASSWD_NAME]);

/* Finds "USER" or "USER:GROUP[,GROUP...]", as names or numbers, in these files. The first group is
 * the primary group. Groups after the first group replace the user's supplementary groups. Symbolic
 * links are resolved within the root. `fds` is the host's directory /proc/self/fd. A number without
 * an entry is a valid user, whose gid is the same number. With `only_roots`, ignores a file that a
 * user other than root can change or replace. If the file of users is ignored, a number is a user
 * without an entry. Returns 0 or an enum pf_passwd_problem. */
int pf_passwd_find(const struct pf_passwd_files *from, int fds, int only_roots, const char *text,
		   struct pf_passwd_entry *ret);

/* Tells whether a shell allows a login. NULL, "", nologin(8) and false(1) allow no login. */
int pf_is_shell(const char *path);

#endif
