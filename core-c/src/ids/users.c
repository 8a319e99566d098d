/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up users by name (users.h). */
#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/id_parse.h"
#include "common/passwd.h"
#include "src/base/error.h"
#include "src/host/nss.h"

static int take_user(const struct passwd *entry, struct pf_user *ret)
{
	ret->uid = entry->pw_uid;
	ret->gid = entry->pw_gid;
	ret->name = strdup(entry->pw_name);
	ret->home = strdup(entry->pw_dir);
	ret->shell = strdup(entry->pw_shell);
	return ret->name && ret->home && ret->shell ? 0 : -ENOMEM;
}

/* Finds a user of the host, by name or number. Returns 1 if the user exists, else 0. */
static int find_on_host(const char *name, uint32_t uid, int by_number, struct pf_user *ret)
{
	struct passwd entry;
	char *memory;
	int found = pf_nss_whole_user(by_number ? NULL : name, uid, &entry, &memory) &&
		    take_user(&entry, ret) == 0;

	free(memory);
	return found;
}

static int find_group(const char *name, uint32_t *ret)
{
	struct group entry;
	char *memory;

	if (pf_id_parse(name, ret) == 0)
		return 1;
	int found = pf_nss_group(name, 0, &entry, &memory);
	if (found)
		*ret = entry.gr_gid;
	free(memory);
	return found;
}

/* Adds the user's supplementary groups. Returns 0 if there are too many groups. */
static int groups_on_host(struct pf_user *user)
{
	int count = PF_PASSWD_GROUPS + 1;
	gid_t *groups = malloc((size_t)count * sizeof(*groups));
	int fits = groups && pf_account_groups(user->name, user->gid, groups, &count) >= 0;

	for (int i = 0; fits && i < count; i++)
		if (groups[i] != user->gid)
			pf_strings_format(&user->groups, "%u", groups[i]);
	free(groups);
	return fits;
}

/* Finds the primary group, and the other groups if there are any. Returns 0, or PF_PASSWD_NO_GROUP
 * with the name of the group that does not exist in `name`. */
static int find_named_groups(const char *list, char name[PF_PASSWD_NAME], struct pf_user *ret)
{
	uint32_t gid;

	pf_passwd_next_group(&list, name);
	if (!find_group(name, &ret->gid))
		return PF_PASSWD_NO_GROUP;
	if (!*list)
		return 0;
	ret->has_named_groups = 1;
	pf_strings_clear(&ret->groups);
	while (pf_passwd_next_group(&list, name)) {
		if (!find_group(name, &gid))
			return PF_PASSWD_NO_GROUP;
		pf_strings_format(&ret->groups, "%u", gid);
	}
	return 0;
}

/* Finds a user of the host and the groups of a list, which may be NULL. Returns 0 or an enum
 * pf_passwd_problem. After PF_PASSWD_NO_GROUP, `name` is the name of the group. */
static int find_host_user(char name[PF_PASSWD_NAME], const char *groups, struct pf_user *ret)
{
	uint32_t number = 0;
	int by_number = pf_id_parse(name, &number) == 0;
	int found = find_on_host(name, number, by_number, ret);

	if (!found && !by_number)
		return PF_PASSWD_NO_USER;
	if (!found)
		ret->uid = ret->gid = number;
	else if (!groups_on_host(ret))
		return PF_PASSWD_MANY_GROUPS;
	return groups ? find_named_groups(groups, name, ret) : 0;
}

static void take_entry(const struct pf_passwd_entry *entry, struct pf_user *ret)
{
	ret->uid = entry->uid;
	ret->gid = entry->gid;
	ret->name = entry->is_known ? strdup(entry->name) : NULL;
	ret->home = entry->is_known ? strdup(entry->home) : NULL;
	ret->shell = entry->is_known ? strdup(entry->shell) : NULL;
	ret->has_named_groups = entry->has_named_groups;
	for (size_t i = 0; i < entry->group_count; i++)
		pf_strings_format(&ret->groups, "%u", entry->groups[i]);
}

/* Finds a user and the user's groups in the files. Returns 0 or an enum pf_passwd_problem. After
 * PF_PASSWD_NO_GROUP, `name` is the name of the group. */
static int find_in_files(const char *text, const struct pf_passwd_files *files,
			 char name[PF_PASSWD_NAME], struct pf_user *ret)
{
	PF_CLEANUP_FD int fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	PF_CLEANUP_FD int host = files->root < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const struct pf_passwd_files from = {files->root < 0 ? host : files->root, files->passwd,
					     files->group};
	struct pf_passwd_entry *entry = malloc(sizeof(*entry));
	int problem = entry ? pf_passwd_find(&from, fds, 0, text, entry) : PF_PASSWD_NO_USER;

	if (problem == 0)
		take_entry(entry, ret);
	if (problem == PF_PASSWD_NO_GROUP)
		strcpy(name, entry->name);
	free(entry);
	return problem;
}

/* Tells whether users are looked up on the host (nsswitch.conf(5)), and not in files of a root
 * directory. */
static int are_hosts(const struct pf_passwd_files *files)
{
	return files->root < 0 && files->passwd < 0 && files->group < 0;
}

int pf_user_of(uint32_t uid, const struct pf_passwd_files *files, struct pf_user *ret)
{
	char number[PF_PASSWD_NAME];

	memset(ret, 0, sizeof(*ret));
	if (are_hosts(files))
		return find_on_host(NULL, uid, 1, ret);
	snprintf(number, sizeof(number), "%u", uid);
	return find_in_files(number, files, number, ret) == 0 && ret->name;
}

void pf_user_clear(struct pf_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	pf_strings_clear(&user->groups);
}

static int refuse(struct pflask_error *reterr, int problem, const char *text, const char *name,
		  const struct pf_passwd_files *files)
{
	const char *kind = problem == PF_PASSWD_NO_USER ? "user" : "group";
	const char *file = problem == PF_PASSWD_NO_USER ? "passwd" : "group";
	int is_root = files->passwd < 0 && files->group < 0;

	if (problem == PF_PASSWD_MALFORMED)
		return pf_error_field(reterr, "user", 0, "%s: must be USER[:GROUP[,GROUP...]]",
				      text);
	if (problem == PF_PASSWD_MANY_GROUPS)
		return pf_error_field(reterr, "user", 0,
				      "%s: in more groups than a process can have (%d)", name,
				      PF_PASSWD_GROUPS + 1);
	if (are_hosts(files))
		return pf_error_field(reterr, "user", 0, "%s: no such %s on this system", name,
				      kind);
	return pf_error_field(reterr, "user", 0, "%s: no such %s in the %s's /etc/%s", name, kind,
			      is_root ? "root" : "container", file);
}

int pf_user_find(const char *text, const struct pf_passwd_files *files, struct pf_user *ret,
		 struct pflask_error *reterr)
{
	char name[PF_PASSWD_NAME];
	const char *groups;
	int problem = pf_passwd_split(text, name, &groups);

	memset(ret, 0, sizeof(*ret));
	if (problem == 0)
		problem = are_hosts(files) ? find_host_user(name, groups, ret)
					   : find_in_files(text, files, name, ret);
	if (problem == 0)
		return 0;
	pf_user_clear(ret);
	return refuse(reterr, problem, text, name, files);
}
