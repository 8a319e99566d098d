/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens the file of --log-file (log_open.h). The directory of the file may be writable for another
 * user, or for a container whose root has the directory. Such a user or container could put a
 * symbolic link or another file in place of the log. So pflask follows no link of the path, opens
 * the directory once, and takes no file that has a second name. If other users can write to the
 * directory, the file must belong to the caller.
 */
#define _GNU_SOURCE
#include "log_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/protocol/plan.h"
#include "common/sys.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* Opens the directory of a file. Follows no symbolic link. Returns a descriptor or -errno. */
static int open_directory(const char *path)
{
	char directory[PATH_MAX];

	snprintf(directory, sizeof(directory), "%.*s/", (int)(strrchr(path, '/') - path), path);
	return pf_openat2(AT_FDCWD, directory, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

/* Tells whether a user other than the caller and root can write to a directory. */
static int is_open_to_others(int directory)
{
	struct stat status;

	return fstat(directory, &status) < 0 || status.st_mode & 022 ||
	       (status.st_uid != geteuid() && status.st_uid != 0);
}

static int refuse(const char *path, int number, const char *why, struct pflask_error *reterr)
{
	return pf_error_field(reterr, "logFile", number, "%s: %s", path, why);
}

/* Makes the error for a path with a symbolic link to a directory. The hint has the path without
 * links, if the directory exists. */
static int refuse_link(const char *path, struct pflask_error *reterr)
{
	const char *name = strrchr(path, '/');
	char directory[PATH_MAX], real[PATH_MAX];
	int r = refuse(path, ELOOP, "a directory of the path is a symbolic link", reterr);

	snprintf(directory, sizeof(directory), "%.*s/", (int)(name - path), path);
	if (realpath(directory, real))
		pf_error_hint(reterr, "{logFile=%s%s}", real, name);
	return r;
}

/* Returns why a file must not be used as the log, or NULL. */
static const char *fault_of(const struct stat *status, int is_open)
{
	if (S_ISLNK(status->st_mode))
		return "is a symbolic link";
	if (!S_ISREG(status->st_mode))
		return "is not a regular file";
	if (status->st_nlink != 1)
		return "has several names (hard links)";
	return is_open && status->st_uid != geteuid() ? "belongs to another user" : NULL;
}

/* Opens or creates the log file, and locks it: pf_log_remove() of another start then does not
 * remove it. Opens it again if it was removed before the lock. */
static int open_locked(int directory, const char *name, int *ret_is_new)
{
	const int flags =
		O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW;
	struct stat status;

	for (;;) {
		int fd = openat(directory, name, flags | O_EXCL, 0600);
		*ret_is_new = fd >= 0;
		if (fd < 0)
			fd = openat(directory, name, flags, 0600);
		if (fd < 0)
			return -errno;
		flock(fd, LOCK_SH | LOCK_NB);
		if (fstat(fd, &status) < 0 || status.st_nlink > 0)
			return fd;
		close(fd);
	}
}

/* Opens the log. Checks an existing file before opening, because opening a device can have effects.
 * Checks again afterwards, because another user may have replaced the file meanwhile. */
static int open_log(const char *path, int directory, pflask_container *container,
		    struct pflask_error *reterr)
{
	const char *name = strrchr(path, '/') + 1;
	const int is_open = is_open_to_others(directory);
	struct stat status;
	const char *fault = fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0
				    ? fault_of(&status, is_open)
				    : NULL;
	int r = fault ? 0 : open_locked(directory, name, &container->is_log_new);

	if (!fault && r >= 0) {
		container->log.fd = r;
		r = fstat(r, &status) < 0 ? -errno : 0;
		fault = fault_of(&status, is_open);
	}
	if (r < 0)
		return refuse(path, -r, pf_errno_text(-r), reterr);
	if (!fault)
		return 0;
	r = refuse(path, EINVAL, fault, reterr);
	pf_error_hint(reterr, "{logFile=FILE}, with a FILE in a directory of your own");
	return r;
}

void pf_log_remove(const pflask_container *container)
{
	const int fd = container->log.fd;
	char link[32], path[PATH_MAX];
	struct stat status, named;

	if (!container->is_log_new || fstat(fd, &status) < 0 || status.st_size > 0 ||
	    flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return;
	path[length] = '\0';
	PF_CLEANUP_FD int directory = open_directory(path);
	const char *name = strrchr(path, '/') + 1;
	if (directory >= 0 && fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_ino == status.st_ino && named.st_dev == status.st_dev)
		unlinkat(directory, name, 0);
}

int pf_log_open(pflask_container *container, const pflask_plan *plan, struct pflask_error *reterr)
{
	const struct pf_op *op = pf_plan_find(plan->data, PF_OP_log_file);

	if (!op)
		return 0;
	const char *path = pf_plan_string(plan->data, op->arg[0]);
	PF_CLEANUP_FD int directory = open_directory(path);
	if (directory == -ELOOP)
		return refuse_link(path, reterr);
	if (directory < 0)
		return refuse(path, -directory, pf_errno_text(-directory), reterr);
	return open_log(path, directory, container, reterr);
}
