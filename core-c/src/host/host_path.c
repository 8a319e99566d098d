/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens files and directories of the host that options name (host_path.h). */
#define _GNU_SOURCE
#include "host_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/sys.h"

/* Opens a path as descriptor 3 or higher, even if a standard descriptor is closed. O_PATH alone
 * does not trigger an automount (autofs(5)), so first tries O_PATH with O_DIRECTORY. Returns a
 * descriptor or -errno. */
static int open_above(const char *path, int flags)
{
	int fd = open(path, flags | (flags & O_PATH ? O_DIRECTORY : 0) | O_CLOEXEC);

	if (fd < 0 && errno == ENOTDIR && !(flags & O_DIRECTORY))
		fd = open(path, flags | O_CLOEXEC);
	if (fd < 0 || fd > 2)
		return fd < 0 ? -errno : fd;
	int above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int number = errno;
	close(fd);
	return above < 0 ? -number : above;
}

int pf_plan_fds_add(struct pf_plan_fds *plan_fds, int fd)
{
	int *grown = realloc(plan_fds->fds, (plan_fds->count + 1) * sizeof(*grown));

	if (!grown) {
		close(fd);
		return -ENOMEM;
	}
	plan_fds->fds = grown;
	grown[plan_fds->count++] = fd;
	return 0;
}

static uint64_t device_of(const struct statx *status)
{
	return makedev(status->stx_dev_major, status->stx_dev_minor);
}

static int read_path(int fd, char ret[PATH_MAX])
{
	char link[PF_FD_PATH];

	pf_fd_path(fd, link);
	ssize_t n = readlink(link, ret, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

int pf_host_path_open(struct pf_plan_fds *plan_fds, const char *path, int flags,
		      struct pf_host_path *ret)
{
	char text[PATH_MAX];
	struct statx status;
	int fd = open_above(path, flags);
	int r = fd < 0 ? fd : pf_plan_fds_add(plan_fds, fd);

	if (r == 0)
		r = pf_statx(fd, STATX_INO | STATX_MNT_ID, &status);
	if (r == 0)
		r = read_path(fd, text);
	char *copy = r == 0 ? strdup(text) : NULL;
	if (!copy)
		return r < 0 ? r : -ENOMEM;
	*ret = (struct pf_host_path){fd, copy, device_of(&status), status.stx_ino,
				     status.stx_mnt_id};
	return 0;
}

void pf_host_path_clear(struct pf_host_path *at)
{
	free(at->path);
	at->path = NULL;
}

/* Opens the path of a descriptor again. Returns 0 if it leads to the same file in the same mount,
 * -ESTALE if not, or another -errno. */
static int find(const struct pf_host_path *at)
{
	struct statx found;
	int r = pf_statx_at(AT_FDCWD, at->path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
			    STATX_INO | STATX_MNT_ID, &found);

	if (r < 0)
		return r;
	return found.stx_ino == at->inode && found.stx_mnt_id == at->mount ? 0 : -ESTALE;
}

/* Tells whether the mount of a descriptor is in the mount namespace of the calling process. */
static int is_mounted_here(const struct pf_host_path *at)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	unsigned long long id = 0;
	int found = 0;

	while (file && !found && fscanf(file, "%llu%*[^\n]", &id) == 1)
		found = id == at->mount;
	if (file)
		fclose(file);
	return found;
}

static int is_directory(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *pf_host_path_problem(const struct pf_host_path *at, const char **ret_hint)
{
	struct stat status;
	int r = find(at);

	if (r == 0)
		return NULL;
	if (r == -EACCES) {
		*ret_hint = "namei -l PATH: choose a path that you may search";
		return "is in a directory that you may not search";
	}
	if (*at->path != '/' || fstat(at->fd, &status) < 0 || status.st_nlink == 0) {
		*ret_hint = is_directory(at->fd)
				    ? "choose a directory that exists"
				    : "{mount=file:FD:DEST} copies the contents of a descriptor";
		return "has no path (a removed file, a file in memory, a pipe, a socket or a "
		       "namespace)";
	}
	if (is_mounted_here(at)) {
		*ret_hint = "findmnt: choose a path that no other mount covers";
		return "is covered by another mount";
	}
	*ret_hint = "findmnt: choose a directory of this mount namespace; "
		    "nsenter --target=PID --mount COMMAND runs a command in another namespace";
	return "is in another mount namespace, or outside this root directory";
}

int pf_plan_fds_has(const struct pf_plan_fds *plan_fds, int fd)
{
	for (size_t i = 0; i < plan_fds->count; i++)
		if (plan_fds->fds[i] == fd)
			return 1;
	return 0;
}

void pf_plan_fds_clear(struct pf_plan_fds *plan_fds)
{
	for (size_t i = 0; i < plan_fds->count; i++)
		close(plan_fds->fds[i]);
	free(plan_fds->fds);
	*plan_fds = (struct pf_plan_fds){0};
}
