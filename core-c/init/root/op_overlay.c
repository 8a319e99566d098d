/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts overlays: changes go to a separate directory, and the lower directory does not change. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "op_mount.h"
#include "path.h"

/* Opens a layer. The layer is no detached copy but the mounted directory itself, and the overlay
 * names the layer by this descriptor. The directory need not be readable: without read permission,
 * the overlay has no read permission either. The path must have no symbolic links: a link would
 * mean that the owner of a root has just replaced a part of the path. */
int pf_op_layer(struct pf_run *run, const struct pf_op *op)
{
	return pf_store_source(run, op->arg[0],
			       pf_open_same(pf_arg_string(run, op, 1), &op->arg[2], O_DIRECTORY));
}

/* Opens a layer that may be gone, because other processes make and remove entries meanwhile, for
 * example in /tmp. The overlay of a missing layer is left out. */
int pf_op_layer_entry(struct pf_run *run, const struct pf_op *op)
{
	int fd = pf_open_found(pf_arg_string(run, op, 1), &op->arg[2], O_DIRECTORY);

	return fd == -ENOENT ? 0 : pf_store_source(run, op->arg[0], fd);
}

int pf_op_layer_inside(struct pf_run *run, const struct pf_op *op)
{
	return pf_store_source(run, op->arg[0],
			       pf_make_path(run, pf_arg_string(run, op, 1), S_IFDIR | 0755));
}

int pf_op_attach(struct pf_run *run, const struct pf_op *op)
{
	return pf_attach_on_top(run, run->inside.source[op->arg[0]]);
}

/* Mounts a tmpfs for pflask itself on top of the old root. Returns a descriptor or -errno. */
static int hidden_tmpfs(struct pf_run *run, const char *options)
{
	PF_CLEANUP_FD int fs = pf_new_filesystem("tmpfs", options, 0);
	if (fs < 0)
		return fs;
	int r = pf_attach_on_top(run, fs);
	return r < 0 ? r : pf_steal_fd(&fs);
}

int pf_op_scratch(struct pf_run *run, const struct pf_op *op)
{
	run->inside.scratch = hidden_tmpfs(run, pf_arg_string(run, op, 0));
	return run->inside.scratch < 0 ? run->inside.scratch : 0;
}

int pf_op_files(struct pf_run *run, const struct pf_op *op)
{
	(void)op;
	run->inside.files = hidden_tmpfs(run, "mode=0700");
	return run->inside.files < 0 ? run->inside.files : 0;
}

int pf_op_scratch_in(struct pf_run *run, const struct pf_op *op)
{
	run->inside.scratch = run->inside.source[op->arg[0]];
	return 0;
}

int pf_op_work(struct pf_run *run, const struct pf_op *op)
{
	const char *name = pf_arg_string(run, op, 1);

	if (mkdirat(run->inside.scratch, name, 0755) < 0)
		return -errno;
	return pf_store_source(
		run, op->arg[0],
		pf_openat2(run->inside.scratch, name, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
}

/* Tells whether to copy an attribute. The lower directory may be in an overlay. The attributes of
 * that overlay must not be copied to the upper directory. */
static int is_copied(const char *key)
{
	return strncmp(key, "trusted.", 8) != 0 && strncmp(key, "user.overlay.", 13) != 0;
}

/* Copies the extended attributes, including access control lists. Leaves out an attribute that the
 * upper file system does not support, or that cannot be set in a user namespace. Overlayfs also
 * leaves out such attributes when it copies a directory. */
static int copy_xattrs(int from, int to)
{
	static char list[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
	char path[2][PF_FD_PATH];

	pf_fd_path(from, path[0]);
	pf_fd_path(to, path[1]);
	ssize_t size = listxattr(path[0], list, sizeof(list));
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(list + at) + 1) {
		const char *key = list + at;
		ssize_t n = is_copied(key) ? getxattr(path[0], key, value, sizeof(value)) : -1;
		if (n < 0 || setxattr(path[1], key, value, (size_t)n, 0) == 0)
			continue;
		if (errno != EOPNOTSUPP && errno != EPERM && errno != EACCES && errno != EINVAL)
			return -errno;
	}
	return 0;
}

/* Gives the upper directory the owner and the mode of the lower directory, because the merged
 * directory shows the owner and the mode of the upper directory. Leaves out an owner that the user
 * namespace does not map. */
static int copy_owner(int from, int to)
{
	struct stat status;

	if (fstat(from, &status) < 0)
		return -errno;
	if (fchown(to, status.st_uid, status.st_gid) < 0 && errno != EINVAL && errno != EPERM)
		return -errno;
	if (fchmod(to, status.st_mode & 07777) < 0)
		return -errno;
	return copy_xattrs(from, to);
}

/* Sets a layer by the path of its descriptor. The layer's own path may be too long (an option has
 * at most 255 bytes), and may have a colon or a comma. */
static int set_layer(int fs, const char *key, int layer)
{
	char path[PF_FD_PATH];

	pf_fd_path(layer, path);
	return pf_fsconfig(fs, FSCONFIG_SET_STRING, key, path);
}

static int new_overlay(const int layer[3], const char *options, uint64_t attributes)
{
	static const char *const keys[] = {"lowerdir", "upperdir", "workdir"};
	PF_CLEANUP_FD int fs = pf_fsopen("overlay");
	int r = fs < 0 ? fs : pf_fsconfig(fs, FSCONFIG_SET_STRING, "source", "overlay");

	for (int i = 0; i < 3 && r == 0; i++)
		r = set_layer(fs, keys[i], layer[i]);
	if (r == 0)
		r = pf_set_options(fs, options);
	if (r == 0)
		r = pf_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	return r < 0 ? r : pf_fsmount(fs, (unsigned)attributes);
}

/* Sends the layers to the monitor, which later lists and copies the changes. */
static int report_layers(const struct pf_run *run, int lower, int upper)
{
	struct pf_message message;
	const int fds[] = {upper, lower};

	if (run->outside.changes_list_fd < 0 && run->outside.changes_copy_fd < 0 &&
	    !pf_plan_find(run->plan, PF_OP_scratch_in))
		return 0;
	pf_message_init(&message, PF_MESSAGE_LAYERED);
	message.body.layered.index = run->index;
	return pf_send(run->report_socket, &message, fds, 2);
}

/* Returns the restrictions of the lower mount, which apply to the overlay, too: no set-user-ID
 * programs, no devices, no execution. */
static uint64_t inherited(int lower)
{
	struct statfs status;

	_Static_assert(ST_NOSUID == MOUNT_ATTR_NOSUID && ST_NOEXEC == MOUNT_ATTR_NOEXEC,
		       "statfs(2) has the numbers of mount_setattr(2)");
	if (fstatfs(lower, &status) < 0)
		return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return (uint64_t)status.f_flags &
	       (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* Uses a new file system of pflask as the root. */
static int attach_own_root(struct pf_run *run, int fs)
{
	run->inside.is_root_own = 1;
	return pf_attach_root(run, fs);
}

static int place_overlay(struct pf_run *run, const char *path, int overlay)
{
	if (strcmp(path, "/") == 0)
		return attach_own_root(run, overlay);
	PF_CLEANUP_FD int place = pf_make_mount_point(run, path, S_IFDIR);
	return place < 0 ? place : pf_attach_over(run, overlay, place, "", path);
}

/* Checks that a file system has extended attributes. The only reliable check is to set an
 * attribute. */
static int check_xattrs(int layer, const char *options)
{
	const char *key = strcmp(options, "userxattr") == 0 ? "user.overlay.pflask"
							    : "trusted.overlay.pflask";
	char path[PF_FD_PATH];

	pf_fd_path(layer, path);
	if (setxattr(path, key, "", 0, 0) == 0)
		removexattr(path, key);
	else if (errno == EOPNOTSUPP)
		return -EOPNOTSUPP;
	return 0;
}

static int add_overlay(struct pf_run *run, const struct pf_op *op, const int layer[3])
{
	int r = copy_owner(layer[0], layer[1]);
	if (r == 0)
		r = check_xattrs(layer[2], pf_arg_string(run, op, 4));
	if (r < 0)
		return r;
	uint64_t attributes = op->arg[5] | inherited(layer[0]);
	int overlay = new_overlay(layer, pf_arg_string(run, op, 4), attributes);
	if (overlay < 0)
		return overlay;
	r = place_overlay(run, pf_arg_string(run, op, 0), overlay);
	return r < 0 ? r : report_layers(run, layer[0], layer[1]);
}

int pf_op_overlay(struct pf_run *run, const struct pf_op *op)
{
	const int layer[3] = {run->inside.source[op->arg[1]], run->inside.source[op->arg[2]],
			      run->inside.source[op->arg[3]]};
	int r = layer[0] ? add_overlay(run, op, layer) : 0;

	return r < 0 && pf_remove_if_gone(run, layer[0], pf_arg_string(run, op, 0)) ? 0 : r;
}

static int make_skeleton_root(struct pf_run *run)
{
	int fs = pf_new_filesystem("tmpfs", "mode=0755", 0);
	if (fs < 0)
		return fs;
	int r = attach_own_root(run, fs);
	if (r < 0)
		close(fs);
	return r;
}

int pf_op_skeleton(struct pf_run *run, const struct pf_op *op)
{
	const char *path = pf_arg_string(run, op, 0);
	int r = strcmp(path, "/") == 0 ? make_skeleton_root(run) : 0;

	run->inside.builds_skeleton = 1;
	if (r < 0)
		return r;
	PF_CLEANUP_FD int made = pf_make_path(run, path, S_IFDIR | (mode_t)op->arg[2]);
	if (made < 0)
		return made;
	PF_CLEANUP_FD int upper = openat(made, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return upper < 0 ? -errno : report_layers(run, run->inside.source[op->arg[1]], upper);
}

int pf_op_skeleton_end(struct pf_run *run, const struct pf_op *op)
{
	(void)op;
	run->inside.builds_skeleton = 0;
	return 0;
}
