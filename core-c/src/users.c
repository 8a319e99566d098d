/* SPDX-License-Identifier: BSD-2-Clause */
/* Users by name (users.h). */
#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "accounts.h"
#include "cleanup.h"
#include "error.h"
#include "id_map.h"
#include "sys.h"

#define MAX_GROUPS 1024
#define MAX_NAME 256
#define MAX_FILE (16 << 20)
#define FIELDS 7 /* of passwd(5); group(5) has fewer */

/* A passwd or group file of a root directory, and its line at hand. Whoever wrote it is foreign. */
struct table {
	FILE *file; /* or NULL: there is none */
	char *line;
	size_t size;
	char *field[FIELDS];
};

/* Opens nothing but a regular file: to open a device or a fifo has effects, or no end. */
static struct table open_table(int root, const char *path)
{
	struct table table = {0};
	struct stat status;
	char again[32];
	PF_CLEANUP_FD int place = pf_openat2(root, path, O_PATH, RESOLVE_IN_ROOT);

	if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > MAX_FILE)
		return table;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", place);
	table.file = fopen(again, "re");
	return table;
}

/* Reads the next line with at least so many fields and a number in the third one. A comment, and
 * what refers to NIS, is nobody, as is an empty name. Returns 0 at the end. */
static int next_entry(struct table *table, int fields, uint32_t *ret_id)
{
	while (table->file && getline(&table->line, &table->size, table->file) >= 0) {
		char *rest = table->line;
		rest[strcspn(rest, "\n")] = '\0';
		for (int i = 0; i < FIELDS; i++)
			table->field[i] = strsep(&rest, ":");
		if (!strchr("#+-", *table->field[0]) && table->field[fields - 1] &&
		    pf_id_parse(table->field[2], ret_id) == 0)
			return 1;
	}
	return 0;
}

static void close_table(struct table *table)
{
	free(table->line);
	if (table->file)
		fclose(table->file);
}

static int take_user(const struct passwd *entry, struct pf_user *ret)
{
	ret->uid = entry->pw_uid;
	ret->gid = entry->pw_gid;
	ret->name = strdup(entry->pw_name);
	ret->home = strdup(entry->pw_dir);
	ret->shell = strdup(entry->pw_shell);
	return ret->name && ret->home && ret->shell ? 0 : -ENOMEM;
}

/* Returns 1 where it was found. */
static int find_on_host(const char *name, uint32_t uid, int by_number, struct pf_user *ret)
{
	struct passwd entry;
	char *memory;
	int found = pf_account_user(by_number ? NULL : name, uid, &entry, &memory) &&
		    take_user(&entry, ret) == 0;

	free(memory);
	return found;
}

static int find_in_root(int root, const char *name, uint32_t uid, int by_number,
			struct pf_user *ret)
{
	struct table table = open_table(root, "etc/passwd");
	struct passwd entry = {0};
	int found = 0;

	while (!found && next_entry(&table, 6, &entry.pw_uid))
		if (by_number ? entry.pw_uid == uid : strcmp(table.field[0], name) == 0)
			found = pf_id_parse(table.field[3], &entry.pw_gid) == 0;
	entry.pw_name = table.field[0];
	entry.pw_dir = table.field[5];
	entry.pw_shell = table.field[6] ? table.field[6] : "";
	found = found && take_user(&entry, ret) == 0;
	close_table(&table);
	return found;
}

static int find_group_in_root(int root, const char *name, uint32_t *ret)
{
	struct table table = open_table(root, "etc/group");
	int found = 0;

	while (!found && next_entry(&table, 3, ret))
		found = strcmp(table.field[0], name) == 0;
	close_table(&table);
	return found;
}

static int find_group(const char *name, int root, uint32_t *ret)
{
	struct group entry;
	char *memory;

	if (pf_id_parse(name, ret) == 0)
		return 1;
	if (root >= 0)
		return find_group_in_root(root, name, ret);
	int found = pf_account_group(name, 0, &entry, &memory);
	if (found)
		*ret = entry.gr_gid;
	free(memory);
	return found;
}

static int is_member(char *members, const char *name)
{
	for (char *member; (member = strsep(&members, ","));)
		if (strcmp(member, name) == 0)
			return 1;
	return 0;
}

static void groups_in_root(int root, struct pf_user *user)
{
	struct table table = open_table(root, "etc/group");
	uint32_t gid;

	while (next_entry(&table, 4, &gid))
		if (gid != user->gid && user->groups.count < MAX_GROUPS &&
		    is_member(table.field[3], user->name))
			pf_strings_format(&user->groups, "%u", gid);
	close_table(&table);
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

static int find(const char *name, uint32_t uid, int by_number, int root, struct pf_user *ret)
{
	return root < 0 ? find_on_host(name, uid, by_number, ret)
			: find_in_root(root, name, uid, by_number, ret);
}

int pf_user_of(uint32_t uid, int root, struct pf_user *ret)
{
	memset(ret, 0, sizeof(*ret));
	return find(NULL, uid, 1, root, ret);
}

void pf_user_clear(struct pf_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	pf_strings_clear(&user->groups);
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
	int found = find(name, number, by_number, root, ret);
	if (!found && !by_number)
		return unknown(reterr, "user", name, root);
	if (!found)
		ret->uid = ret->gid = number;
	else if (root < 0)
		groups_on_host(ret);
	else
		groups_in_root(root, ret);
	if (!group || find_group(group, root, &ret->gid))
		return 0;
	pf_user_clear(ret);
	return unknown(reterr, "group", group, root);
}
