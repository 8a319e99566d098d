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
#include "common/decimal.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "op_mount.h"
#include "path.h"
#include "trial.h"

static int pen; /* tmpfs for the overlays that wrap() mounts */

/* Opens a layer: the mounted directory itself, because overlayfs refuses a detached copy before
 * Linux 6.15. The overlay names the layer by this descriptor. The directory need not be readable:
 * without read permission, the overlay has no read permission either. The path must have no
 * symbolic links: a link means that the owner of a root has just replaced a part of the path. */
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

/* Mounts a tmpfs for the overlays that wrap() mounts. This tmpfs must be attached before the root
 * (pf_attach_on_top()). */
static int make_pen(struct pf_run *run)
{
	if (pf_trials.below_count == 0)
		return 0;
	pen = hidden_tmpfs(run, "mode=0700");
	return pen < 0 ? pen : 0;
}

int pf_op_scratch(struct pf_run *run, const struct pf_op *op)
{
	run->inside.scratch = hidden_tmpfs(run, pf_arg_string(run, op, 0));
	return run->inside.scratch < 0 ? run->inside.scratch : make_pen(run);
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
	return make_pen(run);
}

/* Finds the directory of the trial for an operation `work`, if the container continues a trial.
 * Returns 1 if an earlier command has made the directory, 0 if the directory is new. */
static int find_continued(const struct pf_run *run, const struct pf_op *op,
			  char text[PF_TRIAL_NAME], const char **ret_name)
{
	int32_t overlay = run->index + 1;

	while (pf_plan_op(run->plan, (uint32_t)overlay)->code != PF_OP_overlay)
		overlay++;
	const int is_work = pf_plan_op(run->plan, (uint32_t)overlay)->arg[3] == op->arg[0];
	const uint32_t number = pf_trials.own.numbers[overlay] - 1;
	pf_trial_name(number, is_work, text);
	*ret_name = text;
	return number < pf_trials.own.new_from;
}

int pf_op_work(struct pf_run *run, const struct pf_op *op)
{
	const uint64_t resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	const char *name = pf_arg_string(run, op, 1);
	char text[PF_TRIAL_NAME];
	const int is_kept = pf_trials.is_continued && find_continued(run, op, text, &name);

	if (!is_kept && mkdirat(run->inside.scratch, name, 0755) < 0)
		return -errno;
	return pf_store_source(
		run, op->arg[0],
		pf_openat2(run->inside.scratch, name, O_RDONLY | O_DIRECTORY, resolve));
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
	char path[PF_FD_PATH]; /* chown(2) and chmod(2) by a descriptor refuse O_PATH */
	struct stat status;

	pf_fd_path(to, path);
	if (fstat(from, &status) < 0)
		return -errno;
	if (fchownat(AT_FDCWD, path, status.st_uid, status.st_gid, 0) < 0 && errno != EINVAL &&
	    errno != EPERM)
		return -errno;
	if (chmod(path, status.st_mode & 07777) < 0)
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

/* The layers of an overlay. */
struct layers {
	int host;             /* the directory of the host */
	int lowest;           /* the lowest layer: `host`, or a read-only overlay of `host` */
	int upper, work;      /* -1: none, and the overlay is read-only */
	int above[PF_TRIALS]; /* the upper directories of the trials above `host`, nearest first */
	size_t above_count;
};

/* Sets the lower layers: the upper directories of trials, and the directory of the host. */
static int set_lower(int fs, const struct layers *layers)
{
	char text[(PF_TRIALS + 1) * PF_FD_PATH];
	size_t used = 0;

	for (size_t i = 0; i < layers->above_count; i++) {
		pf_fd_path(layers->above[i], text + used);
		used += strlen(text + used);
		text[used++] = ':';
	}
	pf_fd_path(layers->lowest, text + used);
	return pf_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", text);
}

static int new_overlay(const struct layers *layers, const char *options, uint64_t attributes)
{
	PF_CLEANUP_FD int fs = pf_fsopen("overlay");
	int r = fs < 0 ? fs : pf_fsconfig(fs, FSCONFIG_SET_STRING, "source", "overlay");

	if (r == 0)
		r = set_lower(fs, layers);
	if (r == 0 && layers->upper >= 0)
		r = set_layer(fs, "upperdir", layers->upper);
	if (r == 0 && layers->upper >= 0)
		r = set_layer(fs, "workdir", layers->work);
	if (r == 0)
		r = pf_set_options(fs, options);
	if (r == 0)
		r = pf_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	return r < 0 ? r : pf_fsmount(fs, (unsigned)attributes);
}

/* Sends the layers to the monitor, which later lists and copies the changes. If there are several
 * lower layers, `lower` is an overlay of these layers, and `host` is the lowest layer. Otherwise
 * `host` is -1. */
static int report_layers(const struct pf_run *run, int lower, int upper, int host)
{
	struct pf_message message;
	const int fds[] = {upper, lower, host};

	if (run->outside.changes_list_fd < 0 && run->outside.changes_copy_fd < 0 &&
	    !pf_plan_find(run->plan, PF_OP_scratch_in))
		return 0;
	pf_message_init(&message, PF_MESSAGE_LAYERED);
	message.body.layered.index = run->index;
	return pf_send(run->report_socket, &message, fds, host < 0 ? 2 : 3);
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

/* Opens the upper directories of the trials below the overlay of the current operation. */
static int open_above(const struct pf_run *run, struct layers *layers)
{
	for (size_t i = 0; i < pf_trials.below_count; i++) {
		const struct pf_trial *trial = &pf_trials.below[i];
		int fd = pf_open_upper(trial, trial->layers, run->index);
		if (fd < 0 && fd != -ENOENT)
			return fd;
		if (fd >= 0)
			layers->above[layers->above_count++] = fd;
	}
	return 0;
}

static int mount_overlay(struct pf_run *run, const struct pf_op *op, const struct layers *layers,
			 int lower)
{
	const char *options = pf_arg_string(run, op, 4);
	const int is_kept = pf_trials.is_continued && pf_trials.own.numbers[run->index] &&
			    pf_trials.own.numbers[run->index] <= pf_trials.own.new_from;
	int r = is_kept ? 0 : copy_owner(lower, layers->upper);

	if (r == 0)
		r = check_xattrs(layers->work, options);
	if (r < 0)
		return r;
	int overlay = new_overlay(layers, options, op->arg[5] | inherited(layers->host));
	if (overlay < 0)
		return overlay;
	r = place_overlay(run, pf_arg_string(run, op, 0), overlay);
	return r < 0 ? r
		     : report_layers(run, lower, layers->upper,
				     lower == layers->host ? -1 : layers->host);
}

/* Wraps the directory of the host into a read-only overlay, whose second layer is empty. The kernel
 * takes no layer that lies in another lower layer (ELOOP), and a trial often lies in the file
 * system of the root. The wrapping overlay is another file system. */
static int wrap(const struct pf_run *run, const struct pf_op *op, struct layers *layers)
{
	char name[PF_DECIMAL_SIZE];

	pf_write_decimal((uint64_t)run->index, name);
	if ((mkdirat(pen, "empty", 0755) < 0 && errno != EEXIST) || mkdirat(pen, name, 0755) < 0)
		return -errno;
	PF_CLEANUP_FD int empty = openat(pen, "empty", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (empty < 0)
		return -errno;
	const struct layers wrapped = {.lowest = empty,
				       .upper = -1,
				       .work = -1,
				       .above = {layers->host},
				       .above_count = 1};
	PF_CLEANUP_FD int fd = new_overlay(&wrapped, pf_arg_string(run, op, 4),
					   MOUNT_ATTR_RDONLY | inherited(layers->host));
	int r = fd < 0 ? fd : pf_move_mount(fd, pen, name);
	if (r == 0)
		layers->lowest = pf_steal_fd(&fd);
	return r;
}

/* Tells whether one of the trials lies in the file system of the host's directory. */
static int may_overlap(const struct layers *layers)
{
	struct stat host, above;

	for (size_t i = 0; i < layers->above_count; i++)
		if (fstat(layers->host, &host) == 0 && fstat(layers->above[i], &above) == 0 &&
		    host.st_dev == above.st_dev)
			return 1;
	return 0;
}

/* Makes an overlay of the lower layers alone. */
static int new_lower(const struct pf_run *run, const struct pf_op *op, const struct layers *layers)
{
	struct layers lower = *layers;

	lower.upper = lower.work = -1;
	return new_overlay(&lower, pf_arg_string(run, op, 4),
			   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* Mounts an overlay above trials. The monitor compares the changes with a second overlay, which has
 * only the lower layers. */
static int mount_above_trials(struct pf_run *run, const struct pf_op *op, struct layers *layers)
{
	int r = may_overlap(layers) ? wrap(run, op, layers) : 0;
	PF_CLEANUP_FD int lower = r < 0 ? r : new_lower(run, op, layers);

	if (lower == -ELOOP && layers->lowest == layers->host) {
		r = wrap(run, op, layers); /* a subvolume of btrfs has a device of its own */
		lower = r < 0 ? r : new_lower(run, op, layers);
	}
	r = lower < 0 ? lower : mount_overlay(run, op, layers, lower);
	if (layers->lowest != layers->host)
		close(layers->lowest);
	return r;
}

static int add_overlay(struct pf_run *run, const struct pf_op *op, struct layers *layers)
{
	int r = open_above(run, layers);

	if (r == 0)
		r = layers->above_count > 0 ? mount_above_trials(run, op, layers)
					    : mount_overlay(run, op, layers, layers->host);
	for (size_t i = 0; i < layers->above_count; i++)
		close(layers->above[i]);
	return r;
}

int pf_op_overlay(struct pf_run *run, const struct pf_op *op)
{
	struct layers layers = {.host = run->inside.source[op->arg[1]],
				.lowest = run->inside.source[op->arg[1]],
				.upper = run->inside.source[op->arg[2]],
				.work = run->inside.source[op->arg[3]]};
	int r = layers.host ? add_overlay(run, op, &layers) : 0;

	return r < 0 && pf_remove_if_gone(run, layers.host, pf_arg_string(run, op, 0)) ? 0 : r;
}

/* Opens the directories of the trials below the container in the mount namespace of init: the
 * kernel takes no layers from another mount namespace. */
int pf_op_stacked(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	(void)op;
	for (size_t i = 0; i < pf_trials.below_count; i++) {
		struct pf_trial *trial = &pf_trials.below[i];
		trial->layers = pf_open_same(trial->path, trial->same, O_DIRECTORY);
		if (trial->layers < 0)
			return trial->layers;
	}
	return 0;
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
	return upper < 0 ? -errno : report_layers(run, run->inside.source[op->arg[1]], upper, -1);
}

int pf_op_skeleton_end(struct pf_run *run, const struct pf_op *op)
{
	(void)op;
	run->inside.builds_skeleton = 0;
	return 0;
}
