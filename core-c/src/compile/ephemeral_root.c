/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles ephemeral roots, whose changes go to overlays (ephemeral_root.h). For a privileged
 * caller, there is an overlay for the root and for each file system below. In a user namespace, the
 * kernel refuses an overlay if any mount of the host is below its lower directory. The directories
 * above such a mount are then a skeleton: new directories on a tmpfs, whose entries are overlaid
 * one by one.
 */
#define _GNU_SOURCE
#include "ephemeral_root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/path_below.h"
#include "common/sys.h"
#include "idmapped_root.h"
#include "root_filesystems.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/host/nss.h"
#include "src/host/overlay_check.h"
#include "trials.h"

const char *pf_path_on_host(const struct pf_compiler *compiler, const char *path,
			    char ret[PATH_MAX])
{
	const char *top = strcmp(compiler->root_dir, "/") == 0 ? "" : compiler->root_dir;

	if (*top && strcmp(path, "/") == 0)
		path = "";
	snprintf(ret, PATH_MAX, "%s%s", top, path);
	return ret;
}

int pf_compile_ephemeral_check(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	int r = pf_mount_table_read(*compiler->root_dir ? compiler->root_dir : "/",
				    &compiler->root_mounts);

	if (r < 0)
		return pf_error_field(compiler->error, "ephemeral", -r, "/proc/self/mountinfo: %s",
				      pf_errno_text(-r));
	if (r == 0)
		r = pf_compile_trials_check(compiler);
	if (r < 0 || !spec->ephemeralDir)
		return r;
	r = pf_open_field_mount(compiler, "ephemeral", "", spec->ephemeralDir, O_PATH | O_DIRECTORY,
				&compiler->scratch);
	if (r < 0)
		return r;
	char text[PF_UPPERDIR_TEXT];
	const char *problem =
		pf_scratch_problem(compiler->scratch.fd, compiler->identity.is_in_userns, text);
	if (problem) {
		r = pf_error_field(compiler->error, "ephemeral", EINVAL, "%s: %s",
				   spec->ephemeralDir, problem);
		pf_upperdir_hint(compiler->error, problem);
		return r;
	}
	return pf_compile_trial_check(compiler);
}

struct pf_root_part *pf_add_root_part(struct pf_compiler *compiler, enum pf_root_part_kind kind,
				      const char *path)
{
	struct pf_root_part *items =
		realloc(compiler->root_parts,
			(compiler->root_part_count + 1) * sizeof(*compiler->root_parts));
	char *copy = strdup(path);

	if (items)
		compiler->root_parts = items;
	if (!items || !copy) {
		free(copy);
		compiler->encoder.failed = -ENOMEM;
		return NULL;
	}
	struct pf_root_part *part = &items[compiler->root_part_count++];
	*part = (struct pf_root_part){.kind = kind, .path = copy};
	return part;
}

static unsigned open_root(struct pf_compiler *compiler, enum pf_op_code code)
{
	uint32_t first = compiler->encoder.count;
	unsigned source = pf_compile_opened_source(compiler, code, &compiler->root_path);

	pf_note_origin(compiler, first, "chroot", "");
	return source;
}

static unsigned open_found(struct pf_compiler *compiler, enum pf_op_code code, const char *path)
{
	const struct pf_mount_entry *mounted = pf_mount_table_find(&compiler->root_mounts, path);
	char host[PATH_MAX];

	return pf_compile_found_source(compiler, code, pf_path_on_host(compiler, path, host),
				       mounted && mounted->is_remote);
}

static void open_part(struct pf_compiler *compiler, struct pf_root_part *part)
{
	int is_readonly = part->kind == PF_ROOT_PART_READONLY;

	if (strcmp(part->path, "/") == 0 && compiler->root_fd >= 0)
		part->source = open_root(compiler, is_readonly ? PF_OP_source : PF_OP_layer);
	else if (part->kind == PF_ROOT_PART_OVERLAY && compiler->widest_count > 0)
		part->source = open_found(compiler, PF_OP_layer_entry, part->path);
	else if (part->kind == PF_ROOT_PART_OVERLAY || part->kind == PF_ROOT_PART_SKELETON)
		part->source = open_found(compiler, PF_OP_layer, part->path);
	else if (is_readonly)
		part->source = open_found(compiler, PF_OP_source_idle, part->path);
}

static void add_opened_part(struct pf_compiler *compiler, enum pf_root_part_kind kind,
			    const char *path)
{
	struct pf_root_part *part = pf_add_root_part(compiler, kind, path);

	if (part)
		open_part(compiler, part);
}

static int is_directory(const struct pf_compiler *compiler, const char *path)
{
	char host[PATH_MAX];
	PF_CLEANUP_FD int fd =
		open(pf_path_on_host(compiler, path, host), O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && pf_is_directory(fd) == 1;
}

/* Tells whether the command's working directory is in a mount. pflask may then wait for the server
 * of the mount, because the command would wait for it anyway. */
static int works_in(const struct pf_compiler *compiler, const struct pf_mount_entry *mounted)
{
	return *compiler->working_dir && pf_lies_in(compiler->working_dir, mounted->path);
}

/* Chooses how to mount a mount of the host. A directory that can be a lower directory is overlaid.
 * Any other mount is read-only, also a mount with a server, for which an overlay would wait. A
 * mount whose root was deleted is empty, because the kernel does not mount a deleted directory. */
static enum pf_root_part_kind kind_of_mount(const struct pf_compiler *compiler,
					    const struct pf_mount_entry *mounted)
{
	if (mounted->is_deleted)
		return PF_ROOT_PART_EMPTY;
	return mounted->kind == PF_FILESYSTEM_LAYER && is_directory(compiler, mounted->path) &&
			       (!mounted->is_remote || works_in(compiler, mounted))
		       ? PF_ROOT_PART_OVERLAY
		       : PF_ROOT_PART_READONLY;
}

static int is_overlaid(const struct pf_compiler *compiler, const struct pf_mount_entry *mounted)
{
	return mounted->kind != PF_FILESYSTEM_KERNEL &&
	       kind_of_mount(compiler, mounted) == PF_ROOT_PART_OVERLAY;
}

/* Tells whether a mount must be mounted by itself. A mount below a read-only mount comes with that
 * mount, and a mount below a mount that is left out is left out, too. */
static int has_place(const struct pf_compiler *compiler, const struct pf_mount_entry *mounted)
{
	if (works_in(compiler, mounted))
		return 1;
	for (size_t i = 0; i < compiler->root_mounts.count; i++) {
		const struct pf_mount_entry *other = &compiler->root_mounts.items[i];
		if (other != mounted && pf_lies_in(mounted->path, other->path) &&
		    !is_overlaid(compiler, other))
			return 0;
	}
	return 1;
}

static void add_privileged_parts(struct pf_compiler *compiler)
{
	pf_add_root_part(compiler, PF_ROOT_PART_OVERLAY, "/");
	for (size_t i = 0; i < compiler->root_mounts.count; i++) {
		const struct pf_mount_entry *mounted = &compiler->root_mounts.items[i];
		if (mounted->kind == PF_FILESYSTEM_KERNEL ||
		    pf_is_covered(compiler, mounted->path) || !has_place(compiler, mounted))
			continue;
		struct pf_root_part *part =
			pf_add_root_part(compiler, kind_of_mount(compiler, mounted), mounted->path);
		if (part)
			part->is_remote = mounted->is_remote;
	}
}

static int has_outside(const struct pf_id_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++)
		if (id - map->line[i].outside < map->line[i].count)
			return 1;
	return 0;
}

/* Tells whether the caller may write to a path below a directory. Does not enter other mounts,
 * whose servers may never answer. */
static int may_write(const char *path, const char *below)
{
	PF_CLEANUP_FD int top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	PF_CLEANUP_FD int place =
		top < 0 ? -1 : pf_openat2(top, below, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_XDEV);

	return place >= 0 && faccessat(place, "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0;
}

/* Tells whether a change of a file in `target` would make an overlay at `path` copy a directory
 * whose owner or group is not mapped. overlayfs copies all directories above a changed file, up to
 * the top of the overlay, and fails for such a directory (EOVERFLOW). */
static int would_copy_foreign(const struct pf_compiler *compiler, const char *path,
			      const char *target)
{
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
	const struct pf_id_map *maps = compiler->identity.map;
	char next[PATH_MAX];
	struct stat status;

	if (strncmp(target, path, length) != 0 || target[length] != '/' || !target[length + 1] ||
	    !may_write(path, target + length + 1))
		return 0;
	length += 1 + strcspn(target + length + 1, "/");
	memcpy(next, target, length);
	next[length] = '\0';
	return lstat(next, &status) == 0 && (!has_outside(&maps[PF_UID], status.st_uid) ||
					     !has_outside(&maps[PF_GID], status.st_gid));
}

/* Tells whether an overlay at a path would keep the caller from changing files in its working
 * directory or its home directory. */
static int leads_to_working_dir(const struct pf_compiler *compiler, const char *path)
{
	return would_copy_foreign(compiler, path, compiler->working_dir) ||
	       would_copy_foreign(compiler, path, compiler->home);
}

static void find_working_dirs(struct pf_compiler *compiler)
{
	struct passwd user;
	char *memory;

	if (compiler->spec->chroot)
		return;
	if (compiler->spec->chdir && *compiler->spec->chdir == '/')
		snprintf(compiler->working_dir, PATH_MAX, "%s", compiler->spec->chdir);
	else if (!getcwd(compiler->working_dir, PATH_MAX))
		*compiler->working_dir = '\0';
	if (pf_nss_user(NULL, geteuid(), &user, &memory))
		snprintf(compiler->home, PATH_MAX, "%s", user.pw_dir);
	free(memory);
}

/* Plans a mount that is not overlaid: empty, if it shows data of the kernel or its root was
 * deleted; otherwise read-only. An empty file is a bind of /dev/null. */
static void add_mounted_part(struct pf_compiler *compiler, const struct pf_mount_entry *mounted,
			     const char *path)
{
	if (mounted->kind != PF_FILESYSTEM_KERNEL && !mounted->is_deleted) {
		add_opened_part(compiler, PF_ROOT_PART_READONLY, path);
	} else if (is_directory(compiler, path)) {
		pf_add_root_part(compiler, PF_ROOT_PART_DIRECTORY, path);
		if (mounted->is_deleted)
			pf_add_root_part(compiler, PF_ROOT_PART_EMPTY, path);
	} else {
		struct pf_root_part *part = pf_add_root_part(compiler, PF_ROOT_PART_READONLY, path);
		if (part)
			part->source = pf_compile_source(compiler, "/dev/null");
	}
}

static void descend(struct pf_compiler *compiler, const char *path);

static void add_entry(struct pf_compiler *compiler, const char *parent, const char *name)
{
	char path[PATH_MAX], host[PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name);
	const struct pf_mount_entry *mounted = pf_mount_table_find(&compiler->root_mounts, path);
	if (mounted && !pf_is_fresh(path) && !is_overlaid(compiler, mounted)) {
		add_mounted_part(compiler, mounted, path);
		return;
	}
	if (lstat(pf_path_on_host(compiler, path, host), &status) < 0)
		return;
	if (pf_is_fresh(path)) {
		if (S_ISDIR(status.st_mode))
			pf_add_root_part(compiler, PF_ROOT_PART_DIRECTORY, path);
		return;
	}
	if (S_ISDIR(status.st_mode))
		descend(compiler, path);
	else if (S_ISLNK(status.st_mode))
		pf_add_root_part(compiler, PF_ROOT_PART_SYMLINK, path);
	else
		add_opened_part(compiler, PF_ROOT_PART_READONLY, path);
}

static void note_width(struct pf_compiler *compiler, const char *path, unsigned count)
{
	if (count <= compiler->widest_count)
		return;
	compiler->widest_count = count;
	snprintf(compiler->widest_dir, PATH_MAX, "%s", path);
}

/* Plans a directory: as an overlay if possible, or else as a skeleton with its entries. A directory
 * that the caller cannot read becomes an empty directory. */
static void descend(struct pf_compiler *compiler, const char *path)
{
	char host[PATH_MAX];
	const struct dirent *entry;

	pf_path_on_host(compiler, path, host);
	if (!pf_mount_table_has_below(&compiler->root_mounts, path) &&
	    !leads_to_working_dir(compiler, path) &&
	    faccessat(AT_FDCWD, host, X_OK, AT_EACCESS) == 0) {
		add_opened_part(compiler, PF_ROOT_PART_OVERLAY, path);
		return;
	}
	DIR *directory = opendir(host);
	if (directory)
		add_opened_part(compiler, PF_ROOT_PART_SKELETON, path);
	else
		pf_add_root_part(compiler, PF_ROOT_PART_DIRECTORY, path);
	unsigned count = 0;
	while (directory && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		note_width(compiler, path, ++count);
		add_entry(compiler, path, entry->d_name);
	}
	if (directory)
		closedir(directory);
}

void pf_choose_ephemeral_parts(struct pf_compiler *compiler)
{
	find_working_dirs(compiler);
	if (compiler->identity.is_in_userns && !compiler->is_idmapped)
		descend(compiler, "/");
	else
		add_privileged_parts(compiler);
}

/* Tells whether a part needs an operation that opens it. The monitor opens idmapped parts, and the
 * compiler has already opened the directories of a skeleton. */
static int must_be_opened(const struct pf_compiler *compiler, const struct pf_root_part *part)
{
	return compiler->is_idmapped ? part->is_remote : !compiler->identity.is_in_userns;
}

void pf_compile_ephemeral_sources(struct pf_compiler *compiler)
{
	if (!compiler->is_idmapped)
		pf_choose_ephemeral_parts(compiler);
	for (size_t i = 0; i < compiler->root_part_count; i++)
		if (must_be_opened(compiler, &compiler->root_parts[i]))
			open_part(compiler, &compiler->root_parts[i]);
	if (compiler->scratch.path)
		compiler->scratch_layer =
			pf_compile_opened_source(compiler, PF_OP_layer, &compiler->scratch);
	if (compiler->goes_on || compiler->lower.path)
		PF_ENCODE(&compiler->encoder, stacked);
}

/* Returns the mount options of an overlay that turn off features which make an upper directory
 * useless by itself: redirects of renamed directories, and copies without content. The defaults of
 * a privileged overlay depend on the host's module parameters. In a user namespace, both features
 * are off. */
static const char *overlay_options(const struct pf_compiler *compiler)
{
	return compiler->identity.is_in_userns ? "userxattr"
					       : "redirect_dir=off,metacopy=off,index=off";
}

/* Adds an overlay. The first uses the directories "upper" and "work", and each later one numbered
 * directories. */
static void add_overlay(struct pf_compiler *compiler, const struct pf_root_part *part)
{
	struct pf_encoder *encoder = &compiler->encoder;
	char names[2][32];

	if (compiler->overlay_count == 0) {
		compiler->upperdir = compiler->source_count++;
		compiler->workdir = compiler->source_count++;
	}
	for (int i = 0; i < 2; i++)
		snprintf(names[i], sizeof(names[i]), compiler->overlay_count ? "%s-%u" : "%s",
			 i ? "work" : "upper", compiler->overlay_count);
	compiler->overlay_count++;
	PF_ENCODE(encoder, work, PF_N(compiler->upperdir), PF_S(names[0]));
	PF_ENCODE(encoder, work, PF_N(compiler->workdir), PF_S(names[1]));
	PF_ENCODE(encoder, overlay, PF_S(part->path), PF_N(part->source), PF_N(compiler->upperdir),
		  PF_N(compiler->workdir), PF_S(overlay_options(compiler)),
		  PF_N(strcmp(part->path, "/") != 0 && compiler->spec->readOnly ? MOUNT_ATTR_RDONLY
										: 0));
}

static void add_symlink(struct pf_compiler *compiler, const char *path)
{
	char host[PATH_MAX], target[PATH_MAX];
	ssize_t n = readlink(pf_path_on_host(compiler, path, host), target, sizeof(target) - 1);

	if (n < 0)
		return;
	target[n] = '\0';
	PF_ENCODE(&compiler->encoder, symlink, PF_S(target), PF_S(path));
}

static mode_t mode_of(const struct pf_compiler *compiler, const char *path)
{
	char host[PATH_MAX];
	struct stat status;

	return stat(pf_path_on_host(compiler, path, host), &status) == 0 ? status.st_mode & 07777
									 : 0755;
}

void pf_compile_root_part(struct pf_compiler *compiler, const struct pf_root_part *part)
{
	switch (part->kind) {
	case PF_ROOT_PART_OVERLAY:
		add_overlay(compiler, part);
		break;
	case PF_ROOT_PART_BIND:
		PF_ENCODE(&compiler->encoder, bind, PF_N(part->source), PF_S(part->path),
			  PF_N(compiler->spec->readOnly ? MOUNT_ATTR_RDONLY : 0), PF_N(0));
		break;
	case PF_ROOT_PART_READONLY:
		PF_ENCODE(&compiler->encoder, bind, PF_N(part->source), PF_S(part->path),
			  PF_N(MOUNT_ATTR_RDONLY), PF_N(0));
		break;
	case PF_ROOT_PART_EMPTY:
		PF_ENCODE(&compiler->encoder, mask, PF_S(part->path));
		break;
	case PF_ROOT_PART_SKELETON:
		PF_ENCODE(&compiler->encoder, skeleton, PF_S(part->path), PF_N(part->source),
			  PF_N(mode_of(compiler, part->path)));
		break;
	case PF_ROOT_PART_DIRECTORY:
		PF_ENCODE(&compiler->encoder, mkdir, PF_S(part->path),
			  PF_N(mode_of(compiler, part->path)));
		break;
	case PF_ROOT_PART_SYMLINK:
		add_symlink(compiler, part->path);
		break;
	}
}

void pf_compile_ephemeral(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	for (size_t i = 0; compiler->is_idmapped && i < compiler->root_part_count; i++)
		if (compiler->root_parts[i].kind == PF_ROOT_PART_OVERLAY)
			PF_ENCODE(encoder, attach, PF_N(compiler->root_parts[i].source));
	if (compiler->scratch.path)
		PF_ENCODE(encoder, scratch_in, PF_N(compiler->scratch_layer));
	else
		PF_ENCODE(encoder, scratch, PF_S("mode=0755"));
	for (size_t i = 0; i < compiler->root_part_count; i++)
		pf_compile_root_part(compiler, &compiler->root_parts[i]);
	if (compiler->root_part_count > 0 && compiler->root_parts[0].kind == PF_ROOT_PART_SKELETON)
		PF_ENCODE(encoder, skeleton_end);
}

void pf_compile_ephemeral_free(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->root_part_count; i++)
		free(compiler->root_parts[i].path);
	free(compiler->root_parts);
	pf_mount_table_clear(&compiler->root_mounts);
}
