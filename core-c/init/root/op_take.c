/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks the directories to which overlays write, so that each belongs to one container at a time
 * ("takes" them). Two overlays on one upper directory have undefined results, and the kernel only
 * warns in its log.
 *
 * A monitor sets a record lock (fcntl(2)), which the kernel releases when the monitor ends for any
 * reason. Every process that can open a directory can lock it, so a lock counts only if its holder
 * may use the directory. Such a holder is a process of root, or a process of the caller or of the
 * directory's owner. A holder that is not root must be outside all containers. The kernel tells the
 * pid of the holder, and the holder must still hold the lock by a descriptor of its own
 * (directory_lock.c).
 *
 * A directory can only be opened for reading, so only read locks are possible, and read locks do
 * not exclude each other. So a monitor first asks the kernel for the holder of a lock, and then
 * locks. A monitor locks the byte whose number is its user id. Another user can lock this byte,
 * too, and the kernel names only one of the locks. Such a lock can hide the lock of a container:
 * pflask then does not notice that two containers of one user write to the directory. But it cannot
 * prevent a start (exception: SECURITY.md).
 *
 * When a process closes any descriptor of a file, except an O_PATH descriptor, it loses all its
 * record locks on the file. A client or the caller may have sent the monitor a descriptor of a
 * locked directory. So the monitor locks again after it has closed received descriptors. Meanwhile,
 * a second lock (flock(2), await_turn()) keeps other monitors from taking the directory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "above.h"
#include "common/cleanup.h"
#include "common/protocol/directory_lock.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "op_mount.h"
#include "op_take.h"

#define MAX_TRIES 20 /* number of attempts, 1 ms apart */
#define MOST (2 * PF_PLAN_MOUNTS + 1)

/* The directories that this monitor has locked. */
static struct taken {
	int fd;
	dev_t device;
	ino_t inode;
	const char *path;
} taken[MOST];
static size_t taken_count;

static int is_same(const struct taken *one, int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_dev == one->device &&
	       status.st_ino == one->inode;
}

int pf_has_taken(int fd)
{
	for (size_t i = 0; i < taken_count; i++)
		if (is_same(&taken[i], fd))
			return 1;
	return 0;
}

/* Checks an ancestor of the directory to lock: a container that has locked a directory has also
 * locked all directories below it. Returns 0 or -errno. */
static int check_one_above(int place, const void *unused)
{
	(void)unused;
	if (pf_has_taken(place))
		return -EALREADY;
	PF_CLEANUP_FD int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && pf_is_taken(fd) ? -EADDRINUSE : 0;
}

static int is_top(int place, const void *top)
{
	return is_same(top, place);
}

/* Tells whether this monitor has already locked a directory below `top`. */
static int has_own_below(const struct taken *top)
{
	for (size_t i = 0; i < taken_count; i++)
		if (pf_each_above(taken[i].path, is_top, top))
			return 1;
	return 0;
}

/* Waits for the flock(2) lock that a monitor holds while it checks and locks a directory. Any
 * process can hold this lock, so the wait is limited to MAX_TRIES milliseconds. */
static void await_turn(int fd)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};

	for (int i = 0; i < MAX_TRIES && flock(fd, LOCK_EX | LOCK_NB) < 0; i++)
		nanosleep(&pause, NULL);
}

int pf_take_turn(const int *fds, size_t count)
{
	int is_needed = 0;

	for (size_t i = 0; taken_count > 0 && i < count; i++)
		is_needed |= fds[i] >= 0 && pf_has_taken(fds[i]);
	for (size_t i = 0; is_needed && i < taken_count; i++)
		await_turn(taken[i].fd);
	return is_needed;
}

void pf_take_again(void)
{
	for (size_t i = 0; i < taken_count; i++) {
		struct flock lock = pf_directory_lock(F_RDLCK, geteuid());
		fcntl(taken[i].fd, F_SETLK, &lock);
		flock(taken[i].fd, LOCK_UN);
	}
}

int pf_taken_fd(const char *path)
{
	for (size_t i = 0; i < taken_count; i++)
		if (strcmp(taken[i].path, path) == 0)
			return taken[i].fd;
	return -1;
}

static int take(struct taken *one)
{
	struct flock lock = pf_directory_lock(F_RDLCK, geteuid());
	int r = pf_is_taken(one->fd) ? -EADDRINUSE
				     : pf_each_above(one->path, check_one_above, NULL);

	if (r == 0 && has_own_below(one))
		r = -EALREADY;
	if (r < 0)
		return r;
	return fcntl(one->fd, F_SETLK, &lock) < 0 ? -errno : 0;
}

/* Locks a directory. The descriptor stays open until the monitor ends. A directory that the caller
 * cannot read belongs to an id of the container alone, and is not locked. */
int pf_op_take(struct pf_run *run, const struct pf_op *op)
{
	const char *path = pf_arg_string(run, op, 0);
	struct stat status;
	PF_CLEANUP_FD int place = pf_open_same(path, &op->arg[1], O_DIRECTORY);
	if (place < 0)
		return place;
	if (pf_has_taken(place))
		return -EALREADY;
	PF_CLEANUP_FD int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES ? 0 : -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (taken_count == MOST)
		return -EMFILE;
	struct taken *one = &taken[taken_count];
	*one = (struct taken){fd, status.st_dev, status.st_ino, path};
	await_turn(fd);
	int r = take(one);
	flock(fd, LOCK_UN);
	if (r < 0)
		return r;
	taken_count++;
	pf_steal_fd(&fd);
	return 0;
}
