/* SPDX-License-Identifier: BSD-2-Clause */
/* Resolves paths inside the container's root, and makes files there (path.h). */
#define _GNU_SOURCE
#include "path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/path_below.h"
#include "common/sys.h"
#include "mount_point_maker.h"

#define MAX_TRIES 50 /* number of attempts, 1 ms apart */
#define MAX_DEPTH 40 /* for one path: the most directories made and links followed, together */

/* Tells whether a path has a ".." component. Only the kernel can tell where such a path leads. */
static int goes_up(const char *path)
{
	for (const char *at = strstr(path, "/.."); at; at = strstr(at + 1, "/.."))
		if (at[3] == '\0' || at[3] == '/')
			return 1;
	return 0;
}

static int base_of(const struct pf_run *run, const char *path, const char **ret_rest)
{
	int base = run->inside.root;
	int count = goes_up(path) ? 0 : run->inside.own_mount_count;

	*ret_rest = path;
	for (int i = 0; i < count; i++) {
		const char *mounted = run->inside.own_mounts[i].path;
		const char *rest = mounted ? pf_path_below(path, mounted) : NULL;
		if (rest) {
			/* Do not stop here: of several mounts on the path, the last has the longest
			 * path. */
			base = run->inside.own_mounts[i].fd;
			*ret_rest = rest;
		}
	}
	while (**ret_rest == '/')
		(*ret_rest)++;
	return base;
}

int pf_open_path(const struct pf_run *run, const char *path, int flags)
{
	const char *rest;
	int base = base_of(run, path, &rest);

	return pf_openat2(base, *rest ? rest : ".", flags, RESOLVE_IN_ROOT);
}

/* Splits a path at its last slash. Returns 0 or -ENAMETOOLONG. */
static int split(const char *path, char parent[PATH_MAX], const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(parent, path, length);
	parent[length] = '\0';
	*ret_name = slash ? slash + 1 : path;
	return 0;
}

/* If a path is an entry of the top directory of a file system that pflask has mounted, returns the
 * descriptor of this top directory, so that the path need not be resolved. Otherwise returns -1. */
static int mounted_parent(const struct pf_run *run, const char *path)
{
	const char *rest;
	int base = base_of(run, path, &rest);

	return base == run->inside.root || !*rest || strchr(rest, '/') ? -1 : base;
}

int pf_find_parent(const struct pf_run *run, const char *path, int *ret_opened,
		   const char **ret_name)
{
	char parent[PATH_MAX];
	int r = split(path, parent, ret_name);
	int mounted = mounted_parent(run, path);

	*ret_opened = -1;
	if (r < 0 || mounted >= 0)
		return r < 0 ? r : mounted;
	*ret_opened = pf_open_path(run, parent, O_PATH | O_DIRECTORY);
	return *ret_opened;
}

int pf_find_place(const struct pf_run *run, const char *path, int *ret_opened,
		  const char **ret_name)
{
	int mounted = mounted_parent(run, path);

	*ret_opened = -1;
	*ret_name = mounted < 0 ? "" : strrchr(path, '/') + 1;
	if (mounted >= 0)
		return mounted;
	*ret_opened = pf_open_path(run, path, O_PATH | O_NOFOLLOW);
	return *ret_opened;
}

/* Joins the path of a directory and the target of a symbolic link in it. Returns 0 or -errno. */
static int follow(int dirfd, const char *parent, const char *name, char ret[PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	size_t length = target[0] == '/' ? 0 : strlen(parent);
	if (length + 1 + (size_t)n >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, parent, length);
	ret[length] = '/';
	memcpy(ret + length + 1, target, (size_t)n + 1);
	return 0;
}

static int make_path(struct pf_run *run, const char *path, mode_t mode, int depth);

int pf_make_entry(int parent, const char *name, mode_t mode, const char *target)
{
	int r;

	if (S_ISDIR(mode))
		r = mkdirat(parent, name, mode & 07777);
	else if (S_ISLNK(mode))
		r = symlinkat(target, parent, name);
	else
		r = mknodat(parent, name, mode, 0);
	if (r < 0)
		return -errno;
	PF_CLEANUP_FD int fd = pf_openat2(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);
	if (fd >= 0 && S_ISDIR(mode) && mode & (S_ISUID | S_ISGID)) {
		char path[PF_FD_PATH];
		pf_fd_path(fd, path);
		/* mkdir(2) does not set the set-id and sticky bits. */
		if (chmod(path, mode & 07777) < 0)
			return -errno;
	}
	return pf_steal_fd(&fd);
}

/* Adopts a mount point that the maker of another container has made: from now on, the maker of this
 * container removes the mount point and the directories on its path, as soon as no container uses
 * them. Does nothing if the plan has an overlay: a file that an overlay shows cannot be removed on
 * the host. */
static void adopt(struct pf_run *run, const char *path, int depth)
{
	char parent[PATH_MAX];
	const char *name;

	if (depth == MAX_DEPTH || split(path, parent, &name) < 0 || *name == '\0')
		return;
	if (pf_plan_find(run->plan, PF_OP_overlay) || pf_plan_find(run->plan, PF_OP_skeleton))
		return;
	PF_CLEANUP_FD int dirfd = pf_open_path(run, parent, O_PATH | O_DIRECTORY);
	if (dirfd < 0)
		return;
	PF_CLEANUP_FD int place = pf_openat2(dirfd, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);
	if (place < 0 || !pf_has_maker_mark(place))
		return;
	adopt(run, parent, depth + 1);
	PF_CLEANUP_FD int adopted = pf_ask_maker(run, dirfd, name, 0);
	(void)adopted; /* a mount point that the maker cannot record is never removed */
}

/* Asks the maker to make `name` in the directory `dirfd` with the path `parent`. The maker records
 * the file, and removes it from the user's root directory at the end of the container. */
static int make_noted(struct pf_run *run, const char *parent, int dirfd, const char *name,
		      mode_t mode)
{
	adopt(run, parent, 0);
	return pf_ask_maker(run, dirfd, name, mode);
}

/* Tells whether a path is on a file system that pflask has mounted, whose files disappear with
 * it. */
static int is_our_own(const struct pf_run *run, const char *path)
{
	const char *rest;

	return run->inside.builds_skeleton || base_of(run, path, &rest) != run->inside.root;
}

int pf_make_parent(struct pf_run *run, const char *path, const char **ret_name)
{
	char parent[PATH_MAX];
	int r = split(path, parent, ret_name);

	if (r < 0)
		return r;
	return is_our_own(run, path) ? pf_make_path(run, parent, S_IFDIR | 0755) : -EXDEV;
}

/* Makes a file or directory at a path that pf_open_path() did not find, and its parents. */
static int make_missing(struct pf_run *run, const char *path, mode_t mode, int depth)
{
	char parent[PATH_MAX], elsewhere[PATH_MAX];
	const char *name;
	int r = split(path, parent, &name);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int opened = -1;
	int dirfd = mounted_parent(run, path);
	if (dirfd < 0) {
		opened = make_path(run, parent, S_IFDIR | 0755, depth + 1);
		if (opened < 0)
			return opened;
		dirfd = opened;
	}
	r = is_our_own(run, path) ? pf_make_entry(dirfd, name, mode, "")
				  : make_noted(run, parent, dirfd, name, mode);
	if (r != -EEXIST)
		return r;
	r = follow(dirfd, parent, name, elsewhere);
	/* EINVAL: another process has just made a file of this name. ENOENT: another process has
	 * just removed it. */
	if (r == -EINVAL || r == -ENOENT)
		return make_path(run, path, mode, depth + 1);
	return r < 0 ? r : make_path(run, elsewhere, mode, depth + 1);
}

static int make_path(struct pf_run *run, const char *path, mode_t mode, int depth)
{
	int fd = pf_open_path(run, path, O_PATH | (S_ISDIR(mode) ? O_DIRECTORY : 0));

	if (fd != -ENOENT)
		return fd;
	return depth < MAX_DEPTH ? make_missing(run, path, mode, depth) : -ELOOP;
}

int pf_make_path(struct pf_run *run, const char *path, mode_t mode)
{
	return make_path(run, path, mode, 0);
}

/* Checks an existing entry in place of a new symbolic link: another container may have made it.
 * Returns 0 if it is a symbolic link with this target, -ENOENT if it is gone, else -EEXIST. */
static int check_symlink(int dirfd, const char *name, const char *target)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, text, sizeof(text));

	if (n < 0)
		return errno == ENOENT ? -ENOENT : -EEXIST;
	return (size_t)n == strlen(target) && memcmp(text, target, (size_t)n) == 0 ? 0 : -EEXIST;
}

static int try_symlink(struct pf_run *run, const char *path, const char *target)
{
	char parent[PATH_MAX];
	const char *name;
	int r = split(path, parent, &name);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int opened = -1;
	int dirfd = mounted_parent(run, path);
	if (dirfd < 0) {
		opened = pf_make_path(run, parent, S_IFDIR | 0755);
		if (opened < 0)
			return opened;
		dirfd = opened;
	}
	if (is_our_own(run, path))
		return symlinkat(target, dirfd, name) < 0 ? -errno : 0;
	PF_CLEANUP_FD int link = make_noted(run, parent, dirfd, name, S_IFLNK);
	if (link == -EEXIST)
		return check_symlink(dirfd, name, target);
	return link < 0 ? link : 0;
}

int pf_make_symlink(struct pf_run *run, const char *path, const char *target)
{
	int r = try_symlink(run, path, target);

	/* -ENOENT: the entry was removed during the check. */
	for (int i = 0; i < MAX_TRIES && r == -ENOENT; i++)
		r = try_symlink(run, path, target);
	return r;
}

/* Reads the mount id and the inode number of a descriptor, and nothing else, because the server of
 * a file system might not answer, or refuse. */
static int read_mount_id(int fd, struct statx *ret)
{
	return pf_statx_idle(fd, 0, ret);
}

int pf_set_root(struct pf_run *run, int fd)
{
	struct statx at;
	int r = read_mount_id(fd, &at);

	if (r < 0)
		return r;
	run->inside.root = fd;
	run->inside.root_id = at.stx_mnt_id;
	run->inside.root_inode = at.stx_ino;
	return 0;
}

/* Checks the file to which a path below `base` has led. Returns -EBUSY if the file is the root
 * directory, or the top of another file system that pflask has mounted. */
static int check_place(const struct pf_run *run, int base, const struct statx *at)
{
	if (at->stx_mnt_id == run->inside.root_id && at->stx_ino == run->inside.root_inode)
		return -EBUSY;
	for (int i = 0; i < run->inside.own_mount_count; i++)
		if (run->inside.own_mounts[i].fd != base &&
		    run->inside.own_mounts[i].id == at->stx_mnt_id &&
		    run->inside.own_mounts[i].inode == at->stx_ino)
			return -EBUSY;
	return 0;
}

int pf_reopen(int fd)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char path[PF_FD_PATH];
	int opened = openat(fd, ".", flags | O_DIRECTORY);

	if (opened >= 0)
		return opened;
	pf_fd_path(fd, path); /* works for a file, and for a directory without search permission */
	return pf_open(path, flags);
}

int pf_send_used_mount_points(struct pf_run *run)
{
	struct pf_message message;

	if (run->inside.used_mount_point_count == 0)
		return 0;
	pf_message_init(&message, PF_MESSAGE_USED);
	int r = pf_send(run->report_socket, &message, run->inside.used_mount_points,
			(size_t)run->inside.used_mount_point_count);
	while (run->inside.used_mount_point_count > 0)
		close(run->inside.used_mount_points[--run->inside.used_mount_point_count]);
	return r;
}

/*
 * Locks a mount point, an empty file or a directory. The shared lock keeps the maker of another
 * container from removing the mount point.
 *
 * Every process that can open a mount point can lock it, so a container must start even without its
 * lock. Only the owner can open a private mount point. So a foreign lock on a private mount point
 * belongs to a maker that is about to remove it, and the caller must try again (-EAGAIN). Any other
 * mount point is used even without the lock. If it belongs to the user of this process, the
 * function then removes its maker's mark, so that no maker of this user removes it.
 *
 * The monitor gets several locks in one message, because each message wakes the monitor. `at` may
 * be out of date, but the type of a file never changes. Returns 0, -EAGAIN if the caller must try
 * again, or another -errno.
 */
static int claim(struct pf_run *run, const char *path, int place, const struct statx *at,
		 int is_last)
{
	struct stat status;

	if (!S_ISDIR(at->stx_mode) && (!S_ISREG(at->stx_mode) || at->stx_size > 0))
		return 0;
	PF_CLEANUP_FD int fd = pf_reopen(place);
	if (fd < 0)
		return 0;
	int is_locked = flock(fd, LOCK_SH | LOCK_NB) == 0;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!is_locked) {
		if (!is_last && (status.st_mode & 077) == 0 && status.st_uid == geteuid())
			return -EAGAIN;
		if (status.st_uid == geteuid())
			pf_remove_maker_mark(place);
		return 0;
	}
	if (status.st_nlink == 0)
		return -EAGAIN;
	if (status.st_ino != run->inside.last_made_inode && !pf_is_unmarked(fd) &&
	    pf_has_maker_mark(place))
		adopt(run, path, 0);
	run->inside.used_mount_points[run->inside.used_mount_point_count++] = pf_steal_fd(&fd);
	return run->inside.used_mount_point_count < PF_USED_MOUNT_POINTS
		       ? 0
		       : pf_send_used_mount_points(run);
}

/* Tells whether a mount point must be locked. On a root that pflask itself has mounted, such as an
 * overlay, only the maker of this container removes mount points, so only those that it has made
 * must be locked. The top directory of a mount is never locked: pflask has not made it, and the
 * server of its file system might not answer. */
static int must_be_claimed(const struct pf_run *run, int base, const struct statx *at)
{
	int is_in_own_root = run->inside.is_root_own && at->stx_mnt_id == run->inside.root_id;

	return base == run->inside.root && !run->inside.builds_skeleton &&
	       !(is_in_own_root && at->stx_ino != run->inside.last_made_inode) &&
	       !(at->stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Makes a mount point, or opens an existing one, and locks it. A new mount point is private. Its
 * mode is never visible, because the mount covers it. */
static int try_mount_point(struct pf_run *run, const char *path, mode_t type, int is_last)
{
	const char *rest;
	int base = base_of(run, path, &rest);
	mode_t mode = type | (S_ISDIR(type) ? 0700 : 0600);
	PF_CLEANUP_FD int place = pf_make_path(run, path, mode);
	if (place < 0)
		return place;
	struct statx at;
	int r = read_mount_id(place, &at);
	if (r == 0)
		r = check_place(run, base, &at);
	if (r == 0 && must_be_claimed(run, base, &at))
		r = claim(run, path, place, &at, is_last);
	return r < 0 ? r : pf_steal_fd(&place);
}

int pf_make_mount_point(struct pf_run *run, const char *path, mode_t type)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int fd = try_mount_point(run, path, type, 0);

	/* ENOENT: another process has removed a directory of the path. */
	for (int i = 1; i <= MAX_TRIES && (fd == -EAGAIN || fd == -ENOENT); i++) {
		nanosleep(&pause, NULL);
		fd = try_mount_point(run, path, type, i == MAX_TRIES);
	}
	return fd;
}

int pf_remove_if_gone(const struct pf_run *run, int source, const char *path)
{
	struct statx status;
	const char *name;

	if (!run->inside.builds_skeleton || pf_statx_idle(source, STATX_NLINK, &status) < 0 ||
	    status.stx_nlink > 0)
		return 0;
	PF_CLEANUP_FD int opened = -1;
	int parent = pf_find_parent(run, path, &opened, &name);
	if (parent >= 0 && unlinkat(parent, name, 0) < 0)
		unlinkat(parent, name, AT_REMOVEDIR);
	return 1;
}

int pf_remember_mount(struct pf_run *run, const char *path, int fd)
{
	struct statx at;
	int r = run->inside.own_mount_count == PF_PLAN_MOUNTS ? -ENFILE : read_mount_id(fd, &at);

	if (r < 0) {
		close(fd);
		return r;
	}
	run->inside.own_mounts[run->inside.own_mount_count++] =
		(struct pf_own_mount){path, fd, at.stx_mnt_id, at.stx_ino};
	return 0;
}

int pf_attach_over(struct pf_run *run, int tree, int place, const char *name, const char *path)
{
	int r = pf_move_mount(tree, place, name);

	for (int i = 0; r == 0 && i < run->inside.own_mount_count; i++)
		if (run->inside.own_mounts[i].path &&
		    pf_lies_in(run->inside.own_mounts[i].path, path))
			run->inside.own_mounts[i].path = NULL;
	return r;
}
