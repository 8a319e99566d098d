/* SPDX-License-Identifier: BSD-2-Clause */
/* Users by name (users.h). */
#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "id_map.h"
#include "sys.h"

#define MAX_GROUPS 1024
#define MAX_NAME 256

/* A file of the root directory: what is in it is foreign, and may be anything. */
static FILE *open_file(int root, const char *path)
{
	PF_CLEANUP_FD int fd = pf_openat2(root, path, O_RDONLY | O_NONBLOCK, RESOLVE_IN_ROOT);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (file)
		pf_steal_fd(&fd);
	return file;
}

static int take_user(const struct passwd *entry, struct pf_user *ret)
{
	ret->uid = entry->pw_uid;
	ret->gid = entry->pw_gid;
	ret->name = strdup(entry->pw_name);
	ret->home = strdup(entry->pw_dir);
	return ret->name && ret->home ? 0 : -ENOMEM;
}

/* Returns 1 where it was found. */
static int find_on_host(const char *name, uint32_t uid, int by_number, struct pf_user *ret)
{
	const struct passwd *entry = by_number ? getpwuid(uid) : getpwnam(name);

	return entry && take_user(entry, ret) == 0;
}

static int find_in_root(int root, const char *name, uint32_t uid, int by_number,
			struct pf_user *ret)
{
	FILE *file = open_file(root, "etc/passwd");
	const struct passwd *entry;
	int found = 0;

	while (file && !found && (entry = fgetpwent(file)))
		if (by_number ? entry->pw_uid == uid : strcmp(entry->pw_name, name) == 0)
			found = take_user(entry, ret) == 0;
	if (file)
		fclose(file);
	return found;
}

static int find_group(const char *name, int root, uint32_t *ret)
{
	const struct group *entry = NULL;
	FILE *file = NULL;

	if (pf_id_parse(name, ret) == 0)
		return 1;
	if (root < 0)
		entry = getgrnam(name);
	else if ((file = open_file(root, "etc/group")))
		while ((entry = fgetgrent(file)) && strcmp(entry->gr_name, name) != 0)
			;
	if (entry)
		*ret = entry->gr_gid;
	if (file)
		fclose(file);
	return entry != NULL;
}

static int is_member(const struct group *entry, const char *name)
{
	for (char **member = entry->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return 1;
	return 0;
}

static void groups_in_root(int root, struct pf_user *user)
{
	FILE *file = open_file(root, "etc/group");
	const struct group *entry;

	while (file && (entry = fgetgrent(file)))
		if (entry->gr_gid != user->gid && is_member(entry, user->name) &&
		    user->groups.count < MAX_GROUPS)
			pf_strings_format(&user->groups, "%u", entry->gr_gid);
	if (file)
		fclose(file);
}

static void groups_on_host(struct pf_user *user)
{
	gid_t groups[MAX_GROUPS];
	int count = MAX_GROUPS;

	if (getgrouplist(user->name, user->gid, groups, &count) < 0)
		return;
	for (int i = 0; i < count; i++)
		if (groups[i] != user->gid)
			pf_strings_format(&user->groups, "%u", groups[i]);
}

static int unknown(struct pflask_error *reterr, const char *what, const char *name, int root)
{
	return pf_error_field(reterr, "user", 0, "%s: there is no such %s %s", name, what,
			      root < 0 ? "on this system" : "in the root's own files");
}

int pf_user_find(const char *text, int root, struct pf_user *ret, struct pflask_error *reterr)
{
	char name[MAX_NAME];
	uint32_t number = 0;
	size_t length = strcspn(text, ":");
	const char *group = text[length] ? text + length + 1 : NULL;

	memset(ret, 0, sizeof(*ret));
	if (length == 0 || length >= sizeof(name) || (group && !*group))
		return pf_error_field(reterr, "user", 0, "%s: is not USER[:GROUP]", text);
	memcpy(name, text, length);
	name[length] = '\0';
	int by_number = pf_id_parse(name, &number) == 0;
	int found = root < 0 ? find_on_host(name, number, by_number, ret)
			     : find_in_root(root, name, number, by_number, ret);
	if (!found && !by_number)
		return unknown(reterr, "user", name, root);
	if (!found)
		ret->uid = ret->gid = number;
	else if (root < 0)
		groups_on_host(ret);
	else
		groups_in_root(root, ret);
	if (group && !find_group(group, root, &ret->gid))
		return unknown(reterr, "group", group, root);
	return 0;
}
