/* SPDX-License-Identifier: BSD-2-Clause */
/* Upper directories (upper.h). The kernel says EINVAL to all of this, and why in its log only. */
#define _GNU_SOURCE
#include "upper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Filesystems without whiteouts or extended attributes (Documentation/filesystems/overlayfs.rst).
 */
static const struct {
	long magic;
	const char *problem;
} refused[] = {
	{OVERLAYFS_SUPER_MAGIC, "is on overlayfs, which can not hold an upper directory"},
	{NFS_SUPER_MAGIC, "is on nfs, which can not hold an upper directory"},
	{MSDOS_SUPER_MAGIC, "is on vfat, which can not hold an upper directory"},
	{EXFAT_SUPER_MAGIC, "is on exfat, which can not hold an upper directory"},
	{FUSE_SUPER_MAGIC, "is on fuse, which can not hold an upper directory"},
	{PROC_SUPER_MAGIC, "is on proc, which can not hold an upper directory"},
	{SYSFS_MAGIC, "is on sysfs, which can not hold an upper directory"},
	{SQUASHFS_MAGIC, "is on squashfs, which can not be written to"},
	{ISOFS_SUPER_MAGIC, "is on iso9660, which can not be written to"},
};

const char *pf_upper_problem(const char *path)
{
	struct stat status;
	struct statfs system;

	if (stat(path, &status) < 0 || statfs(path, &system) < 0)
		return strerror(errno);
	if (!S_ISDIR(status.st_mode))
		return strerror(ENOTDIR);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if ((long)system.f_type == refused[i].magic)
			return refused[i].problem;
	return NULL;
}

static const char *const dots[] = {".", "..", NULL};

/* An earlier overlay leaves "work" and "index" behind, and a later one takes them over. */
static const char *const of_overlays[] = {".", "..", "work", "index", NULL};

/* Tells whether a directory has entries with other names than these. */
static int holds_others(const char *path, const char *const *names)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int found = 0;

	while (directory && !found && (entry = readdir(directory))) {
		found = 1;
		for (const char *const *name = names; *name; name++)
			found = found && strcmp(entry->d_name, *name) != 0;
	}
	if (directory)
		closedir(directory);
	return found;
}

int pf_has_entries(const char *path)
{
	return holds_others(path, dots);
}

/* Tells whether a directory lies below another one. */
static int lies_in(const char *path, const char *directory)
{
	char below[PATH_MAX], above[PATH_MAX];

	if (!realpath(path, below) || !realpath(directory, above))
		return 0;
	size_t length = strlen(above);
	return strncmp(below, above, length) == 0 && below[length] == '/';
}

/* Tells whether two places are in one mount, which is what the kernel wants. */
static int same_mount(const char *path, const char *other)
{
	struct statx a, b;

	return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &a) == 0 &&
	       statx(AT_FDCWD, other, 0, STATX_MNT_ID, &b) == 0 && a.stx_mnt_id == b.stx_mnt_id;
}

const char *pf_work_problem(const char *path, const char *upper)
{
	struct stat work, other;

	if (stat(path, &work) < 0 || stat(upper, &other) < 0)
		return strerror(errno);
	if (!S_ISDIR(work.st_mode))
		return strerror(ENOTDIR);
	if (work.st_dev != other.st_dev)
		return "is on another filesystem than the upper directory";
	if (!same_mount(path, upper))
		return "is on another mount than the upper directory";
	if (work.st_ino == other.st_ino)
		return "is the upper directory itself";
	if (lies_in(path, upper))
		return "is in the upper directory";
	return holds_others(path, of_overlays) ? "is not empty" : NULL;
}
