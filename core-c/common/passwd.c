/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds users in the files of a root directory (passwd.h). Uses neither malloc nor stdio, which
 * pflask-init does not have. */
#define _GNU_SOURCE
#include "passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "decimal.h"
#include "id_parse.h"
#include "sys.h"

#define MAX_FILE (16 << 20)
#define FIELDS 7 /* number of fields of a line in passwd(5); a line in group(5) has fewer fields */

/* A file in memory, and its current line. */
struct table {
	char *text; /* contents of the file; NULL: the file is missing */
	size_t size;
	char *next;
	char *field[FIELDS];
};

/* The directories and files to search, and whether to trust files of other users. */
struct files {
	const struct pf_passwd_files *from;
	int fds;
	int only_roots; /* ignore each file that a user other than root can change */
	int is_foreign; /* a file was ignored because a user other than root can change the file */
};

static int is_roots(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_uid == 0 &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

/* Opens a file of /etc that only root can change or replace: every directory on the path must also
 * belong to root alone. Does not follow symbolic links. A link could lead to a file of root with
 * text of another user, such as a log. Returns a descriptor, or -1. If the file exists but cannot
 * be used, sets files->is_foreign. */
static int find_of_root(struct files *files, const char *name)
{
	PF_CLEANUP_FD int etc =
		pf_openat2(files->from->root, "etc", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	PF_CLEANUP_FD int place =
		etc < 0 ? etc : pf_openat2(etc, name, O_PATH, RESOLVE_NO_SYMLINKS);

	if (place == -ENOENT)
		return -1;
	if (place >= 0 && is_roots(files->from->root) && is_roots(etc) && is_roots(place))
		return pf_steal_fd(&place);
	files->is_foreign = 1;
	return -1;
}

static int find_any(const struct files *files, const char *name)
{
	int mounted = strcmp(name, "passwd") == 0 ? files->from->passwd : files->from->group;
	char path[32] = "etc/";

	if (mounted >= 0)
		return fcntl(mounted, F_DUPFD_CLOEXEC, 3);
	strcat(path, name);
	return pf_openat2(files->from->root, path, O_PATH, RESOLVE_IN_ROOT);
}

/* Opens a file if it is a regular file: opening a device or a fifo can have effects, or never
 * return. */
static int open_file(struct files *files, const char *name, size_t *ret_size)
{
	char number[PF_DECIMAL_SIZE];
	struct stat status;
	PF_CLEANUP_FD int place =
		files->only_roots ? find_of_root(files, name) : find_any(files, name);

	if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > MAX_FILE)
		return -1;
	*ret_size = (size_t)status.st_size;
	pf_write_decimal((uint64_t)place, number);
	return openat(files->fds, number, O_RDONLY | O_CLOEXEC);
}

static struct table open_table(struct files *files, const char *name)
{
	struct table table = {0};
	size_t size = 0, used = 0;
	ssize_t n = 1;
	PF_CLEANUP_FD int fd = open_file(files, name, &size);
	char *text = fd < 0 ? MAP_FAILED
			    : mmap(NULL, size + 1, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (text == MAP_FAILED)
		return table;
	while (used < size && n > 0) {
		n = read(fd, text + used, size - used);
		if (n > 0)
			used += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	text[used] = '\0';
	return (struct table){.text = text, .size = size + 1, .next = used ? text : NULL};
}

static void close_table(struct table *table)
{
	if (table->text)
		munmap(table->text, table->size);
}

/* Takes the next line of a file. Returns the line, NUL-terminated, or NULL at the end. */
static char *next_line(struct table *table)
{
	char *line = table->next;
	size_t left = line ? table->size - 1 - (size_t)(line - table->text) : 0;
	char *end = left > 0 ? memchr(line, '\n', left) : NULL;

	if (left == 0)
		return NULL;
	if (end)
		*end = '\0';
	table->next = end ? end + 1 : NULL;
	return line;
}

/* Reads the next line that has at least `fields` fields and a number in the third field. Skips
 * comments, NIS entries and empty names. Returns 1, or 0 at the end of the file. */
static int next_entry(struct table *table, int fields, uint32_t *ret_id)
{
	for (char *rest; (rest = next_line(table));) {
		for (int i = 0; i < FIELDS; i++)
			table->field[i] = strsep(&rest, ":");
		if (!strchr("#+-", *table->field[0]) && table->field[fields - 1] &&
		    pf_id_parse(table->field[2], ret_id) == 0)
			return 1;
	}
	return 0;
}

/* Copies the user of the current line. Returns 0 if a name or a path is too long: the kernel
 * accepts no such name or path, so the entry is no user. */
static int take_user(const struct table *table, struct pf_passwd_entry *ret)
{
	const char *shell = table->field[6] ? table->field[6] : "";

	if (strlen(table->field[0]) >= sizeof(ret->name) ||
	    strlen(table->field[5]) >= sizeof(ret->home) || strlen(shell) >= sizeof(ret->shell) ||
	    pf_id_parse(table->field[3], &ret->gid) < 0)
		return 0;
	strcpy(ret->name, table->field[0]);
	strcpy(ret->home, table->field[5]);
	strcpy(ret->shell, shell);
	return 1;
}

static int find_user(struct files *files, const char *name, int by_number,
		     struct pf_passwd_entry *ret)
{
	struct table table = open_table(files, "passwd");
	uint32_t uid, wanted = ret->uid;
	int found = 0;

	while (!found && next_entry(&table, 6, &uid)) {
		if (by_number ? uid != wanted : strcmp(table.field[0], name) != 0)
			continue;
		found = take_user(&table, ret);
		ret->uid = uid;
	}
	close_table(&table);
	return found;
}

static int find_group(struct files *files, const char *name, uint32_t *ret)
{
	if (pf_id_parse(name, ret) == 0)
		return 1;
	struct table table = open_table(files, "group");
	int found = 0;

	while (!found && next_entry(&table, 3, ret))
		found = strcmp(table.field[0], name) == 0;
	close_table(&table);
	return found;
}

static int is_member(char *members, const char *name)
{
	for (char *member; (member = strsep(&members, ","));)
		if (strcmp(member, name) == 0)
			return 1;
	return 0;
}

/* Finds the supplementary groups of a user. Returns 0 if there are too many groups. */
static int find_groups(struct files *files, struct pf_passwd_entry *entry)
{
	struct table table = open_table(files, "group");
	int fits = 1;
	uint32_t gid;

	while (fits && next_entry(&table, 4, &gid)) {
		if (gid == entry->gid || !is_member(table.field[3], entry->name))
			continue;
		fits = entry->group_count < PF_PASSWD_GROUPS;
		if (fits)
			entry->groups[entry->group_count++] = gid;
	}
	close_table(&table);
	return fits;
}

/* Finds the primary group, and the other groups if there are any. Returns 0 if a group does not
 * exist; ret->name is then the name of this group. */
static int find_named_groups(struct files *files, const char *list, struct pf_passwd_entry *ret)
{
	char name[PF_PASSWD_NAME];

	pf_passwd_next_group(&list, name);
	int found = find_group(files, name, &ret->gid);
	if (*list) {
		ret->has_named_groups = 1;
		ret->group_count = 0;
	}
	while (found && pf_passwd_next_group(&list, name))
		found = find_group(files, name, &ret->groups[ret->group_count++]);
	if (!found)
		strcpy(ret->name, name);
	return found;
}

/* Checks that each name of a list of groups has a length that is allowed, and that the groups fit
 * into struct pf_passwd_entry. */
static int is_group_list(const char *list)
{
	for (size_t count = 0; count <= PF_PASSWD_GROUPS; count++) {
		size_t length = strcspn(list, ",");

		if (length == 0 || length >= PF_PASSWD_NAME)
			return 0;
		if (!list[length])
			return 1;
		list += length + 1;
	}
	return 0;
}

int pf_passwd_split(const char *text, char ret_name[PF_PASSWD_NAME], const char **ret_groups)
{
	size_t length = strcspn(text, ":");

	*ret_groups = text[length] ? text + length + 1 : NULL;
	if (length == 0 || length >= PF_PASSWD_NAME || (*ret_groups && !is_group_list(*ret_groups)))
		return PF_PASSWD_MALFORMED;
	memcpy(ret_name, text, length);
	ret_name[length] = '\0';
	return 0;
}

int pf_passwd_next_group(const char **list, char ret_name[PF_PASSWD_NAME])
{
	size_t length = strcspn(*list, ",");

	memcpy(ret_name, *list, length);
	ret_name[length] = '\0';
	*list += length + ((*list)[length] == ',');
	return length > 0;
}

int pf_passwd_find(const struct pf_passwd_files *from, int fds, int only_roots, const char *text,
		   struct pf_passwd_entry *ret)
{
	struct files files = {.from = from, .fds = fds, .only_roots = only_roots};
	char name[PF_PASSWD_NAME];
	const char *groups;

	if (pf_passwd_split(text, name, &groups))
		return PF_PASSWD_MALFORMED;
	memset(ret, 0, offsetof(struct pf_passwd_entry, groups));
	int by_number = pf_id_parse(name, &ret->uid) == 0;
	uint32_t number = ret->uid;
	ret->is_known = find_user(&files, name, by_number, ret);
	if (!ret->is_known && !by_number)
		return files.is_foreign ? PF_PASSWD_FOREIGN : PF_PASSWD_NO_USER;
	files.is_foreign = 0; /* an id without an entry is valid, even if a file was ignored */
	if (!ret->is_known)
		ret->uid = ret->gid = number;
	else if (!find_groups(&files, ret))
		return PF_PASSWD_MANY_GROUPS;
	int has_groups = !groups || find_named_groups(&files, groups, ret);
	if (files.is_foreign)
		return PF_PASSWD_FOREIGN;
	return has_groups ? 0 : PF_PASSWD_NO_GROUP;
}

int pf_is_shell(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && *path == '/' && strcmp(slash, "/nologin") != 0 &&
	       strcmp(slash, "/false") != 0;
}
