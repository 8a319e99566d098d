/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on mounts. */
#define _GNU_SOURCE
#include "op_mount.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "common/cleanup.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "path.h"

int pf_op_propagation(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	return mount(NULL, "/", NULL, op->arg[0], NULL) < 0 ? -errno : 0;
}

int pf_store_source(struct pf_run *run, uint64_t slot, int fd)
{
	if (fd < 0)
		return fd;
	if (slot >= PF_PLAN_SOURCES) {
		close(fd);
		return -EMFILE;
	}
	if (run->inside.source[slot])
		close(run->inside.source[slot]);
	run->inside.source[slot] = fd;
	return 0;
}

int pf_open_same(const char *path, const uint64_t same[2], int flags)
{
	struct statx status;
	PF_CLEANUP_FD int fd = pf_openat2(AT_FDCWD, path, O_PATH | flags, RESOLVE_NO_SYMLINKS);
	if (fd < 0 || !same[0])
		return pf_steal_fd(&fd);
	int r = pf_statx_idle(fd, same[1] ? STATX_INO : 0, &status);
	if (r < 0)
		return r;
	int is_same = makedev(status.stx_dev_major, status.stx_dev_minor) == same[0] &&
		      (!same[1] || status.stx_ino == same[1]);
	return is_same ? pf_steal_fd(&fd) : -ESTALE;
}

int pf_open_found(const char *path, const uint64_t same[2], int flags)
{
	const uint64_t any[2] = {same[0], 0};
	int fd = pf_open_same(path, same, flags);

	if (fd != -ESTALE)
		return fd;
	PF_CLEANUP_FD int other = pf_open_same(path, any, flags);
	return other < 0 ? other : -ENOENT;
}

int pf_open_source(const struct pf_run *run, const struct pf_op *op)
{
	const unsigned flags = OPEN_TREE_CLONE | AT_RECURSIVE;

	/* The path is pflask's own choice, and only root can change what is there. */
	if (!op->arg[2])
		return pf_open_tree(AT_FDCWD, pf_arg_string(run, op, 1), flags);
	PF_CLEANUP_FD int place = pf_open_same(pf_arg_string(run, op, 1), &op->arg[2], 0);
	return place < 0 ? place : pf_open_tree(place, "", flags | AT_EMPTY_PATH);
}

/* Opens the source of a mount, by its path on the host. All sources are opened before the ids
 * change, so that a caller can name only files that the caller itself can reach, and before the
 * first mount of the plan. */
int pf_op_source(struct pf_run *run, const struct pf_op *op)
{
	return pf_store_source(run, op->arg[0], pf_open_source(run, op));
}

/* Opens a source that was found in a directory where other processes make and remove files. Leaves
 * out the source if it is gone or was replaced. Refuses a source on another file system. */
int pf_op_source_idle(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int place = pf_open_found(pf_arg_string(run, op, 1), &op->arg[2], 0);
	if (place < 0)
		return place == -ENOENT ? 0 : place;
	return pf_store_source(
		run, op->arg[0],
		pf_open_tree(place, "",
			     AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE | AT_NO_AUTOMOUNT));
}

int pf_attach_on_top(struct pf_run *run, int tree)
{
	PF_CLEANUP_FD int place = pf_open("/", O_PATH | O_DIRECTORY);
	int r = place < 0 ? place : pf_move_mount(tree, place, "");

	run->inside.on_top += r == 0;
	return r;
}

int pf_attach_root(struct pf_run *run, int tree)
{
	int r = pf_attach_on_top(run, tree);

	if (r < 0)
		return r;
	int old = run->inside.root;
	r = pf_set_root(run, tree);
	if (r == 0)
		close(old);
	return r;
}

/* Uses a source as the root of the container. If the root must be read-only, this function makes
 * the mounts in the root read-only, but not yet the mount of the root itself, because init may
 * still make mount points there. pf_op_protect_root() later makes the mount of the root
 * read-only. */
int pf_op_root(struct pf_run *run, const struct pf_op *op)
{
	int tree = run->inside.source[op->arg[0]], r = 0;

	if (op->arg[1])
		r = pf_mount_setattr(tree, AT_RECURSIVE, op->arg[1], 0);
	if (r == 0 && op->arg[1])
		r = pf_mount_setattr(tree, 0, 0, op->arg[1]);
	return r < 0 ? r : pf_attach_root(run, tree);
}

/* Makes the root read-only: a read-only copy of the mount becomes the root. The writable mount
 * stays below the copy, with the old root, so that the maker can still remove its mount points. */
int pf_op_protect_root(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int tree =
		pf_open_tree(run->inside.root, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	int r = tree < 0 ? tree : pf_mount_setattr(tree, 0, MOUNT_ATTR_RDONLY, 0);

	(void)op;
	if (r == 0)
		r = pf_attach_root(run, tree);
	if (r == 0)
		pf_steal_fd(&tree);
	return r;
}

int pf_op_mkdir(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int fd =
		pf_make_path(run, pf_arg_string(run, op, 0), S_IFDIR | (mode_t)op->arg[1]);
	return fd < 0 ? fd : 0;
}

/* Sets an option of a new file system: "key=value" or "key". */
static int set_option(int fs, const char *option, size_t length)
{
	char text[128];
	char *value;

	if (length >= sizeof(text))
		return -ENAMETOOLONG;
	memcpy(text, option, length);
	text[length] = '\0';
	value = strchr(text, '=');
	if (!value)
		return pf_fsconfig(fs, FSCONFIG_SET_FLAG, text, NULL);
	*value++ = '\0';
	return pf_fsconfig(fs, FSCONFIG_SET_STRING, text, value);
}

int pf_set_options(int fs, const char *options)
{
	while (*options) {
		size_t length = strcspn(options, ",");
		int r = set_option(fs, options, length);
		if (r < 0)
			return r;
		options += length + (options[length] == ',');
	}
	return 0;
}

int pf_new_filesystem(const char *type, const char *options, uint64_t attributes)
{
	PF_CLEANUP_FD int fs = pf_fsopen(type);
	if (fs < 0)
		return fs;
	/* Shown as the source in df(1). */
	int r = pf_fsconfig(fs, FSCONFIG_SET_STRING, "source", type);
	if (r == 0)
		r = pf_set_options(fs, options);
	if (r == 0)
		r = pf_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	return r < 0 ? r : pf_fsmount(fs, (unsigned)attributes);
}

int pf_op_mount(struct pf_run *run, const struct pf_op *op)
{
	const char *path = pf_arg_string(run, op, 1);
	PF_CLEANUP_FD int place = pf_make_mount_point(run, path, S_IFDIR);
	if (place < 0)
		return place;
	PF_CLEANUP_FD int fs =
		pf_new_filesystem(pf_arg_string(run, op, 0), pf_arg_string(run, op, 3), op->arg[2]);
	if (fs < 0)
		return fs;
	int r = pf_move_mount(fs, place, "");
	return r < 0 ? r : pf_remember_mount(run, path, pf_steal_fd(&fs));
}

static int is_out_of_reach(int result)
{
	return result == -ENOENT || result == -ENOTDIR || result == -ELOOP || result == -EACCES;
}

/* Covers a mount that shows a namespace of the host with a new file system of the same type. Does
 * nothing if the path is not a mount. The new mount is read-only if the old mount is read-only. */
int pf_op_renew(struct pf_run *run, const struct pf_op *op)
{
	const char *path = pf_arg_string(run, op, 1);
	uint64_t attributes = op->arg[2];
	struct statfs status;
	struct statx at;
	PF_CLEANUP_FD int place = pf_open_path(run, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (is_out_of_reach(place))
		return 0;
	int r = place < 0 ? place : pf_statx(place, 0, &at);
	if (r < 0 || !(at.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return r;
	if (fstatfs(place, &status) < 0)
		return -errno;
	if (status.f_flags & ST_RDONLY)
		attributes |= MOUNT_ATTR_RDONLY;
	PF_CLEANUP_FD int fs = pf_new_filesystem(pf_arg_string(run, op, 0), "", attributes);
	if (fs < 0)
		return fs;
	r = pf_attach_over(run, fs, place, "", path);
	return r < 0 ? r : pf_remember_mount(run, path, pf_steal_fd(&fs));
}

/* Checks that the file system of a mount is writable, not only the mount. */
static int check_writable(int tree)
{
	struct statfs status;

	if (fstatfs(tree, &status) < 0)
		return -errno;
	return status.f_flags & ST_RDONLY ? -EROFS : 0;
}

/* Attaches a source as a bind mount. All mounts of the tree get the attributes of the operation, in
 * addition to those they have on the host. */
int pf_op_bind(struct pf_run *run, const struct pf_op *op)
{
	int tree = run->inside.source[op->arg[0]];

	if (!tree)
		return 0;
	int is_directory = pf_is_directory(tree);
	if (is_directory < 0)
		return is_directory;
	if (op->arg[2] || op->arg[3]) {
		int r = pf_mount_setattr(tree, AT_RECURSIVE, op->arg[2], op->arg[3]);
		if (r == 0 && op->arg[3] & MOUNT_ATTR_RDONLY)
			r = check_writable(tree);
		if (r < 0)
			return r;
	}
	const char *path = pf_arg_string(run, op, 1);
	mode_t type = is_directory ? S_IFDIR : S_IFREG;
	PF_CLEANUP_FD int place = pf_make_mount_point(run, path, type);
	int r = place < 0 ? place : pf_attach_over(run, tree, place, "", path);
	return r < 0 && pf_remove_if_gone(run, tree, path) ? 0 : r;
}

/* Makes a mount of an empty read-only directory. Returns a descriptor or -errno. */
static int empty_directory(void)
{
	return pf_new_filesystem("tmpfs", "mode=0555,nr_inodes=2",
				 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					 MOUNT_ATTR_NOEXEC);
}

/* Makes a mount of the host's /dev/null. Returns a descriptor or -errno. The path is resolved on
 * the host, because pivot_root comes later. The mount is read-only, so that a recursive chmod or
 * chown in the container does not change the host's device node. */
static int null_file(void)
{
	PF_CLEANUP_FD int tree = pf_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE);
	int r = tree < 0 ? tree : pf_mount_setattr(tree, 0, PF_HOST_DEVICE, 0);
	return r < 0 ? r : pf_steal_fd(&tree);
}

/* Covers a directory with an empty directory, or a file with /dev/null. Clones the first cover of
 * each kind for the later ones, because a clone takes less time than a new mount, and only an
 * attached mount can be cloned. */
static int cover(struct pf_run *run, int is_directory, int place, const char *name)
{
	int *first = &run->inside.covers[is_directory];
	PF_CLEANUP_FD int tree = *first >= 0
					 ? pf_open_tree(*first, "", AT_EMPTY_PATH | OPEN_TREE_CLONE)
				 : is_directory ? empty_directory()
						: null_file();
	int r = tree < 0 ? tree : pf_move_mount(tree, place, name);

	if (r == 0 && *first < 0)
		*first = pf_steal_fd(&tree);
	return r;
}

int pf_op_mask(struct pf_run *run, const struct pf_op *op)
{
	const char *name;
	struct stat status;
	PF_CLEANUP_FD int opened = -1;
	int place = pf_find_place(run, pf_arg_string(run, op, 0), &opened, &name);
	if (place < 0)
		return place == -ENOENT ? 0 : place;
	if (fstatat(place, name, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return cover(run, S_ISDIR(status.st_mode), place, name);
}

/* Hides a directory, by an empty directory. Does nothing if init cannot reach the directory.
 * Another operation may have hidden the directory, or the last container of a control directory may
 * have removed the directory. */
int pf_op_hide(struct pf_run *run, const struct pf_op *op)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	PF_CLEANUP_FD int place = pf_open_path(run, pf_arg_string(run, op, 0), flags);

	int r = place < 0 ? place : cover(run, 1, place, "");
	return is_out_of_reach(r) ? 0 : r;
}

/* Covers a path with a read-only copy of its mount. Returns a descriptor of the copy, -ENOENT if
 * the path does not exist, or another -errno. */
static int protect(struct pf_run *run, const char *path)
{
	const char *name;
	PF_CLEANUP_FD int opened = -1;
	int place = pf_find_place(run, path, &opened, &name);
	if (place < 0)
		return place;
	PF_CLEANUP_FD int tree = pf_open_tree(
		place, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | AT_RECURSIVE);
	if (tree < 0)
		return tree;
	int r = pf_mount_setattr(tree, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0);
	if (r == 0)
		r = pf_attach_over(run, tree, place, name, path);
	return r < 0 ? r : pf_steal_fd(&tree);
}

int pf_op_readonly(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int tree = protect(run, pf_arg_string(run, op, 0));

	return tree < 0 && tree != -ENOENT ? tree : 0;
}

/* Makes a directory read-only, except one directory below it. If the lower directory was read-only
 * before, it stays so. */
int pf_op_readonly_but(struct pf_run *run, const struct pf_op *op)
{
	const char *path = pf_arg_string(run, op, 0), *name = pf_arg_string(run, op, 1);
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	PF_CLEANUP_FD int outer = pf_open_path(run, path, flags);
	PF_CLEANUP_FD int inner =
		outer < 0 ? outer : pf_openat2(outer, name, flags, RESOLVE_BENEATH);
	PF_CLEANUP_FD int kept = -1;
	if (inner >= 0)
		kept = pf_open_tree(inner, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	if (inner >= 0 && kept < 0)
		return kept;
	PF_CLEANUP_FD int tree = protect(run, path);
	if (tree < 0 || inner < 0)
		return tree < 0 && tree != -ENOENT ? tree : 0;
	PF_CLEANUP_FD int place = pf_openat2(tree, name, flags, RESOLVE_BENEATH);
	return place < 0 ? place : pf_move_mount(kept, place, "");
}

/* Checks that no mount covers the root directory: "/.." would otherwise lead to that mount. Returns
 * 0, -EBUSY or another -errno. */
static int check_uncovered(const struct pf_run *run)
{
	struct statx root, above;
	PF_CLEANUP_FD int fd = pf_open("/..", O_PATH | O_DIRECTORY);
	int r = fd < 0 ? fd : pf_statx(fd, STATX_MNT_ID, &above);

	if (r == 0)
		r = pf_statx(run->inside.root, STATX_MNT_ID, &root);
	return r < 0 ? r : above.stx_mnt_id == root.stx_mnt_id ? 0 : -EBUSY;
}

/* Makes the current directory the root of the mount namespace (pivot_root(2)), and attaches the old
 * root to a directory of `tmpfs`, a tmpfs on top of the new root. Detaching the tmpfs then detaches
 * the old root and all trees on it, and the caller waits for the kernel only once. */
static int pivot_into(int tmpfs)
{
	char old[PF_FD_PATH + 4];
	PF_CLEANUP_FD int tree = pf_open_tree(tmpfs, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	PF_CLEANUP_FD int root = tree < 0 ? tree : pf_open(".", O_PATH | O_DIRECTORY);
	int r = root < 0 ? root : pf_move_mount(tree, root, "");
	if (r == 0 && mkdirat(tree, "old", 0700) < 0)
		r = -errno;
	if (r < 0)
		return r;
	pf_fd_path(tree, old);
	return pf_pivot_root(".", strcat(old, "/old"));
}

/* Returns a tmpfs that pflask has attached on top of the old root, or -1. */
static int find_tmpfs(const struct pf_run *run)
{
	return pf_plan_find(run->plan, PF_OP_scratch) ? run->inside.scratch : run->inside.files;
}

/* Makes the container's root the root of the mount namespace. If pflask has attached a tmpfs,
 * pivot_into() does this. Otherwise new_root and put_old of pivot_root(2) are the same directory
 * (pivot_root(2), NOTES). The old root and the trees that were attached on top of it are then
 * stacked on the new root, and the function detaches them one by one. */
int pf_op_pivot_root(struct pf_run *run, const struct pf_op *op)
{
	int tmpfs = find_tmpfs(run);
	int count = tmpfs < 0 ? run->inside.on_top : 1;

	(void)op;
	if (fchdir(run->inside.root) < 0)
		return -errno;
	int r = tmpfs < 0 ? pf_pivot_root(".", ".") : pivot_into(tmpfs);
	if (r < 0)
		return r;
	for (int i = 0; i < count; i++)
		if (umount2(".", MNT_DETACH) < 0)
			return -errno;
	return chdir("/") < 0 ? -errno : check_uncovered(run);
}

/* Sets the propagation of the container's mounts, after pivot_root(2), which refuses a shared
 * root. */
int pf_op_propagate(struct pf_run *run, const struct pf_op *op)
{
	struct mount_attr attr = {.propagation = op->arg[1] & ~(uint64_t)MS_REC};
	const unsigned flags = AT_EMPTY_PATH | (op->arg[1] & MS_REC ? AT_RECURSIVE : 0);
	/* Resolve the path anew: after protect_root, the root is a copy with other mounts than
	 * those that init has recorded. */
	PF_CLEANUP_FD int fd =
		pf_openat2(run->inside.root, pf_arg_string(run, op, 0), O_PATH, RESOLVE_IN_ROOT);
	if (fd < 0)
		return fd;
	return pf_sys_result(syscall(SYS_mount_setattr, fd, "", flags, &attr, sizeof(attr)));
}

int pf_op_chroot(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	return fchdir((int)op->arg[1]) < 0 || chroot(".") < 0 ? -errno : 0;
}
