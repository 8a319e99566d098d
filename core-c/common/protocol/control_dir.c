/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens control directories, and makes and removes sockets there (control_dir.h). The address of a
 * socket leads through the descriptor of the directory, not through its path: another user can
 * replace the directory at the path, and a path can be too long for an address (unix(7)).
 */
#define _GNU_SOURCE
#include "control_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/proc_path.h"
#include "common/spec_defaults.h"
#include "wire.h"

#define LOCK_TRIES 100 /* number of attempts to lock the directory, 1 ms apart */
#define BACKLOG 128

_Static_assert(PF_MOST_name + sizeof(PF_CONTROL_SUFFIX) <= PF_CONTROL_FILE, "room for a name");

int pf_control_dir_open(const char *directory, uid_t uid, int make)
{
	struct stat status;

	if (make && mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	PF_CLEANUP_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (status.st_uid != uid || status.st_mode & 077)
		return -EACCES;
	return pf_steal_fd(&fd);
}

int pf_control_dir_lock(int directory)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	struct stat status;
	int tries = 0;

	while (flock(directory, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (++tries == LOCK_TRIES)
			break; /* a monitor never holds the lock for this long */
		nanosleep(&pause, NULL);
	}
	if (fstat(directory, &status) < 0)
		return -errno;
	return status.st_nlink > 0 ? 0 : -ENOENT;
}

static int address_of(int directory, const char *file, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(file) >= PF_CONTROL_FILE)
		return -ENAMETOOLONG;
	size_t length = pf_proc_fd_path(0, "fd", directory, ret->sun_path);
	ret->sun_path[length++] = '/';
	strcpy(ret->sun_path + length, file);
	return 0;
}

/* Makes a socket, and its address for the name `file`. Returns a descriptor or -errno. */
static int make_socket(int directory, const char *file, struct sockaddr_un *ret)
{
	int r = address_of(directory, file, ret);

	if (r < 0)
		return r;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd < 0 ? -errno : fd;
}

int pf_control_socket_connect(int directory, const char *file)
{
	struct sockaddr_un address;
	PF_CLEANUP_FD int fd = make_socket(directory, file, &address);

	if (fd < 0)
		return fd;
	pf_refuse_fds(fd, 1);
	if (connect(fd, (const void *)&address, sizeof(address)) < 0)
		return -errno;
	return pf_steal_fd(&fd);
}

/* Removes a socket if no process listens on it. Returns 1 if the socket was removed, else 0. */
static int remove_dead(int directory, const char *file)
{
	struct stat status;
	PF_CLEANUP_FD int fd = pf_control_socket_connect(directory, file);

	return fd == -ECONNREFUSED && fstatat(directory, file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISSOCK(status.st_mode) && unlinkat(directory, file, 0) == 0;
}

int pf_control_socket_listen(int directory, const char *file)
{
	struct sockaddr_un address;
	PF_CLEANUP_FD int fd = make_socket(directory, file, &address);

	if (fd < 0)
		return fd;
	int r = bind(fd, (const void *)&address, sizeof(address)) < 0 ? -errno : 0;
	if (r == -EADDRINUSE && remove_dead(directory, file))
		r = bind(fd, (const void *)&address, sizeof(address)) < 0 ? -errno : 0;
	if (r < 0)
		return r;
	pf_refuse_fds(fd, 1); /* connections inherit this setting (unix(7)) */
	return listen(fd, BACKLOG) < 0 ? -errno : pf_steal_fd(&fd);
}

/* Locks the directory first, because a new monitor holds the same lock between its bind(2) and its
 * listen(2). Without the lock, the socket of this monitor would look abandoned, and would be
 * removed. */
void pf_control_socket_clean(int directory, const char *file)
{
	if (pf_control_dir_lock(directory) < 0)
		return;
	remove_dead(directory, file);
	flock(directory, LOCK_UN);
}
