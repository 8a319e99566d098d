/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "peer_check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/namespaces.h"
#include "common/proc_path.h"
#include "common/sys.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

/* The files of /proc/PID that must be equal for the peer and the calling process. The cgroup
 * namespace shows whether a process is in a container: every container of pflask has its own cgroup
 * namespace, even if the container shares all other namespaces with the host. A process can also
 * prove its namespaces by descriptors (pf_peer_check_proof()). */
static const char *const proc_files[] = {
	pf_namespaces[PF_NS_user].path, pf_namespaces[PF_NS_pid].path,
	pf_namespaces[PF_NS_mnt].path, pf_namespaces[PF_NS_cgroup].path, "root"};

#define PROC_FILES (sizeof(proc_files) / sizeof(proc_files[0]))

/* Reads the status of /proc/PID/NAME. A pid of 0 means the calling process. */
static int stat_proc_file(pid_t pid, const char *name, struct stat *ret)
{
	char path[PF_PROC_PATH];

	pf_proc_path(pid, name, path);
	return stat(path, ret) < 0 ? -errno : 0;
}

static int is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Returns the error for a file of /proc/PID that cannot be read: -ESRCH if the process is ending.
 * An ending process has no namespaces for some time before /proc/PID disappears (do_exit()). */
static int unseen(pid_t pid, int error)
{
	struct stat directory;

	return error == -ENOENT && stat_proc_file(pid, "", &directory) == 0 ? -ESRCH : error;
}

int pf_peer_check_process(pid_t pid)
{
	struct stat ours = {0}, theirs = {0};

	for (size_t i = 0; i < PROC_FILES; i++) {
		int r = stat_proc_file(0, proc_files[i], &ours);
		if (r < 0)
			return r;
		r = stat_proc_file(pid, proc_files[i], &theirs);
		if (r < 0)
			return unseen(pid, r);
		if (!is_same(&ours, &theirs))
			return -EPERM;
	}
	return 0;
}

/* Returns a pidfd of the process that has connected. Before Linux 6.5, this may be the pidfd of a
 * later process with the same pid. */
static int open_peer(int socket, pid_t pid)
{
	int pidfd = -1;
	socklen_t length = sizeof(pidfd);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0)
		return pidfd;
	return errno == ENOPROTOOPT ? pf_pidfd_open(pid) : -errno;
}

int pf_peer_check(int socket, pid_t pid)
{
	if (pid <= 0)
		return -EPERM; /* the peer is in a pid namespace that the caller cannot see */
	PF_CLEANUP_FD int pidfd = open_peer(socket, pid);
	if (pidfd < 0)
		return pidfd;
	int r = pf_peer_check_process(pid);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	/* If the peer ended during the check, another process may have got its pid, and was checked
	 * instead. */
	return poll(&end, 1, 0) != 0 ? -ESRCH : r;
}

int pf_peer_is_known(int socket)
{
	PF_CLEANUP_FD int pidfd = -1;
	socklen_t length = sizeof(pidfd);

	return getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0;
}

int pf_peer_open_proof(int ret[PF_PROOF_FDS])
{
	for (int i = 0; i < PF_PROOF_FDS; i++) {
		ret[i] = pf_proc_open(0, proc_files[i], O_RDONLY);
		if (ret[i] >= 0)
			continue;
		int r = ret[i];
		while (i > 0)
			close(ret[--i]);
		return r;
	}
	return PF_PROOF_FDS;
}

int pf_peer_check_proof(const int *namespaces)
{
	struct stat ours = {0}, theirs = {0};

	for (int i = 0; i < PF_PROOF_FDS; i++)
		if (stat_proc_file(0, proc_files[i], &ours) < 0 ||
		    fstat(namespaces[i], &theirs) < 0 || !is_same(&ours, &theirs))
			return -EPERM;
	return 0;
}
