/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the mount table (mount_table.h). */
#define _GNU_SOURCE
#include "mount_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kernel_types[] = {
	"autofs", "binfmt_misc", "bpf",        "cgroup",    "cgroup2", "configfs", "debugfs",
	"devpts", "devtmpfs",    "efivarfs",   "fusectl",   "mqueue",  "nsfs",     "proc",
	"pstore", "rpc_pipefs",  "securityfs", "selinuxfs", "sysfs",   "tracefs",  "hugetlbfs",
};

/* Those whose names are not what they seem (case, automounts): overlayfs refuses them. */
static const char *const refused_types[] = {
	"cifs", "exfat", "hfs", "hfsplus", "msdos", "ntfs", "ntfs3", "smb3", "vfat",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int is_one_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

static enum pf_filesystem kind_of(const char *type)
{
	if (is_one_of(kernel_types, COUNT(kernel_types), type))
		return PF_FILESYSTEM_KERNEL;
	return is_one_of(refused_types, COUNT(refused_types), type) ? PF_FILESYSTEM_REFUSED
								    : PF_FILESYSTEM_LAYER;
}

/* Blanks, tabs, newlines and backslashes are written in octal, "\040". In place. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		unsigned code;
		if (*text == '\\' && sscanf(text + 1, "%3o", &code) == 1) {
			*to++ = (char)code;
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* Returns what of a path lies strictly below a directory, "/...", or NULL. */
static const char *rest_below(const char *path, const char *directory)
{
	size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

	if (strncmp(path, directory, length) != 0 || path[length] != '/' || !path[length + 1])
		return NULL;
	return path + length;
}

/* A later mount at the same path hides the earlier one. */
static int add(struct pf_mount_table *table, const char *path, enum pf_filesystem kind)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->items[i].path, path) == 0) {
			table->items[i].kind = kind;
			return 0;
		}
	struct pf_mounted_at *items =
		realloc(table->items, (table->count + 1) * sizeof(*table->items));
	char *copy = strdup(path);
	if (items)
		table->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	items[table->count++] = (struct pf_mounted_at){copy, kind};
	return 0;
}

/* A line: id, parent, device, root, PATH, options, optional fields, "-", TYPE, source, options. */
static int add_line(struct pf_mount_table *table, char *line, const char *directory)
{
	char *rest = line, *path = NULL;

	for (int i = 0; i < 5; i++)
		path = strsep(&rest, " ");
	char *type = rest ? strstr(rest, " - ") : NULL;
	if (!path || !type)
		return 0;
	type += 3;
	type[strcspn(type, " ")] = '\0';
	unescape(path);
	const char *below = rest_below(path, directory);
	return below ? add(table, below, kind_of(type)) : 0;
}

int pf_mount_table_read(const char *directory, struct pf_mount_table *ret)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	*ret = (struct pf_mount_table){0};
	if (!file)
		return -errno;
	while (r == 0 && getline(&line, &size, file) > 0)
		r = add_line(ret, line, directory);
	free(line);
	fclose(file);
	return r;
}

void pf_mount_table_clear(struct pf_mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->items[i].path);
	free(table->items);
	*table = (struct pf_mount_table){0};
}

int pf_mount_table_below(const struct pf_mount_table *table, const char *path)
{
	for (size_t i = 0; i < table->count; i++)
		if (rest_below(table->items[i].path, path))
			return 1;
	return 0;
}

const struct pf_mounted_at *pf_mount_table_at(const struct pf_mount_table *table, const char *path)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->items[i].path, path) == 0)
			return &table->items[i];
	return NULL;
}
