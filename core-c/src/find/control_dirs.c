/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the control directories (control_dirs.h). */
#define _GNU_SOURCE
#include "control_dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/ids/id_map.h"

#define NAME "pflask"

static int add(struct pf_control_dirs *dirs, uid_t uid, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a directory to the list, if it is not there yet. Returns 0 or -ENOMEM. */
static int add(struct pf_control_dirs *dirs, uid_t uid, const char *format, ...)
{
	va_list arguments;
	char *path;

	va_start(arguments, format);
	int length = vasprintf(&path, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	for (size_t i = 0; i < dirs->count; i++) {
		if (strcmp(dirs->items[i].path, path) != 0)
			continue;
		free(path);
		return 0;
	}
	struct pf_control_dir *items =
		realloc(dirs->items, (dirs->count + 1) * sizeof(*dirs->items));
	if (!items) {
		free(path);
		return -ENOMEM;
	}
	items[dirs->count++] = (struct pf_control_dir){path, uid};
	dirs->items = items;
	return 0;
}

/* Returns XDG_RUNTIME_DIR, or NULL if it is unset or not a directory of the user. */
static const char *runtime_directory(void)
{
	const char *path = secure_getenv("XDG_RUNTIME_DIR");
	struct stat status;

	if (!path || *path != '/' || stat(path, &status) < 0 || !S_ISDIR(status.st_mode) ||
	    status.st_uid != geteuid())
		return NULL;
	return path;
}

/* Adds the control directories of a user. Uses the environment only if the user is the calling
 * user. */
static int add_user(struct pf_control_dirs *dirs, uid_t uid)
{
	const char *runtime = uid == geteuid() ? runtime_directory() : NULL;
	int r = uid == 0 ? add(dirs, uid, "/run/" NAME) : 0;

	if (r == 0 && runtime)
		r = add(dirs, uid, "%s/" NAME, runtime);
	if (r == 0)
		r = add(dirs, uid, "/run/user/%u/" NAME, uid);
	return r < 0 ? r : add(dirs, uid, "/tmp/" NAME "-%u", uid);
}

/* Tells whether a directory entry is the directory of a user: its name is the prefix and a uid, and
 * this uid owns the directory. Accepts only one spelling of the uid, so that a user cannot have
 * many directories. */
static int is_of_user(DIR *directory, const char *name, const char *prefix, uint32_t *ret_uid)
{
	char canonical[NAME_MAX + 1];
	struct stat status;
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0 || pf_id_parse(name + length, ret_uid) < 0)
		return 0;
	snprintf(canonical, sizeof(canonical), "%s%u", prefix, *ret_uid);
	return strcmp(name, canonical) == 0 &&
	       fstatat(dirfd(directory), name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode) && status.st_uid == *ret_uid;
}

/* Adds the control directories of other users: the suffix below each entry of `directory` that
 * is_of_user() accepts. Returns 0 or -ENOMEM. */
static int add_others(struct pf_control_dirs *dirs, const char *directory, const char *prefix,
		      const char *suffix)
{
	DIR *open = opendir(directory);
	struct dirent *entry;
	int r = 0;

	while (open && r == 0 && (entry = readdir(open))) {
		uint32_t uid;
		if (is_of_user(open, entry->d_name, prefix, &uid) && uid != geteuid())
			r = add(dirs, uid, "%s/%s%s", directory, entry->d_name, suffix);
	}
	if (open)
		closedir(open);
	return r;
}

int pf_control_dirs_of_user(uid_t uid, struct pf_control_dirs *ret)
{
	*ret = (struct pf_control_dirs){0};
	return add_user(ret, uid);
}

int pf_control_dirs_list(enum pf_control_dirs_scope scope, struct pf_control_dirs *ret)
{
	int r = pf_control_dirs_of_user(geteuid(), ret);

	if (r == 0 && geteuid() == 0)
		r = add_others(ret, "/run/user", "", "/" NAME);
	if (r == 0 && scope == PF_CONTROL_DIRS_ALL && geteuid() == 0)
		r = add_others(ret, "/tmp", NAME "-", "");
	return r;
}

void pf_control_dirs_clear(struct pf_control_dirs *dirs)
{
	for (size_t i = 0; i < dirs->count; i++)
		free(dirs->items[i].path);
	free(dirs->items);
	*dirs = (struct pf_control_dirs){0};
}

/* Tells whether a directory is writable, or can be made. */
static int is_usable(const char *path)
{
	char parent[PATH_MAX];
	int n = snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);

	return n < PATH_MAX && (access(path, W_OK | X_OK) == 0 || access(parent, W_OK | X_OK) == 0);
}

int pf_control_dir_for_new(char ret[PATH_MAX])
{
	struct pf_control_dirs dirs;
	int r = pf_control_dirs_of_user(geteuid(), &dirs);
	size_t i = 0;

	while (r == 0 && i + 1 < dirs.count && !is_usable(dirs.items[i].path))
		i++;
	if (r == 0 && snprintf(ret, PATH_MAX, "%s", dirs.items[i].path) >= PATH_MAX)
		r = -ENAMETOOLONG;
	pf_control_dirs_clear(&dirs);
	return r;
}
