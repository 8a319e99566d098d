/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts overlays: the container's changes go to an upper directory, and the lower directory stays
 * unchanged. */
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

static int pen; /* tmpfs on which wrap() attaches its overlays */

/* Opens a layer of an overlay: the mounted directory itself, because overlayfs refuses a detached
 * copy before Linux 6.15. The overlay names the layer by this descriptor. The directory need not be
 * readable: the overlay then has no read permission either. Refuses symbolic links on the path: the
 * owner of the root directory may just have made a link. */
int pf_op_layer(struct pf_run *run, const struct pf_op *op)
{
	return pf_store_source(run, op->arg[0],
			       pf_open_same(pf_arg_string(run, op, 1), &op->arg[2], O_DIRECTORY));
}

/* Opens a layer that other processes may remove at any time, for example an entry of /tmp. If the
 * layer is gone, its overlay is left out. */
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

/* Makes a tmpfs for pflask's own use, on top of the old root. Returns a descriptor or -errno. */
static int hidden_tmpfs(struct pf_run *run, const char *options)
{
	PF_CLEANUP_FD int fs = pf_new_filesystem("tmpfs", options, 0);
	if (fs < 0)
		return fs;
	int r = pf_attach_on_top(run, fs);
	return r < 0 ? r : pf_steal_fd(&fs);
}

/* Makes the tmpfs for wrap(), if the option --lower names trials. This tmpfs must be attached
 * before the container's root (pf_attach_on_top()). */
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

/* For an operation `work` of a container that continues a trial: finds the name of the directory in
 * the trial. Returns 1 if an earlier command has made the directory, 0 if it is new. */
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

/* Tells whether an extended attribute is copied to the upper directory. If the lower directory
 * itself is in an overlay, the attributes of that overlay are not copied. */
static int is_copied(const char *key)
{
	return strncmp(key, "trusted.", 8) != 0 && strncmp(key, "user.overlay.", 13) != 0;
}

/* Copies extended attributes, including access control lists. Leaves out attributes that the upper
 * file system does not support, or that cannot be set in a user namespace. overlayfs does the same
 * when it copies a directory. */
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

/* Gives the upper directory the owner and the mode of the lower directory, because an overlay shows
 * those of the upper directory. Leaves out an owner that the user namespace does not map. */
static int copy_owner(int from, int to)
{
	/* chown(2) and chmod(2) need this path: fchown(2) and fchmod(2) refuse O_PATH
	 * descriptors. */
	char path[PF_FD_PATH];
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

/* Sets a layer by the path of its descriptor, /proc/self/fd/N. The real path may be longer than the
 * 255 bytes of an option, and may have a colon or a comma. */
static int set_layer(int fs, const char *key, int layer)
{
	char path[PF_FD_PATH];

	pf_fd_path(layer, path);
	return pf_fsconfig(fs, FSCONFIG_SET_STRING, key, path);
}

/* The layers of an overlay. */
struct layers {
	int host; /* directory of the host */
	/* Lowest layer: `host`, or the read-only overlay that wraps `host` (wrap()). */
	int lowest;
	int upper, work;      /* upper and work directories; -1: the overlay is read-only */
	int above[PF_TRIALS]; /* upper directories of the trials above `host`, the nearest first */
	size_t above_count;
};

/* Sets the lower layers of an overlay: the upper directories of trials, and the directory of the
 * host. */
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

/* Sends the layers of an overlay to the monitor, which later lists and copies the changes. With
 * several lower layers, `lower` is an overlay of these, and `host` is the lowest; otherwise `host`
 * is -1. */
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

/* Returns the restrictions of the lower mount that the overlay gets, too: nosuid, nodev, noexec. */
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

/* Makes a new file system of pflask the container's root. */
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

/* Checks that a file system has extended attributes. Sets an attribute, because no other check is
 * reliable. */
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

/* Opens the upper directories that the trials of --lower have for the current overlay. */
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

/* Wraps the directory of the host into a read-only overlay whose second layer is empty. The kernel
 * refuses a layer that lies in another lower layer (ELOOP), and the directory of a trial often lies
 * in the file system of the root. The wrapping overlay is a file system of its own. */
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

/* Tells whether the directory of one of the trials is on the file system of the host's
 * directory. */
static int may_overlap(const struct layers *layers)
{
	struct stat host, above;

	for (size_t i = 0; i < layers->above_count; i++)
		if (fstat(layers->host, &host) == 0 && fstat(layers->above[i], &above) == 0 &&
		    host.st_dev == above.st_dev)
			return 1;
	return 0;
}

/* Makes a read-only overlay of the lower layers alone. */
static int new_lower(const struct pf_run *run, const struct pf_op *op, const struct layers *layers)
{
	struct layers lower = *layers;

	lower.upper = lower.work = -1;
	return new_overlay(&lower, pf_arg_string(run, op, 4),
			   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* Mounts an overlay above trials of --lower. Also makes a second overlay of the lower layers alone,
 * with which the monitor compares the changes. */
static int mount_above_trials(struct pf_run *run, const struct pf_op *op, struct layers *layers)
{
	int r = may_overlap(layers) ? wrap(run, op, layers) : 0;
	PF_CLEANUP_FD int lower = r < 0 ? r : new_lower(run, op, layers);

	if (lower == -ELOOP && layers->lowest == layers->host) {
		/* may_overlap() does not notice a subvolume of btrfs, which has another device
		 * number. */
		r = wrap(run, op, layers);
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

/* Opens the directories of the trials of --lower again in the mount namespace of init, because
 * overlayfs takes no layers from another mount namespace. */
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
