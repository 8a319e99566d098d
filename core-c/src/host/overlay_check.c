/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks upper and work directories (overlay_check.h), because the kernel returns EINVAL for every
 * problem, and writes the reason only to its log. */
#define _GNU_SOURCE
#include "overlay_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "common/fd_path.h"
#include "common/path_below.h"
#include "mount_table.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* File systems that cannot hold an upper directory: they are read-only, or lack whiteouts or
 * extended attributes (Documentation/filesystems/overlayfs.rst). */
static const struct {
	long magic;
	char problem[56];
} refused[] = {
	{OVERLAYFS_SUPER_MAGIC, "is on overlayfs, which cannot hold an upper directory"},
	{NFS_SUPER_MAGIC, "is on nfs, which cannot hold an upper directory"},
	{MSDOS_SUPER_MAGIC, "is on vfat, which cannot hold an upper directory"},
	{EXFAT_SUPER_MAGIC, "is on exfat, which cannot hold an upper directory"},
	{FUSE_SUPER_MAGIC, "is on fuse, which cannot hold an upper directory"},
	{PROC_SUPER_MAGIC, "is on proc, which cannot hold an upper directory"},
	{SYSFS_MAGIC, "is on sysfs, which cannot hold an upper directory"},
	{SQUASHFS_MAGIC, "is on squashfs, which cannot be written to"},
	{ISOFS_SUPER_MAGIC, "is on iso9660, which cannot be written to"},
};

/* Describes the problem if a file system has no extended attributes. The kernel mounts such an
 * overlay, but later operations on attributes fail (EIO). */
static const char *xattr_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT])
{
	const char *key = userxattr ? "user.overlay.opaque" : "trusted.overlay.opaque";
	char path[PF_FD_PATH], type[PF_MOUNT_TYPE];

	pf_fd_path(directory, path);
	if (getxattr(path, key, NULL, 0) >= 0 || errno != EOPNOTSUPP)
		return NULL;
	snprintf(ret, PF_UPPERDIR_TEXT,
		 "is on %s, which has no %sextended attributes for an upper directory",
		 pf_mount_type(directory, "", type), userxattr ? "user " : "");
	return ret;
}

const char *pf_upperdir_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT])
{
	struct stat status;
	struct statfs system;

	if (fstat(directory, &status) < 0 || fstatfs(directory, &system) < 0)
		return pf_errno_text(errno);
	if (!S_ISDIR(status.st_mode))
		return pf_errno_text(ENOTDIR);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if ((long)system.f_type == refused[i].magic)
			return refused[i].problem;
	return xattr_problem(directory, userxattr, ret);
}

static const char written_by_all[] = "every user can write to it";

const char *pf_scratch_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT])
{
	const char *problem = pf_upperdir_problem(directory, userxattr, ret);
	struct stat status;

	if (problem || fstat(directory, &status) < 0)
		return problem;
	/* The sticky bit keeps users from renaming the files of other users. */
	return (status.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH ? written_by_all : NULL;
}

void pf_upperdir_hint(struct pflask_error *error, const char *problem)
{
	if (problem == written_by_all)
		pf_error_hint(error, "chmod o-w DIR");
	if (strncmp(problem, "is on ", 6) == 0)
		pf_error_hint(error, "df -T DIR: an upper directory must be on ext4, xfs, btrfs "
				     "or tmpfs (Linux 6.6)");
}

/* Entries that do not count: "." and "..", and those that an earlier overlay has left in a work
 * directory, which a later overlay uses again. */
static const char known[][6] = {".", "..", "work", "index"};

enum { OF_ALL = 2, OF_OVERLAYS = 4 };

/* Tells whether a directory has entries other than the first `count` entries of `known`. */
static int holds_others(int fd, int count)
{
	int opened = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = opened < 0 ? NULL : fdopendir(opened);
	const struct dirent *entry;
	int found = 0;

	while (directory && !found && (entry = readdir(directory))) {
		found = 1;
		for (int i = 0; i < count; i++)
			found = found && strcmp(entry->d_name, known[i]) != 0;
	}
	if (directory)
		closedir(directory);
	return found;
}

int pf_has_entries(int directory)
{
	return holds_others(directory, OF_ALL);
}

const char *pf_workdir_problem(const struct pf_host_path *work, const struct pf_host_path *upper)
{
	if (work->device != upper->device)
		return "must be on the file system of the upper directory";
	if (work->mount != upper->mount) /* the kernel refuses another mount, too */
		return "must be on the mount of the upper directory";
	if (work->inode == upper->inode)
		return "is the upper directory itself";
	if (pf_lies_in(work->path, upper->path))
		return "is in the upper directory";
	return holds_others(work->fd, OF_OVERLAYS) ? "is not empty" : NULL;
}
