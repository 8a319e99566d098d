/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the mount table (mount_table.h). */
#define _GNU_SOURCE
#include "mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mountinfo.h"
#include "common/path_below.h"
#include "common/sys.h"

#define TYPE_MAX 16 /* buffer size for the type of a file system */

static const char kernel_types[][TYPE_MAX] = {
	"binfmt_misc", "bpf",        "cgroup",    "cgroup2", "configfs", "debugfs",   "devpts",
	"devtmpfs",    "efivarfs",   "fusectl",   "mqueue",  "nsfs",     "proc",      "pstore",
	"rpc_pipefs",  "securityfs", "selinuxfs", "sysfs",   "tracefs",  "hugetlbfs",
};

/* The file systems that overlayfs refuses, because a look-up of a name may find an unexpected file:
 * they may ignore the case of letters, or be mount points of other file systems. */
static const char refused_types[][TYPE_MAX] = {
	"autofs", "cifs", "exfat", "hfs", "hfsplus", "msdos", "ntfs", "ntfs3", "smb3", "vfat",
};

/* The file systems whose files come from a server: another computer, or a user's process (fuse(4)).
 * With autofs(5), a process mounts a file system when a path is looked up. */
static const char remote_types[][TYPE_MAX] = {
	"9p",   "afs",    "autofs", "beegfs", "ceph", "cifs",     "coda",  "fuse", "fuseblk",
	"gpfs", "lustre", "ncpfs",  "nfs",    "nfs4", "orangefs", "pvfs2", "smb3", "smbfs",
};

/* Prefixes of remote types, such as "fuse." in "fuse.sshfs". The FUSE daemon chooses the part after
 * the dot. */
static const char remote_prefixes[][12] = {"fuse.", "fuseblk."};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int is_one_of(const char (*names)[TYPE_MAX], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

static int is_remote(const char *type)
{
	for (size_t i = 0; i < COUNT(remote_prefixes); i++)
		if (strncmp(type, remote_prefixes[i], strlen(remote_prefixes[i])) == 0)
			return 1;
	return is_one_of(remote_types, COUNT(remote_types), type);
}

static enum pf_filesystem kind_of(const char *type)
{
	if (is_one_of(kernel_types, COUNT(kernel_types), type))
		return PF_FILESYSTEM_KERNEL;
	return is_one_of(refused_types, COUNT(refused_types), type) ? PF_FILESYSTEM_REFUSED
								    : PF_FILESYSTEM_LAYER;
}

/* Returns the rest of a path below a directory, such as "/a". Returns NULL for the directory
 * itself, and for a path outside. */
static const char *rest_below(const char *path, const char *directory)
{
	const char *rest = pf_path_below(path, directory);

	return rest && *rest ? rest : NULL;
}

static int add(struct pf_mount_table *table, const struct pf_mount_entry *mounted)
{
	struct pf_mount_entry *items =
		realloc(table->items, (table->count + 1) * sizeof(*table->items));
	char *copy = strdup(mounted->path);

	if (items)
		table->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	items[table->count] = *mounted;
	items[table->count++].path = copy;
	return 0;
}

/* Tells whether the root of a mount was deleted. The kernel then appends "//deleted" to its path,
 * and no other path has two slashes in a row. */
static int is_deleted(const char *root)
{
	static const char mark[] = "//deleted";
	size_t length = strlen(root);

	return length >= sizeof(mark) - 1 && strcmp(root + length - (sizeof(mark) - 1), mark) == 0;
}

/* Parses a number. The kernel writes plain decimal digits. */
static int number_of(const char *text)
{
	int number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (*text - '0');
	return number;
}

/* Returns the type of the file system in a line of mountinfo, or NULL. Cuts the line after the
 * type. */
static const char *type_in(char *line)
{
	char *type = strstr(line, " - ");

	if (!type)
		return NULL;
	type += 3;
	type[strcspn(type, " \n")] = '\0';
	return type;
}

/* Adds a mount from a line of mountinfo. After the fields of pf_mountinfo_split(), the line has
 * options, optional fields, "-", TYPE, source and options. */
static int add_line(struct pf_mount_table *table, char *line)
{
	char *field[PF_MOUNTINFO_FIELDS];
	char *rest = pf_mountinfo_split(line, field);
	const char *type = rest ? type_in(rest) : NULL;

	if (!type)
		return 0;
	const struct pf_mount_entry mounted = {.path = field[PF_MOUNTINFO_PATH],
					       .kind = kind_of(type),
					       .id = number_of(field[PF_MOUNTINFO_ID]),
					       .parent = number_of(field[PF_MOUNTINFO_PARENT]),
					       .is_remote = is_remote(type),
					       .is_deleted = is_deleted(field[PF_MOUNTINFO_ROOT])};
	return add(table, &mounted);
}

/* Tells whether another mount on the same mount point covers a mount. */
static int is_covered(const struct pf_mount_table *table, const struct pf_mount_entry *item)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->items[i].parent == item->id &&
		    strcmp(table->items[i].path, item->path) == 0)
			return 1;
	return 0;
}

/* Tells whether a mount cannot be reached by its path: another mount with the same parent covers a
 * directory above it. */
static int is_cut_off(const struct pf_mount_table *table, const struct pf_mount_entry *item)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct pf_mount_entry *other = &table->items[i];
		if (other->parent == item->parent && other->id != item->parent &&
		    rest_below(item->path, other->path))
			return 1;
	}
	return 0;
}

static const struct pf_mount_entry *parent_of(const struct pf_mount_table *table,
					      const struct pf_mount_entry *item)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->items[i].id == item->parent && &table->items[i] != item)
			return &table->items[i];
	return NULL;
}

static int is_hidden(const struct pf_mount_table *table, const struct pf_mount_entry *item)
{
	if (is_covered(table, item))
		return 1;
	for (size_t depth = 0; item && depth <= table->count; depth++) {
		if (is_cut_off(table, item))
			return 1;
		item = parent_of(table, item);
	}
	return 0;
}

/* Selects the visible mounts below a directory. Makes their paths relative to the directory. */
static int select_below(const struct pf_mount_table *all, const char *directory,
			struct pf_mount_table *ret)
{
	int r = 0;

	for (size_t i = 0; i < all->count && r == 0; i++) {
		struct pf_mount_entry item = all->items[i];
		item.path = (char *)rest_below(item.path, directory);
		if (item.path && !is_hidden(all, &all->items[i]))
			r = add(ret, &item);
	}
	return r;
}

/* Sorts the mounts so that each parent is before its children. In the kernel's table, a moved mount
 * may be before its parent. */
static void put_parents_first(struct pf_mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		for (size_t j = i + 1; j < table->count; j++) {
			const struct pf_mount_entry item = table->items[i];
			if (!rest_below(item.path, table->items[j].path))
				continue;
			table->items[i] = table->items[j];
			table->items[j] = item;
		}
}

int pf_mount_table_read(const char *directory, struct pf_mount_table *ret)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct pf_mount_table all = {0};
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	*ret = (struct pf_mount_table){0};
	if (!file)
		return -errno;
	while (r == 0 && getline(&line, &size, file) > 0)
		r = add_line(&all, line);
	if (r == 0)
		r = select_below(&all, directory, ret);
	put_parents_first(ret);
	pf_mount_table_clear(&all);
	free(line);
	fclose(file);
	return r;
}

const char *pf_mount_type(int directory, const char *path, char ret[PF_MOUNT_TYPE])
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct statx status;
	char *line = NULL;
	size_t size = 0;

	strcpy(ret, "an unknown file system");
	if (pf_statx_at(directory, path, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &status) < 0)
		status.stx_mask = 0;
	while (file && status.stx_mask & STATX_MNT_ID && getline(&line, &size, file) > 0) {
		const char *type = type_in(line);
		if (type && number_of(line) == (int)status.stx_mnt_id)
			snprintf(ret, PF_MOUNT_TYPE, "%s", type);
	}
	free(line);
	if (file)
		fclose(file);
	return ret;
}

void pf_mount_table_clear(struct pf_mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->items[i].path);
	free(table->items);
	*table = (struct pf_mount_table){0};
}

int pf_mount_table_has_below(const struct pf_mount_table *table, const char *path)
{
	for (size_t i = 0; i < table->count; i++)
		if (rest_below(table->items[i].path, path))
			return 1;
	return 0;
}

const struct pf_mount_entry *pf_mount_table_find(const struct pf_mount_table *table,
						 const char *path)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->items[i].path, path) == 0)
			return &table->items[i];
	return NULL;
}
