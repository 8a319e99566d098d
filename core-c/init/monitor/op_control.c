/* SPDX-License-Identifier: BSD-2-Clause */
/* Control socket and pid file of a detached container (op_control.h). */
#define _GNU_SOURCE
#include "op_control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "file_writer.h"
#include "init/base/run_plan.h"
#include "log_pipe.h"

#define MAX_TRIES 16

static void set_file_id(struct pf_file_id *file, const struct stat *status)
{
	file->device = status->st_dev;
	file->inode = status->st_ino;
}

static int is_same(const struct pf_file_id *file, const struct stat *status)
{
	return file->inode == status->st_ino && file->device == status->st_dev;
}

/* Makes the control socket in a control directory. Only the owner may use the socket and the
 * directory. Returns 0 or -errno. */
static int listen_in(struct pf_detached_state *detached, int directory)
{
	struct stat status;
	int r = pf_control_dir_lock(directory);

	if (r < 0)
		return r;
	mode_t before = umask(0177);
	PF_CLEANUP_FD int fd = pf_control_socket_listen(directory, detached->file);
	umask(before);
	if (fd < 0)
		return fd;
	if (fstatat(directory, detached->file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	set_file_id(&detached->socket_id, &status);
	if (detached->listener >= 0)
		close(detached->listener);
	detached->listener = pf_steal_fd(&fd);
	return 0;
}

/* Opens the control directory, and makes the control socket there. Tries again if another monitor
 * has just removed the directory together with its last socket. Returns 0 or -errno. */
static int listen_somehow(struct pf_detached_state *detached)
{
	int r = -ENOENT;

	for (int i = 0; i < MAX_TRIES && r == -ENOENT; i++) {
		PF_CLEANUP_FD int directory =
			pf_control_dir_open(detached->directory, geteuid(), 1);
		r = directory < 0 ? directory : listen_in(detached, directory);
	}
	return r;
}

static void name_socket(struct pf_detached_state *detached)
{
	char pid[PF_DECIMAL_SIZE];
	const char *name = detached->name;

	if (!*name) {
		pf_write_decimal((uint64_t)getpid(), pid);
		name = pid;
	}
	strcpy(detached->file, name);
	strcat(detached->file, PF_CONTROL_SUFFIX);
}

/* Opens a signalfd for the signals that pflask in the foreground forwards. A detached monitor has
 * no terminal, so SIGHUP has another meaning: the monitor makes its control socket again if the
 * socket was removed. */
static int open_signals(void)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int pf_op_control(struct pf_run *run, const struct pf_op *op)
{
	struct pf_detached_state *detached = &run->outside.detached;

	detached->name = pf_arg_string(run, op, 0);
	detached->directory = pf_arg_string(run, op, 1);
	detached->root = pf_arg_string(run, op, 2);
	detached->keeps_end = op->arg[4] != 0;
	if (strlen(detached->name) + sizeof(PF_CONTROL_SUFFIX) > PF_CONTROL_FILE)
		return -ENAMETOOLONG;
	name_socket(detached);
	int r = op->arg[3] ? pf_ring_open(&detached->ring, op->arg[3]) : 0;
	if (r < 0)
		return r;
	detached->signals = open_signals();
	return detached->signals < 0 ? detached->signals : listen_somehow(detached);
}

/* If the container is detached, keeps the descriptor of the log: the monitor then reads the output,
 * from the terminal or from a pipe, and writes the log. Otherwise the caller writes the log. */
int pf_op_log_file(struct pf_run *run, const struct pf_op *op)
{
	struct pf_detached_state *detached = &run->outside.detached;

	if (detached->listener < 0)
		return 0;
	detached->log.fd = (int)op->arg[1];
	return detached->ring.data ? 0 : pf_log_pipe_open(run);
}

void pf_control_socket_restore(struct pf_run *run)
{
	struct pf_detached_state *detached = &run->outside.detached;
	struct stat status;
	PF_CLEANUP_FD int directory = pf_control_dir_open(detached->directory, geteuid(), 0);

	if (directory >= 0 &&
	    fstatat(directory, detached->file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_same(&detached->socket_id, &status))
		return;
	listen_somehow(detached); /* if this fails, the next SIGHUP tries again */
}

/* Returns the decimal number at the start of a file, or 0. */
static pid_t read_pid(int fd)
{
	char text[PF_DECIMAL_SIZE + 1] = "";
	pid_t pid = 0;

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return 0;
	for (const char *c = text; *c >= '0' && *c <= '9' && pid < INT_MAX / 10; c++)
		pid = pid * 10 + (*c - '0');
	return pid;
}

/* Tells whether another monitor uses the pid file: whether the process whose pid is in the file has
 * the file open for writing. A lock would prove nothing, because every process that can read a file
 * can lock it (flock(2)). */
static int is_anothers(int fd)
{
	pid_t pid = read_pid(fd);

	return pid > 0 && pid != getpid() && pf_is_file_writer(pid, fd);
}

static int write_pid(int fd)
{
	char text[PF_DECIMAL_SIZE + 1];
	int length = pf_write_decimal((uint64_t)getpid(), text);

	text[length++] = '\n';
	if (ftruncate(fd, 0) < 0)
		return -errno;
	ssize_t n = write(fd, text, (size_t)length);
	return n < 0 ? -errno : n == length ? 0 : -EIO;
}

/* Opens the pid file, but writes nothing yet, because an existing file may belong to another
 * program. */
int pf_op_pid_file(struct pf_run *run, const struct pf_op *op)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct pf_detached_state *detached = &run->outside.detached;
	/* The compiler has made the path absolute. */
	const char *name = strrchr(pf_arg_string(run, op, 0), '/') + 1;
	int directory = (int)op->arg[1];
	struct stat status;
	PF_CLEANUP_FD int fd = openat(directory, name, flags | O_CREAT | O_EXCL, 0644);

	detached->has_pid_file = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = openat(directory, name, flags);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	set_file_id(&detached->pid_file_id, &status);
	detached->pid_file = name;
	detached->pid_directory = directory;
	detached->pid_index = run->index;
	if (is_anothers(fd))
		return -EADDRINUSE;
	detached->pid_fd = pf_steal_fd(&fd);
	return 0;
}

static int find_pid_file(const struct pf_detached_state *detached, struct stat *ret)
{
	return fstatat(detached->pid_directory, detached->pid_file, ret, AT_SYMLINK_NOFOLLOW);
}

/* Makes the pid file again if it was removed: another start that failed may have made the opened
 * file, and removed it. Returns 0 or -errno. */
static int make_again(struct pf_detached_state *detached)
{
	struct stat status;

	if (find_pid_file(detached, &status) == 0 || errno != ENOENT)
		return 0;
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(detached->pid_directory, detached->pid_file, flags, 0644);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	close(detached->pid_fd);
	detached->pid_fd = fd;
	set_file_id(&detached->pid_file_id, &status);
	return 0;
}

/* Writes the pid file. If two monitors have opened the same file, it belongs to the first that
 * writes. A lock on the control directory keeps monitors from checking and writing at the same
 * time. Only processes of the same user can open this directory. */
int pf_pid_file_write(struct pf_run *run)
{
	struct pf_detached_state *detached = &run->outside.detached;

	if (!detached->pid_file)
		return 0;
	PF_CLEANUP_FD int directory = pf_control_dir_open(detached->directory, geteuid(), 0);
	if (directory >= 0)
		pf_control_dir_lock(directory);
	if (is_anothers(detached->pid_fd))
		return -EADDRINUSE;
	int r = make_again(detached);
	if (r < 0)
		return r;
	detached->has_pid_file = 1;
	return write_pid(detached->pid_fd);
}

static void remove_socket(const struct pf_detached_state *detached)
{
	struct stat status;
	PF_CLEANUP_FD int directory = pf_control_dir_open(detached->directory, geteuid(), 0);

	if (directory < 0 || pf_control_dir_lock(directory) < 0)
		return;
	if (fstatat(directory, detached->file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_same(&detached->socket_id, &status))
		unlinkat(directory, detached->file, 0);
	rmdir(detached->directory); /* rmdir(2) fails while the directory has another socket */
}

void pf_control_remove(struct pf_run *run)
{
	const struct pf_detached_state *detached = &run->outside.detached;
	struct stat status;

	if (detached->has_pid_file && detached->pid_file && find_pid_file(detached, &status) == 0 &&
	    is_same(&detached->pid_file_id, &status) && !is_anothers(detached->pid_fd))
		unlinkat(detached->pid_directory, detached->pid_file, 0);
	if (detached->listener >= 0)
		remove_socket(detached);
}
