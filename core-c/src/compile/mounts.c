/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the mounts of the spec (mounts.h). */
#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/path_below.h"
#include "common/sys.h"
#include "control.h"
#include "net.h"
#include "root_filesystems.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/host/overlay_check.h"
#include "src/ids/id_map.h"
#include "trials.h"

/* The maximum number of mounts of a spec. A mount may be a /dev, which takes 4 mounts of the plan.
 * The root takes 64 mounts. */
#define MOST (PF_PLAN_MOUNTS / 4 - 16)

/* Returns the field of the spec that has caused a mount. */
static const char *field_of(const struct pf_compiler *compiler, const struct pf_mount *mount)
{
	return mount < compiler->mounts + compiler->confine_mounts ? "confine" : "mount";
}

static int refuse(struct pf_compiler *compiler, const struct pf_mount *mount, int number,
		  const char *what, const char *why)
{
	return pf_error_field(compiler->error, field_of(compiler, mount), number, "%s: %s: %s",
			      mount->text, what, why);
}

/* Tells whether another mount will cover the destination of a mount. */
static int will_be_covered(const struct pf_compiler *compiler, const struct pf_mount *mount)
{
	if (compiler->has_fresh && pf_is_fresh(mount->dest))
		return 1;
	for (const struct pf_mount *other = compiler->mounts; other < mount; other++)
		if (pf_lies_in(mount->dest, other->dest))
			return 1;
	return 0;
}

/* Refuses to mount a directory on a file, or a file on a directory. A missing destination is no
 * error. */
static int check_kind(struct pf_compiler *compiler, const struct pf_mount *mount, int is_directory)
{
	int base = compiler->root_fd >= 0 ? compiler->root_fd : AT_FDCWD;
	uint64_t resolve = compiler->root_fd >= 0 ? RESOLVE_IN_ROOT : 0;
	PF_CLEANUP_FD int fd = pf_openat2(base, mount->dest, O_PATH, resolve);
	int is = fd < 0 ? fd : pf_is_directory(fd);

	if (is < 0 || is == is_directory || will_be_covered(compiler, mount))
		return 0;
	return refuse(compiler, mount, 0, mount->dest,
		      is_directory ? "cannot mount a directory on a file"
				   : "cannot mount a file on a directory");
}

static int open_path(struct pf_compiler *compiler, const struct pf_mount *mount, const char *path,
		     int flags, struct pf_host_path *ret)
{
	return pf_open_field_mount(compiler, "mount", mount->text, path, O_PATH | flags, ret);
}

static int check_bind(struct pf_compiler *compiler, const struct pf_mount *mount,
		      struct pf_host_path *source)
{
	struct stat status;
	int r = open_path(compiler, mount, mount->source, 0, source);

	if (r < 0)
		return r;
	if (fstat(source->fd, &status) < 0)
		return refuse(compiler, mount, errno, mount->source, pf_errno_text(errno));
	if (mount->idmap && !pf_is_privileged())
		return refuse(compiler, mount, EPERM, "idmap",
			      "only root may map the owners of the host's files");
	if (mount->idmap && !compiler->identity.has_new_userns) {
		r = refuse(compiler, mount, 0, "idmap", "requires a user namespace");
		pf_error_hint(compiler->error, "{userMap=auto}");
		return r;
	}
	return check_kind(compiler, mount, S_ISDIR(status.st_mode));
}

/* Tells whether two directories are the same directory, or one is below the other. */
static int overlap(const struct pf_host_path *at, const struct pf_host_path *other)
{
	return (at->device == other->device && at->inode == other->inode) ||
	       pf_lies_in(at->path, other->path) || pf_lies_in(other->path, at->path);
}

/* Returns the upper or work directory of an overlay if another overlay before it uses an
 * overlapping directory, else NULL. */
static const struct pf_host_path *find_overlap(const struct pf_compiler *compiler,
					       const struct pf_mount_paths *paths)
{
	size_t count = (size_t)(paths - compiler->mount_paths);

	for (size_t i = 0; i < count; i++) {
		const struct pf_mount_paths *other = &compiler->mount_paths[i];
		if (compiler->mounts[i].type != PF_MOUNT_OVERLAY)
			continue;
		if (overlap(&paths->source, &other->source) ||
		    overlap(&paths->source, &other->workdir))
			return &paths->source;
		if (overlap(&paths->workdir, &other->source) ||
		    overlap(&paths->workdir, &other->workdir))
			return &paths->workdir;
	}
	return NULL;
}

static int check_overlay(struct pf_compiler *compiler, const struct pf_mount *mount,
			 struct pf_mount_paths *paths)
{
	int r = open_path(compiler, mount, mount->source, O_DIRECTORY, &paths->source);

	if (r == 0)
		r = open_path(compiler, mount, mount->workdir, O_DIRECTORY, &paths->workdir);
	if (r < 0)
		return r;
	if (strcmp(mount->dest, "/") == 0) {
		r = refuse(compiler, mount, EBUSY, "/", "cannot mount an overlay on the root");
		pf_error_hint(compiler->error, "{ephemeralDir=DIR}");
		return r;
	}
	char text[PF_UPPERDIR_TEXT];
	const char *problem =
		pf_upperdir_problem(paths->source.fd, compiler->identity.is_in_userns, text);
	if (problem) {
		r = refuse(compiler, mount, EINVAL, paths->source.path, problem);
		pf_upperdir_hint(compiler->error, problem);
		return r;
	}
	problem = pf_workdir_problem(&paths->workdir, &paths->source);
	if (problem)
		return refuse(compiler, mount, EINVAL, paths->workdir.path, problem);
	const struct pf_host_path *again = find_overlap(compiler, paths);
	if (again)
		return refuse(compiler, mount, EBUSY, again->path,
			      "in use by another {mount=overlay}");
	return check_kind(compiler, mount, 1);
}

/* Returns an earlier mount of the same pipe or socket, or NULL. The data of a pipe or socket can be
 * read only once, but those of a file again. */
static const struct pf_mount *earlier_reader(const struct pf_compiler *compiler,
					     const struct pf_mount *mount, int fd)
{
	struct stat status, other;

	if (fstat(fd, &status) < 0 || (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)))
		return NULL;
	for (size_t i = 0; &compiler->mounts[i] < mount; i++)
		if (compiler->mounts[i].type == PF_MOUNT_FILE &&
		    fstat((int)compiler->mount_sources[i], &other) == 0 &&
		    other.st_dev == status.st_dev && other.st_ino == status.st_ino)
			return &compiler->mounts[i];
	return NULL;
}

/* Tells whether the data of a descriptor can be copied to a file. A device such as /dev/zero may
 * have no end. /dev/null is allowed, because it is the standard input of many programs. */
static int has_end(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return 0;
	return S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ||
	       (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

static int check_file(struct pf_compiler *compiler, const struct pf_mount *mount, uint32_t *fd)
{
	if (pf_id_parse(mount->source, fd) < 0 || *fd > INT_MAX || fcntl((int)*fd, F_GETFD) < 0 ||
	    pf_plan_fds_has(compiler->plan_fds, (int)*fd))
		return refuse(compiler, mount, EBADF, mount->source, "not an open descriptor");
	if (!has_end((int)*fd)) {
		int r = refuse(compiler, mount, EINVAL, mount->source,
			       "is not a file, a pipe or a socket");
		pf_error_hint(compiler->error,
			      "head -c SIZE DEVICE | {program} {mount=file:0:DEST} ...");
		return r;
	}
	const struct pf_mount *earlier = earlier_reader(compiler, mount, (int)*fd);
	if (!earlier)
		return check_kind(compiler, mount, 0);
	int r = pf_error_field(compiler->error, "mount", EBUSY,
			       "%s: %s: the pipe or socket is already read by %s", mount->text,
			       mount->source, earlier->text);
	pf_error_hint(compiler->error, "%u<FILE: a file can be read more than once", *fd);
	return r;
}

/* Checks a mount. For a `file` mount, sets *source to the descriptor. Other mounts get the number
 * of their source later. */
static int check_mount(struct pf_compiler *compiler, const struct pf_mount *mount,
		       struct pf_mount_paths *paths, unsigned *source)
{
	switch (mount->type) {
	case PF_MOUNT_BIND:
		return check_bind(compiler, mount, &paths->source);
	case PF_MOUNT_OVERLAY:
		return check_overlay(compiler, mount, paths);
	case PF_MOUNT_FILE:
		return check_file(compiler, mount, source);
	case PF_MOUNT_SYMLINK:
		return 0;
	default:
		return check_kind(compiler, mount, 1);
	}
}

int pf_compile_mounts_check(struct pf_compiler *compiler)
{
	const struct pf_strings *list = &compiler->spec->mount;

	if (list->count > MOST)
		return pf_error_field(compiler->error, "mount", E2BIG,
				      "too many mounts: %zu (at most %d)", list->count, MOST);
	compiler->mounts = calloc(list->count + 1, sizeof(*compiler->mounts));
	compiler->mount_paths = calloc(list->count + 1, sizeof(*compiler->mount_paths));
	compiler->mount_sources = calloc(list->count + 1, sizeof(*compiler->mount_sources));
	if (!compiler->mounts || !compiler->mount_paths || !compiler->mount_sources)
		return pf_error_internal(compiler->error, ENOMEM, "out of memory");
	for (size_t i = 0; i < list->count; i++) {
		int r = pf_mount_parse(list->items[i], &compiler->mounts[i], compiler->error);
		if (r == 0)
			r = check_mount(compiler, &compiler->mounts[i], &compiler->mount_paths[i],
					&compiler->mount_sources[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

void pf_compile_mounts_free(struct pf_compiler *compiler)
{
	for (size_t i = 0; compiler->mounts && i < compiler->spec->mount.count; i++)
		pf_mount_clear(&compiler->mounts[i]);
	for (size_t i = 0; compiler->mount_paths && i < compiler->spec->mount.count; i++) {
		pf_host_path_clear(&compiler->mount_paths[i].source);
		pf_host_path_clear(&compiler->mount_paths[i].workdir);
	}
	free(compiler->mounts);
	free(compiler->mount_paths);
	free(compiler->mount_sources);
}

static void add_take(struct pf_compiler *compiler, const struct pf_host_path *at, const char *field,
		     const char *text)
{
	uint32_t first = compiler->encoder.count;

	PF_ENCODE(&compiler->encoder, take, PF_S(at->path), PF_N(at->device), PF_N(at->inode));
	pf_note_origin(compiler, first, field, text);
}

/* Adds operations that lock the directories to which only one container may write: those of
 * overlays, and the root directory of a booted system, because two systems on one root would
 * overwrite each other's files. An ephemeral system only reads the root, and does not lock it. */
void pf_compile_take(struct pf_compiler *compiler)
{
	if (compiler->is_boot && compiler->spec->mountns && compiler->root_path.path &&
	    !compiler->spec->ephemeral)
		add_take(compiler, &compiler->root_path, "chroot", "");
	if (compiler->scratch.path)
		add_take(compiler, &compiler->scratch, "ephemeral", compiler->spec->ephemeralDir);
	pf_compile_trials(compiler);
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		const struct pf_mount *mount = &compiler->mounts[i];
		if (mount->type != PF_MOUNT_OVERLAY)
			continue;
		add_take(compiler, &compiler->mount_paths[i].source, "mount", mount->text);
		add_take(compiler, &compiler->mount_paths[i].workdir, "mount", mount->text);
	}
}

void pf_compile_mount_sources(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		const struct pf_mount *mount = &compiler->mounts[i];
		const struct pf_mount_paths *paths = &compiler->mount_paths[i];
		uint32_t first = compiler->encoder.count;
		if (mount->type == PF_MOUNT_OVERLAY) {
			compiler->mount_sources[i] =
				pf_compile_opened_source(compiler, PF_OP_layer, &paths->source);
			pf_compile_opened_source(compiler, PF_OP_layer, &paths->workdir);
		} else if (mount->type == PF_MOUNT_BIND && !mount->idmap) {
			compiler->mount_sources[i] =
				pf_compile_opened_source(compiler, PF_OP_source, &paths->source);
		} else if (mount->type == PF_MOUNT_SYSFS && pf_compile_binds_sys(compiler) &&
			   !compiler->has_sys_source) {
			compiler->mount_sources[i] = pf_compile_source(compiler, "/sys");
		}
		pf_note_origin(compiler, first, "mount", mount->text);
	}
}

void pf_compile_idmap_sources(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		const struct pf_mount *mount = &compiler->mounts[i];
		uint32_t first = compiler->encoder.count;
		if (mount->idmap)
			compiler->mount_sources[i] = pf_compile_opened_source(
				compiler, PF_OP_idmap_source, &compiler->mount_paths[i].source);
		pf_note_origin(compiler, first, "mount", mount->text);
	}
}

int pf_compile_has_mount(const struct pf_compiler *compiler, const char *dest)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++)
		if (strcmp(compiler->mounts[i].dest, dest) == 0)
			return 1;
	return 0;
}

int pf_compile_has_files(const struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++)
		if (compiler->mounts[i].type == PF_MOUNT_FILE)
			return 1;
	return 0;
}

/* Tells whether a path is the home of the caller or of the command's user. */
static int is_home(struct pf_compiler *compiler, const char *path)
{
	const char *home = getenv("HOME");

	if (home && strcmp(path, home) == 0)
		return 1;
	if (!compiler->identity.has_user)
		return 0;
	pf_identity_look_up_user(&compiler->identity, &compiler->passwd_files);
	return compiler->identity.home && strcmp(path, compiler->identity.home) == 0;
}

/* Returns the options of a file system, each after a comma. */
static const char *data_of(const struct pf_mount *mount)
{
	return mount->data ? mount->data : "";
}

/* Adds a file system of the kernel with the options of the mount. */
static void add_plain(struct pf_compiler *compiler, const struct pf_mount *mount, const char *type)
{
	const char *data = data_of(mount);

	PF_ENCODE(&compiler->encoder, mount, PF_S(type), PF_S(mount->dest), PF_N(mount->set),
		  PF_S(data + (*data == ',')));
}

/* Adds a tmpfs. If it covers a home directory and has no option `mode`, it gets the mode and the
 * owner of a home directory. */
static void add_tmpfs(struct pf_compiler *compiler, const struct pf_mount *mount)
{
	const struct pf_identity *identity = &compiler->identity;
	const int hides_home = !mount->has_mode && is_home(compiler, mount->dest);
	char options[PATH_MAX], owner[48] = "";

	if (hides_home && identity->has_user)
		snprintf(owner, sizeof(owner), ",uid=%u,gid=%u", identity->id[PF_UID],
			 identity->id[PF_GID]);
	snprintf(options, sizeof(options), "mode=%04o%s%s%s%s",
		 hides_home ? 0755 : (unsigned)mount->mode, owner, mount->size ? ",size=" : "",
		 mount->size ? mount->size : "", data_of(mount));
	PF_ENCODE(&compiler->encoder, mount, PF_S("tmpfs"), PF_S(mount->dest), PF_N(mount->set),
		  PF_S(options));
}

/* Adds an overlay, whose lower directory is the directory of the root at the mount's
 * destination. */
static void add_overlay(struct pf_compiler *compiler, const struct pf_mount *mount, unsigned upper)
{
	unsigned lower = compiler->source_count++;

	PF_ENCODE(&compiler->encoder, layer_inside, PF_N(lower), PF_S(mount->dest));
	PF_ENCODE(&compiler->encoder, overlay, PF_S(mount->dest), PF_N(lower), PF_N(upper),
		  PF_N(upper + 1), PF_S(compiler->identity.is_in_userns ? "userxattr" : ""),
		  PF_N(mount->set));
}

static void add_mount(struct pf_compiler *compiler, const struct pf_mount *mount,
		      const struct pf_mount_paths *paths, unsigned source)
{
	struct pf_encoder *encoder = &compiler->encoder;

	switch (mount->type) {
	case PF_MOUNT_BIND:
		PF_ENCODE(encoder, bind, PF_N(source), PF_S(mount->dest), PF_N(mount->set),
			  PF_N(mount->clear));
		pf_compile_hide_bind(compiler, paths->source.path, mount->dest);
		break;
	case PF_MOUNT_OVERLAY:
		add_overlay(compiler, mount, source);
		break;
	case PF_MOUNT_TMP:
		add_tmpfs(compiler, mount);
		break;
	case PF_MOUNT_PROC:
		add_plain(compiler, mount, "proc");
		pf_compile_protect_proc(compiler, mount->dest);
		break;
	case PF_MOUNT_MQUEUE:
		add_plain(compiler, mount, "mqueue");
		break;
	case PF_MOUNT_SYSFS:
		pf_compile_sysfs(compiler, mount->dest, mount->set, source);
		break;
	case PF_MOUNT_DEVPTS:
		pf_compile_devpts(compiler, mount->dest, mount->set, data_of(mount));
		break;
	case PF_MOUNT_CGROUP:
		add_plain(compiler, mount, mount->data ? "cgroup" : "cgroup2");
		break;
	case PF_MOUNT_DEV:
		pf_compile_dev(compiler, mount->dest, mount->set);
		break;
	case PF_MOUNT_SYMLINK:
		PF_ENCODE(encoder, symlink, PF_S(mount->source), PF_S(mount->dest));
		break;
	case PF_MOUNT_DIR:
		PF_ENCODE(encoder, mkdir, PF_S(mount->dest), PF_N(mount->mode));
		break;
	case PF_MOUNT_FILE:
		PF_ENCODE(encoder, file, PF_N(source), PF_S(mount->dest), PF_N(0644),
			  PF_N(mount->set));
		break;
	}
}

void pf_compile_mounts(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		uint32_t first = compiler->encoder.count;
		add_mount(compiler, &compiler->mounts[i], &compiler->mount_paths[i],
			  compiler->mount_sources[i]);
		pf_note_origin(compiler, first, field_of(compiler, &compiler->mounts[i]),
			       compiler->mounts[i].text);
	}
}

int pf_compile_sysfs_check(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		const struct pf_mount *mount = &compiler->mounts[i];
		if (mount->type != PF_MOUNT_SYSFS || mount->set & MOUNT_ATTR_RDONLY ||
		    !compiler->identity.is_in_userns || pf_compile_has_other_net(compiler))
			continue;
		int r = refuse(compiler, mount, 0, "rw",
			       "a user namespace cannot write to the host's /sys");
		pf_error_hint(compiler->error, "{netns=yes}");
		return r;
	}
	return 0;
}

void pf_compile_propagation(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		const struct pf_mount *mount = &compiler->mounts[i];
		uint32_t first = compiler->encoder.count;
		if (!mount->propagation)
			continue;
		PF_ENCODE(&compiler->encoder, propagate, PF_S(mount->dest),
			  PF_N(mount->propagation));
		pf_note_origin(compiler, first, field_of(compiler, mount), mount->text);
	}
}
