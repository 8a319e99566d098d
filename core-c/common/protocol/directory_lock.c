/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether another container uses a directory for the changes of an overlay
 * (directory_lock.h). */
#define _GNU_SOURCE
#include "directory_lock.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/proc_path.h"
#include "common/sys.h"
#include "peer_check.h"

struct flock pf_directory_lock(short type, uid_t uid)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)uid, .l_len = 1};
}

/* Reads a file of /proc/PID as text. Returns the length, or -1. */
static int read_text(int dir, const char *name, char *ret, size_t size)
{
	PF_CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n < 0 ? 0 : n] = '\0';
	return (int)n;
}

/* Tells whether all ids of a process are those of a user. The effective id is not enough: every
 * user may start a set-user-ID program, which has root's effective id and keeps the user's locks.
 * For root, the group ids must be 0, too: while a set-user-ID program such as sudo waits for a
 * password, all its user ids are 0, but its group ids are not 0. A zombie holds no lock. */
static int belongs_to(pid_t pid, uid_t uid)
{
	char wanted[128] = "\nUid:", status[1024], path[PF_PROC_PATH];
	size_t length = strlen(wanted);

	for (int i = 0; i < 4; i++) {
		wanted[length++] = '\t';
		length += (size_t)pf_write_decimal(uid, wanted + length);
	}
	strcpy(wanted + length, "\n");
	pf_proc_path(pid, "status", path);
	return read_text(AT_FDCWD, path, status, sizeof(status)) > 0 && strstr(status, wanted) &&
	       !strstr(status, "\nState:\tZ") &&
	       (uid != 0 || strstr(status, "\nGid:\t0\t0\t0\t0\n"));
}

/* Tells whether the text of /proc/PID/fdinfo/FD names the record lock of a user. The kernel names a
 * record lock only if the process PID has made the lock through its descriptor FD. */
static int names_lock(const char *text, uid_t uid)
{
	char byte[2 * PF_DECIMAL_SIZE + 3] = " ";
	size_t length = 1 + (size_t)pf_write_decimal(uid, byte + 1);

	byte[length++] = ' ';
	length += (size_t)pf_write_decimal(uid, byte + length);
	for (const char *line = strstr(text, "\nlock:"); line; line = strstr(line + 1, "\nlock:")) {
		const char *end = strchr(line + 1, '\n'), *kind = strstr(line, ": POSIX ");
		if (end && kind && kind < end && end - line > (ptrdiff_t)length &&
		    strncmp(end - length, byte, length) == 0)
			return 1;
	}
	return 0;
}

/* Tells whether a descriptor of a process is the directory of `fd`. */
static int is_directory_of(int fd, const char *path)
{
	struct statx own, other;

	return pf_statx_idle(fd, STATX_INO, &own) == 0 &&
	       pf_statx_at(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &other) == 0 &&
	       own.stx_dev_major == other.stx_dev_major &&
	       own.stx_dev_minor == other.stx_dev_minor && own.stx_ino == other.stx_ino;
}

/* Tells whether the descriptor `number` of a process holds a user's record lock on the directory
 * `fd`. The lock is on the byte `uid`. `dir` is the fdinfo directory of the process. */
static int holds_lock_by(pid_t pid, int dir, const char *number, int fd, uid_t uid)
{
	char path[PF_PROC_PATH], name[PF_PROC_PATH / 2] = "fd/", text[1024];

	if (read_text(dir, number, text, sizeof(text)) <= 0 || !names_lock(text, uid) ||
	    strlen(number) >= sizeof(name) - strlen(name))
		return 0;
	strcat(name, number);
	pf_proc_path(pid, name, path);
	return is_directory_of(fd, path);
}

/* Tells whether a process holds a user's record lock on the directory `fd`. The lock is on the byte
 * `uid`. Returns 1, 0, or -EACCES if the kernel does not show the descriptors of the process. */
static int holds_lock(pid_t pid, int fd, uid_t uid)
{
	char entries[2048] __attribute__((aligned(8)));
	long n;
	PF_CLEANUP_FD int dir = pf_proc_open(pid, "fdinfo", O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return dir == -EACCES ? dir : 0;
	while ((n = syscall(SYS_getdents64, dir, entries, sizeof(entries))) > 0) {
		for (long i = 0; i < n;) {
			const struct dirent *entry = (void *)(entries + i);
			i += entry->d_reclen;
			if (holds_lock_by(pid, dir, entry->d_name, fd, uid))
				return 1;
		}
	}
	return 0;
}

static int is_called_monitor(pid_t pid)
{
	char path[PF_PROC_PATH], name[32];

	pf_proc_path(pid, "comm", path);
	return read_text(AT_FDCWD, path, name, sizeof(name)) > 0 &&
	       strcmp(name, PF_MONITOR_NAME "\n") == 0;
}

/* Tells whether a process of a user has locked a directory. F_GETLK returns the pid of the process
 * that made the lock. Processes that share their descriptors (clone(2), CLONE_FILES) also share the
 * lock: the lock can outlive the process with this pid, and another process can get the pid. So the
 * function checks that the process with this pid still holds the lock. An ordinary user cannot see
 * the descriptors of a root process, and recognizes a monitor of root by its name. A process of an
 * ordinary user counts only if it is in the caller's namespaces. A process of root counts even in a
 * container. */
static int is_taken_by(int fd, uid_t uid)
{
	struct flock lock = pf_directory_lock(F_WRLCK, uid);

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0 ||
	    !belongs_to(lock.l_pid, uid))
		return 0;
	int r = holds_lock(lock.l_pid, fd, uid);
	if (uid == 0)
		return r == -EACCES ? is_called_monitor(lock.l_pid) : r;
	return r == 1 && pf_peer_check_process(lock.l_pid) == 0;
}

int pf_is_taken(int fd)
{
	struct stat status;

	return is_taken_by(fd, 0) || is_taken_by(fd, geteuid()) ||
	       (fstat(fd, &status) == 0 && is_taken_by(fd, status.st_uid));
}
