/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maker (mount_point_maker.h) makes and removes mount points in a process of its own, so that
 * mount points are removed even if init, the monitor and the caller die.
 */
#define _GNU_SOURCE
#include "mount_point_maker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/close_fds.h"
#include "common/decimal.h"
#include "common/sys.h"
#include "init/base/debug.h"
#include "init/base/ids.h"
#include "init/base/process_name.h"
#include "init/base/run_plan.h"
#include "path.h"

#define MARK "user.pflask.made"
#define HIDDEN ".pflask-"
#define LOOK_NSEC 50000
#define LOOKS 100
#define LOOKS_SHARED 3
/* Time limit for init, after the death of the monitor, to kill its children. */
#define ORPHAN_MSEC 2000

/* The descriptors of the maker, by number. */
enum { MAKER_SOCKET, MAKER_INIT, MAKER_USERNS };

/* A mount point that the maker has made: its parent directory, and the mount point itself. */
struct made_mount_point {
	int parent, fd;
	int is_marked;
	dev_t device;
	ino_t inode;
	char name[sizeof(((struct pf_make *)0)->name)];
};

static struct made_mount_point
	made_mount_points[PF_MADE_MOUNT_POINTS_MAX]; /* the array takes memory only in the maker */
static size_t made_count;

/* --- making ----------------------------------------------------------------------------------- */

/* Sets the maker's mark on a file or directory: the extended attribute user.pflask.made. Returns 0,
 * or -errno if the file system has no extended attributes. */
static int set_mark(int fd)
{
	char path[PF_FD_PATH];

	pf_fd_path(fd, path);
	return setxattr(path, MARK, "", 0, 0) < 0 ? -errno : 0;
}

static int has_mark(int fd)
{
	char path[PF_FD_PATH];

	pf_fd_path(fd, path);
	return getxattr(path, MARK, NULL, 0) >= 0;
}

int pf_is_unmarked(int opened)
{
	return fgetxattr(opened, MARK, NULL, 0) < 0;
}

/* Every process that can write to a file can set its mark (xattr(7)). So a mark does not count if
 * another id may write to the file. The group bits of the mode include the other entries of an
 * access control list (acl(5)). An owner that the user namespace does not map looks like the user
 * nobody, so the owner is checked by open(2) with O_NOATIME, which only the owner may use. */
int pf_has_maker_mark(int fd)
{
	char path[PF_FD_PATH];
	struct stat status;

	if (fstat(fd, &status) < 0 || status.st_uid != geteuid() || status.st_mode & 022 ||
	    !(S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)) || !has_mark(fd))
		return 0;
	pf_fd_path(fd, path);
	PF_CLEANUP_FD int opened =
		open(path, O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return opened >= 0 || errno != EPERM;
}

void pf_remove_maker_mark(int fd)
{
	char path[PF_FD_PATH];

	pf_fd_path(fd, path);
	removexattr(path, MARK);
}

/* Opens an existing file or directory. Fails if there is no maker's mark. Returns a descriptor or
 * -errno. */
static int open_marked(int parent, const char *name)
{
	PF_CLEANUP_FD int fd = pf_openat2(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);
	if (fd < 0)
		return fd;
	return pf_has_maker_mark(fd) ? pf_steal_fd(&fd) : -ENODATA;
}

/* Makes a file or a directory under a temporary name, sets the maker's mark, and renames the file.
 * Without the temporary name, another container could find the file before the file has the mark,
 * and would take the file for a file of the user. Returns a descriptor or -errno. The error is
 * -EINVAL if the file system cannot rename a file without replacing another file. */
static int make_marked(int parent, const char *name, mode_t mode)
{
	char hidden[sizeof(HIDDEN) + PF_DECIMAL_SIZE] = HIDDEN;

	pf_write_decimal((uint64_t)getpid(), hidden + strlen(hidden));
	PF_CLEANUP_FD int fd = pf_make_entry(parent, hidden, mode, "");
	if (fd < 0)
		return fd == -EEXIST ? -EINVAL : fd;
	set_mark(fd); /* fails without extended attributes; the mount point then has no mark */
	int r = pf_renameat2(parent, hidden, parent, name, RENAME_NOREPLACE);
	if (r == 0)
		return pf_steal_fd(&fd);
	unlinkat(parent, hidden, S_ISDIR(mode) ? AT_REMOVEDIR : 0);
	return r;
}

static int make(int parent, const char *name, mode_t mode, const char *target)
{
	int fd = S_ISLNK(mode) ? -EINVAL : make_marked(parent, name, mode);

	return fd == -EINVAL ? pf_make_entry(parent, name, mode, target) : fd;
}

/* Returns the target of the symbolic link that the current operation of the plan makes. */
static const char *target_of(const struct pf_run *run, const struct pf_make *what)
{
	uint32_t index = (uint32_t)what->index;

	if (!S_ISLNK(what->mode) || index >= pf_plan_count(run->plan))
		return "";
	const struct pf_op *op = pf_plan_op(run->plan, index);
	return op->code == PF_OP_symlink ? pf_arg_string(run, op, 0) : "";
}

static int is_already_made(const struct stat *status)
{
	for (size_t i = 0; i < made_count; i++)
		if (made_mount_points[i].device == status->st_dev &&
		    made_mount_points[i].inode == status->st_ino)
			return 1;
	return 0;
}

/* Returns the mode for a new mount point. A mount point in a directory of another user must not be
 * private: containers of that user use it, too, and must be able to lock it. */
static mode_t mode_in(int parent, mode_t mode)
{
	struct stat status;

	if (S_ISLNK(mode) || (fstat(parent, &status) == 0 && status.st_uid == geteuid()))
		return mode;
	return mode | (S_ISDIR(mode) ? 0055 : 0044);
}

/* Makes a mount point, and records it for the removal. First checks that there is room for the
 * record and the descriptor, because a mount point without a record is never removed. Returns a
 * descriptor, which stays open, or -errno. */
static int make_and_note(const struct pf_run *run, int parent, const struct pf_make *what)
{
	int room = fcntl(parent, F_DUPFD_CLOEXEC, 0);

	if (room < 0)
		return -errno;
	close(room);
	if (made_count == PF_MADE_MOUNT_POINTS_MAX)
		return -EMFILE;
	struct stat status;
	int fd = what->mode ? make(parent, what->name, mode_in(parent, (mode_t)what->mode),
				   target_of(run, what))
			    : open_marked(parent, what->name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0 || (!what->mode && is_already_made(&status))) {
		close(fd);
		return -EEXIST;
	}
	struct made_mount_point *note = &made_mount_points[made_count++];
	note->parent = parent;
	note->fd = fd;
	note->is_marked = !S_ISLNK(status.st_mode) && has_mark(fd);
	note->device = status.st_dev;
	note->inode = status.st_ino;
	memcpy(note->name, what->name, sizeof(note->name));
	return fd;
}

/* Handles requests of init until init and the monitor have closed their ends of the socket. */
static void serve_init(const struct pf_run *run)
{
	struct pf_received got;
	struct pf_message answer;

	while (pf_receive(MAKER_SOCKET, 0, &got) == 1) {
		struct pf_make *what = &got.message.body.make;
		if (got.message.type != PF_MESSAGE_MAKE || got.fd_count != 1)
			return;
		what->name[sizeof(what->name) - 1] = '\0';
		int fd = make_and_note(run, got.fds[0], what);
		if (fd < 0)
			close(got.fds[0]);
		pf_message_init(&answer, PF_MESSAGE_MADE);
		answer.body.made.error = fd < 0 ? -fd : 0;
		if (pf_send(MAKER_SOCKET, &answer, &fd, fd < 0 ? 0 : 1) < 0)
			return;
	}
}

/* --- removing --------------------------------------------------------------------------------- */

/* Locks a mount point before its removal. rmdir(2) also unmounts everything on the directory, in
 * every mount namespace. So every container holds a shared lock on the mount points that it uses.
 * Another maker may hold a lock for a moment, so this function tries several times. Returns a
 * descriptor with an exclusive lock, -EWOULDBLOCK if the mount point is in use, or another
 * -errno. */
static int lock_alone(int fd)
{
	const struct timespec pause = {.tv_nsec = LOOK_NSEC};
	PF_CLEANUP_FD int opened = pf_reopen(fd);
	int shared = 0;

	if (opened < 0)
		return opened;
	for (int tries = 0; tries < LOOKS && shared < LOOKS_SHARED; tries++) {
		if (flock(opened, LOCK_EX | LOCK_NB) == 0)
			return pf_steal_fd(&opened);
		if (flock(opened, LOCK_SH | LOCK_NB) == 0)
			shared++;
		flock(opened, LOCK_UN);
		nanosleep(&pause, NULL);
	}
	return -EWOULDBLOCK;
}

/* Removes a mount point if it is empty and is still the file that the maker has made. If its mark
 * was removed, leaves it: a container that could not lock the mount point has removed the mark, and
 * still uses it (claim() in path.c). */
static void remove_made(const struct made_mount_point *note)
{
	struct stat now;

	if (fstat(note->fd, &now) < 0)
		return;
	/* Look up the name under the lock: otherwise another maker could remove the mount point,
	 * and a third process could make another file of this name, before the removal here. */
	PF_CLEANUP_FD int lock = S_ISLNK(now.st_mode) ? -1 : lock_alone(note->fd);
	if (lock == -EWOULDBLOCK || (note->is_marked && !has_mark(note->fd)) ||
	    fstatat(note->parent, note->name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
	    note->device != now.st_dev || note->inode != now.st_ino)
		return;
	if (S_ISDIR(now.st_mode))
		unlinkat(note->parent, note->name, AT_REMOVEDIR);
	else if (S_ISLNK(now.st_mode) || (S_ISREG(now.st_mode) && now.st_size == 0))
		unlinkat(note->parent, note->name, 0);
}

/* Waits for the end of init, because init's mounts exist as long as init. If the monitor is dead
 * and init does not end in time, kills init. */
static void await_init(void)
{
	struct pollfd init = {.fd = MAKER_INIT, .events = POLLIN};

	if (poll(&init, 1, ORPHAN_MSEC) > 0)
		return;
	pf_pidfd_send_signal(MAKER_INIT, SIGKILL);
	poll(&init, 1, ORPHAN_MSEC);
}

/* --- the process ------------------------------------------------------------------------------ */

/* Closes the descriptors that the maker does not need, because other processes wait for the end of
 * file on the monitor's sockets. Keeps the caller's socket, so that the caller of a killed monitor
 * sees the end of file only after the mount points are removed. */
static int arrange_descriptors(const struct pf_run *run, int socket)
{
	if (socket != MAKER_SOCKET && dup3(socket, MAKER_SOCKET, O_CLOEXEC) < 0)
		return -errno;
	if (dup3(run->outside.init_pidfd, MAKER_INIT, O_CLOEXEC) < 0)
		return -errno;
	close(MAKER_USERNS); /* descriptor 2 may be a copy of a socket of the monitor */
	if (run->outside.userns >= 0 && dup3(run->outside.userns, MAKER_USERNS, O_CLOEXEC) < 0)
		return -errno;
	return pf_close_other_fds(MAKER_USERNS + 1, &run->outside.caller_socket, 1);
}

static _Noreturn void run_maker(const struct pf_run *run, int socket)
{
	pf_set_process_name(run, "pf-maker");
	if (arrange_descriptors(run, socket) < 0 ||
	    pf_join_userns(run, run->outside.userns < 0 ? -1 : MAKER_USERNS) < 0)
		_exit(1);
	/* In its own session, the maker gets no signals for the monitor's process group. */
	setsid();
	/* SIGCONT at the death of the monitor: a stopped maker then continues, and notices the
	 * death. */
	prctl(PR_SET_PDEATHSIG, SIGCONT);
	serve_init(run);
	await_init();
	for (size_t i = made_count; i > 0; i--)
		remove_made(&made_mount_points[i - 1]);
	_exit(0);
}

int pf_start_mount_point_maker(struct pf_run *run)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	struct pf_message message;
	int pair[2];
	int r = pf_socketpair(pair);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int theirs = pair[0];
	PF_CLEANUP_FD int ours = pair[1];
	run->outside.maker_pid = pf_clone3(&args);
	if (run->outside.maker_pid < 0)
		return run->outside.maker_pid;
	if (run->outside.maker_pid == 0)
		run_maker(run, theirs);
	run->maker_socket = ours;
	pf_message_init(&message, PF_MESSAGE_MAKER);
	pf_send_debug_message(run, PF_MONITOR, PF_INIT, PF_MESSAGE_MAKER);
	r = pf_send(run->outside.init_socket, &message, &ours, 1);
	pf_steal_fd(&ours);
	return r;
}

/* --- init's side ------------------------------------------------------------------------------ */

static int ask_for_maker(struct pf_run *run)
{
	struct pf_message message;
	struct pf_received got;

	pf_message_init(&message, PF_MESSAGE_MAKER);
	int r = pf_send(run->report_socket, &message, NULL, 0);
	if (r < 0)
		return r;
	int n = pf_receive(run->monitor_socket, 0, &got);
	/* Remember the monitor's GO for pf_await_monitor(). */
	if (n == 1 && got.message.type == PF_MESSAGE_GO) {
		run->inside.may_go = 1;
		n = pf_receive(run->monitor_socket, 0, &got);
	}
	if (n != 1 || got.message.type != PF_MESSAGE_MAKER || got.fd_count != 1)
		return -ECHILD;
	run->maker_socket = got.fds[0];
	return 0;
}

int pf_ask_maker(struct pf_run *run, int parent, const char *name, mode_t mode)
{
	struct pf_message message;
	struct pf_received got;
	struct stat status;
	int r = run->maker_socket < 0 ? ask_for_maker(run) : 0;

	pf_message_init(&message, PF_MESSAGE_MAKE);
	struct pf_make *what = &message.body.make;
	if (strlen(name) >= sizeof(what->name))
		return -ENAMETOOLONG;
	what->mode = mode;
	what->index = run->index;
	strncpy(what->name, name, sizeof(what->name) - 1);
	if (r == 0)
		r = pf_send(run->maker_socket, &message, &parent, 1);
	if (r < 0)
		return r;
	pf_send_debug_message(run, PF_INIT, PF_MAKER, PF_MESSAGE_MAKE);
	r = pf_receive(run->maker_socket, 0, &got);
	if (r == 1)
		pf_send_debug_message(run, PF_MAKER, PF_INIT, got.message.type);
	if (r != 1 || got.message.type != PF_MESSAGE_MADE)
		return r < 0 ? r : -ECHILD;
	if (got.message.body.made.error)
		return -got.message.body.made.error;
	if (got.fd_count != 1)
		return -EMFILE;
	if (mode && fstat(got.fds[0], &status) == 0)
		run->inside.last_made_inode = status.st_ino;
	return got.fds[0];
}
