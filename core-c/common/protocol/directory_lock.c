/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a container has taken a directory for its overlay (directory_lock.h). */
#define _GNU_SOURCE
#include "directory_lock.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/proc_path.h"
#include "peer_check.h"

struct flock pf_directory_lock(short type, uid_t uid)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)uid, .l_len = 1};
}

/* Tells whether all ids of a process are those of a user. The effective id is not enough: every
 * user may start a set-user-ID program, and such a program keeps the user's locks. For root, the
 * group ids must be root's, too: some of these programs (sudo) set all their user ids to root's,
 * but not their group ids, while they wait for a password. */
static int belongs_to(pid_t pid, uid_t uid)
{
	char wanted[128] = "\nUid:", status[1024] = "";
	size_t length = strlen(wanted);

	for (int i = 0; i < 4; i++) {
		wanted[length++] = '\t';
		length += (size_t)pf_write_decimal(uid, wanted + length);
	}
	strcpy(wanted + length, "\n");
	PF_CLEANUP_FD int fd = pf_proc_open(pid, "status", O_RDONLY);
	return fd >= 0 && read(fd, status, sizeof(status) - 1) > 0 && strstr(status, wanted) &&
	       (uid != 0 || strstr(status, "\nGid:\t0\t0\t0\t0\n"));
}

/* Tells whether a process of a user has taken a directory. A process of root counts even if it is
 * in a container without a user namespace. */
static int is_taken_by(int fd, uid_t uid)
{
	struct flock lock = pf_directory_lock(F_WRLCK, uid);

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return 0;
	return belongs_to(lock.l_pid, uid) && (uid == 0 || pf_peer_check_process(lock.l_pid) == 0);
}

int pf_is_taken(int fd)
{
	struct stat status;

	return is_taken_by(fd, 0) || is_taken_by(fd, geteuid()) ||
	       (fstat(fd, &status) == 0 && is_taken_by(fd, status.st_uid));
}
