/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the changes of a container (list_changes.h). The kernel's
 * Documentation/filesystems/overlayfs.rst describes upper directories. */
#define _GNU_SOURCE
#include "list_changes.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/output.h"
#include "common/protocol/plan.h"
#include "common/sys.h"
#include "put.h"
#include "walk.h"

enum { UPPERDIR, LOWERDIR };

struct listing {
	struct pf_walk walk; /* must be the first member: its address is cast to the structure */
	const struct pf_overlay *overlay;
	enum pf_changes_format format;
	struct pf_output out;
	unsigned int failures;
};

/* The most lines of a manifest about paths of one overlay that could not be examined. */
#define MOST_FAILURES 1000

/* Set when the list has its first line. */
static int is_begun;

/* Two buffers to compare extended attributes, link targets or file contents. */
static char buffer[2][XATTR_SIZE_MAX];

/* --- entries ---------------------------------------------------------------------------------- */

static const char *overlay_key(const struct listing *listing, const char *trusted, const char *user)
{
	return listing->overlay->userxattr ? user : trusted;
}

/* Tells whether an entry is a whiteout: a character device 0:0, or an empty file with the whiteout
 * attribute of overlayfs. */
static int is_whiteout(const struct listing *listing, int dir, const char *name,
		       const struct stat *status)
{
	const char *key = overlay_key(listing, "trusted.overlay.whiteout", "user.overlay.whiteout");

	if (S_ISCHR(status->st_mode))
		return status->st_rdev == 0;
	return S_ISREG(status->st_mode) && status->st_size == 0 &&
	       pf_get_xattr(dir, name, key, NULL, 0) >= 0;
}

/* Looks up an entry of a directory. Returns 1 if the entry exists and is not a whiteout, else 0, or
 * -errno. In a skeleton, an entry on which another file system is mounted exists, too; its status
 * is not read. */
static int look(const struct listing *listing, int dir, const char *name, struct stat *ret)
{
	if (dir < 0)
		return 0;
	int r = listing->overlay->is_skeleton
			? pf_stat_unmounted(dir, name, ret)
			: pf_sys_result(fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW));
	if (r == -EXDEV)
		return 1;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return !is_whiteout(listing, dir, name, ret);
}

/* Tells whether a directory is opaque. An opaque directory hides the lower directory. */
static int is_opaque(const struct listing *listing, const char *name)
{
	const char *key = overlay_key(listing, "trusted.overlay.opaque", "user.overlay.opaque");
	char value = '\0';

	return pf_get_xattr(listing->walk.dir[UPPERDIR], name, key, &value, 1) == 1 && value == 'y';
}

/* Tells whether `path` is `directory`/`name`. */
static int is_entry(const char *path, const char *directory, const char *name)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/' &&
	       strcmp(path + length + 1, name) == 0;
}

int pf_is_skeleton_entry(const struct pf_overlay *overlay, const char *name)
{
	uint32_t count = overlay->plan ? pf_plan_count(overlay->plan) : 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct pf_op *op = pf_plan_op(overlay->plan, i);
		int first = op->code == PF_OP_overlay || op->code == PF_OP_skeleton ||
			    op->code == PF_OP_mkdir;
		if (!first && op->code != PF_OP_bind && op->code != PF_OP_symlink)
			continue;
		if (is_entry(pf_plan_string(overlay->plan, op->arg[!first]), overlay->path, name))
			return 1;
	}
	return 0;
}

/* --- comparison ------------------------------------------------------------------------------- */

static int same_owner(const struct stat *a, const struct stat *b)
{
	return a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

/* Tells whether an entry is the root directory of an overlay in a user namespace. The owner of such
 * a directory is not compared, because the upper directory cannot have an owner that the user
 * namespace does not map. */
static int is_root_of_another_overlay(const struct listing *listing, const char *name)
{
	return listing->overlay->userxattr && strcmp(name, ".") == 0;
}

static int same_status(const struct stat *a, const struct stat *b)
{
	if (a->st_mode != b->st_mode)
		return 0;
	if (S_ISDIR(a->st_mode))
		return 1;
	return a->st_size == b->st_size && a->st_rdev == b->st_rdev &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Tells whether an extended attribute is ignored in the comparison: an attribute of overlayfs, or a
 * label of SELinux, which depends on the path of the file. */
static int is_note(const struct listing *listing, const char *key)
{
	const char *prefix = overlay_key(listing, "trusted.overlay.", "user.overlay.");

	return strncmp(key, prefix, strlen(prefix)) == 0 || strcmp(key, "security.selinux") == 0;
}

/* Tells whether an extended attribute is equal in both directories. If the upper file system does
 * not support an attribute, overlayfs drops the attribute, for example user attributes on a tmpfs
 * before Linux 6.6. A difference of this kind is not a change. */
static int same_xattr(const int dir[2], const char *name, const char *key)
{
	ssize_t size[2];

	for (int i = 0; i < 2; i++) {
		size[i] = pf_get_xattr(dir[i], name, key, buffer[i], sizeof(buffer[i]));
		if (size[i] == -EOPNOTSUPP)
			return 1;
		if (size[i] < 0)
			return size[i] == -ENODATA ? 0 : (int)size[i];
	}
	return size[UPPERDIR] == size[LOWERDIR] &&
	       memcmp(buffer[UPPERDIR], buffer[LOWERDIR], (size_t)size[UPPERDIR]) == 0;
}

/* Tells whether all extended attributes of one side are equal on the other side. */
static int same_xattrs_as(const struct listing *listing, const char *name, int side)
{
	static char list[XATTR_LIST_MAX];
	const int *dir = listing->walk.dir;
	ssize_t size = pf_list_xattrs(dir[side], name, list, sizeof(list));

	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(list + at) + 1) {
		int r = is_note(listing, list + at) ? 1 : same_xattr(dir, name, list + at);
		if (r <= 0)
			return r;
	}
	return size < 0 ? (int)size : 1;
}

static int same_xattrs(const struct listing *listing, const char *name)
{
	int r = same_xattrs_as(listing, name, UPPERDIR);

	return r <= 0 ? r : same_xattrs_as(listing, name, LOWERDIR);
}

static int same_bytes(ssize_t upper, ssize_t lower)
{
	if (upper < 0 || lower < 0)
		return -errno;
	return upper == lower && memcmp(buffer[UPPERDIR], buffer[LOWERDIR], (size_t)upper) == 0;
}

static int same_link(const int dir[2], const char *name)
{
	ssize_t upper = readlinkat(dir[UPPERDIR], name, buffer[UPPERDIR], sizeof(buffer[UPPERDIR]));

	return same_bytes(upper, upper < 0 ? upper
					   : readlinkat(dir[LOWERDIR], name, buffer[LOWERDIR],
							sizeof(buffer[LOWERDIR])));
}

static int same_file(const int dir[2], const char *name)
{
	PF_CLEANUP_FD int upper = pf_open_file(dir[UPPERDIR], name);
	if (upper < 0)
		return upper;
	PF_CLEANUP_FD int lower = pf_open_file(dir[LOWERDIR], name);
	if (lower < 0)
		return lower;
	for (off_t at = 0;;) {
		ssize_t n = pread(upper, buffer[UPPERDIR], sizeof(buffer[UPPERDIR]), at);
		int r = same_bytes(
			n,
			n < 0 ? n : pread(lower, buffer[LOWERDIR], sizeof(buffer[LOWERDIR]), at));
		if (r <= 0 || n == 0)
			return r;
		at += n;
	}
}

/* Tells whether an upper file is equal to the lower file. overlayfs copies a file to the upper
 * directory when a process opens the file for writing, even if the process writes nothing. */
static int same(const struct listing *listing, const char *name, const struct stat *upper,
		const struct stat *lower)
{
	int r = same_status(upper, lower);

	if (r > 0 && !is_root_of_another_overlay(listing, name))
		r = same_owner(upper, lower);
	if (r > 0)
		r = same_xattrs(listing, name);
	if (r > 0 && S_ISREG(upper->st_mode))
		r = same_file(listing->walk.dir, name);
	if (r > 0 && S_ISLNK(upper->st_mode))
		r = same_link(listing->walk.dir, name);
	return r;
}

/* --- lines ------------------------------------------------------------------------------------ */

static void put_path(struct listing *listing, const char *name)
{
	const struct pf_walk *walk = &listing->walk;

	const int is_json = listing->format != PF_CHANGES_TEXT;

	pf_put_escaped(&listing->out, listing->overlay->path, is_json);
	if (strcmp(name, ".") == 0) {
		pf_output_put_string(&listing->out, listing->overlay->path[0] ? "" : "/");
		return;
	}
	pf_output_put_string(&listing->out, "/");
	pf_put_escaped(&listing->out, walk->path, is_json);
	pf_output_put_string(&listing->out, walk->path[0] ? "/" : "");
	pf_put_escaped(&listing->out, name, is_json);
}

static void put_status(struct pf_output *out, const struct stat *status)
{
	static const char *const types[16] = {
		[S_IFIFO >> 12] = "fifo",    [S_IFCHR >> 12] = "char", [S_IFDIR >> 12] = "dir",
		[S_IFBLK >> 12] = "block",   [S_IFREG >> 12] = "file", [S_IFLNK >> 12] = "symlink",
		[S_IFSOCK >> 12] = "socket",
	};
	const char *type = types[(status->st_mode & S_IFMT) >> 12];

	pf_output_put_string(out, "\"type\":\"");
	pf_output_put_string(out, type ? type : "unknown");
	pf_output_put_string(out, "\",\"mode\":\"");
	for (int shift = 9; shift >= 0; shift -= 3) {
		char digit = (char)('0' + (status->st_mode >> shift & 7));
		pf_output_put(out, &digit, 1);
	}
	pf_put_number(out, "\",\"uid\":", status->st_uid);
	pf_put_number(out, ",\"gid\":", status->st_gid);
	if (!S_ISDIR(status->st_mode))
		pf_put_number(out, ",\"size\":", (uint64_t)status->st_size);
}

/* Finds the nearest layer in which a path of the lower directory exists. A whiteout does not count.
 * Sets *status to the status of the path there. Returns the layer, or NULL. */
static const struct pf_layer *find_layer(struct listing *listing, const char *name,
					 struct stat *status)
{
	const struct pf_overlay *overlay = listing->overlay;
	const struct pf_walk *walk = &listing->walk;
	char path[PATH_MAX + NAME_MAX + 2];

	strcpy(path, walk->path);
	strcat(path, *path ? "/" : "");
	strcat(path, name);
	for (size_t i = 0; i < overlay->layer_count; i++) {
		struct stat found;
		PF_CLEANUP_FD int fd =
			pf_openat2(overlay->layers[i].fd, path, O_PATH | O_NOFOLLOW,
				   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
		if (fd < 0 || fstat(fd, &found) < 0 ||
		    is_whiteout(listing, overlay->layers[i].fd, path, &found))
			continue;
		*status = found;
		return &overlay->layers[i];
	}
	return NULL;
}

/* Writes the JSON fields after the path. `lower` is the status of the path in the lower directory,
 * or NULL. In a manifest, the fields also identify the lower file. */
static void put_fields(struct listing *listing, char kind, const char *name,
		       const struct stat *status, const struct stat *lower)
{
	struct pf_output *out = &listing->out;

	pf_output_put_string(out, "\",\"kind\":\"");
	pf_output_put(out, &kind, 1);
	pf_output_put_string(out, "\",");
	put_status(out, status);
	if (listing->format == PF_CHANGES_MANIFEST && lower) {
		struct stat below = *lower;
		const struct pf_layer *layer = find_layer(listing, name, &below);
		pf_output_put_string(out, ",\"below\":{");
		put_status(out, &below);
		pf_put_identity(out, &below);
		if (layer && layer->trial)
			pf_put_number(out, ",\"trial\":", layer->trial);
		pf_output_put_string(out, "}");
	}
	pf_output_put_string(out, "}");
}

static int put_line(struct listing *listing, char kind, const char *name, const struct stat *status,
		    const struct stat *lower)
{
	struct pf_output *out = &listing->out;

	if (listing->format == PF_CHANGES_JSON)
		pf_output_put_string(out, is_begun ? ",\n" : "[\n");
	is_begun = 1;
	if (listing->format != PF_CHANGES_TEXT) {
		pf_output_put_string(out, "{\"path\":\"");
		put_path(listing, name);
		put_fields(listing, kind, name, status, lower);
	} else {
		pf_output_put(out, &kind, 1);
		pf_output_put_string(out, " ");
		put_path(listing, name);
	}
	if (listing->format != PF_CHANGES_JSON)
		pf_output_put_string(out, "\n");
	return out->error;
}

/* --- the walk --------------------------------------------------------------------------------- */

static int visit(struct pf_walk *walk, const char *name)
{
	struct listing *listing = (struct listing *)walk;
	struct stat upper = {0}, lower = {0};
	int is = look(listing, walk->dir[UPPERDIR], name, &upper);
	int was = look(listing, walk->dir[LOWERDIR], name, &lower);

	if (is < 0 || was < 0)
		return is < 0 ? is : was;
	if (listing->overlay->plan && walk->depth == 0 && strcmp(name, ".") != 0 && is != was &&
	    pf_is_skeleton_entry(listing->overlay, name) == is)
		/* Another process of the host is making or removing the entry. */
		return PF_WALK_SKIP;
	if (!is)
		return was ? put_line(listing, 'D', name, &lower, &lower) : 0;
	if (listing->overlay->is_skeleton && was)
		return strcmp(name, ".") == 0 ? PF_WALK_UNION : PF_WALK_SKIP;
	int r = was ? same(listing, name, &upper, &lower) : 0;
	if (r == 0)
		r = put_line(listing, was ? 'M' : 'A', name, &upper, was ? &lower : NULL);
	if (r < 0 || !S_ISDIR(upper.st_mode))
		return r < 0 ? r : PF_WALK_SKIP;
	if (!was || !S_ISDIR(lower.st_mode))
		return PF_WALK_ALONE;
	/* The root is never opaque. An opaque directory hides the lower directory with everything
	 * below it, so the walk must also visit names that only the lower directory has. */
	if (walk->way == PF_WALK_UNION || (strcmp(name, ".") != 0 && is_opaque(listing, name)))
		return PF_WALK_UNION;
	return PF_WALK_BESIDE;
}

/* Tells whether the upper directory is empty, and the container's root user cannot enter the lower
 * directory. The comparison is then impossible, but there are no changes. */
static int is_untouched(const struct pf_overlay *overlay)
{
	PF_CLEANUP_FD int lower = pf_open_below(overlay->lowerdir, "", O_PATH | O_DIRECTORY);
	if (lower != -EACCES)
		return 0;
	PF_CLEANUP_FD int upper = pf_open_below(overlay->upperdir, "", O_RDONLY | O_DIRECTORY);
	return upper >= 0 && pf_is_empty(upper) == 1;
}

/* Writes a line about a path that could not be examined. After too many lines, writes a last line
 * about the mount point of the overlay. */
static void note_failure(struct pf_walk *walk, const char *name, int error)
{
	struct listing *listing = (struct listing *)walk;

	if (listing->failures > MOST_FAILURES)
		return;
	const int is_last = ++listing->failures > MOST_FAILURES;
	pf_put_number(&listing->out, "{\"errno\":", (uint64_t)-error);
	pf_output_put_string(&listing->out, ",\"failed\":\"");
	if (is_last || (strcmp(name, ".") == 0 && !*walk->path)) {
		put_path(listing, ".");
	} else if (strcmp(name, ".") == 0) {
		pf_put_escaped(&listing->out, listing->overlay->path, 1);
		pf_output_put_string(&listing->out, "/");
		pf_put_escaped(&listing->out, walk->path, 1);
	} else {
		put_path(listing, name);
	}
	pf_output_put_string(&listing->out, "\"}\n");
}

static struct listing listing;

int pf_list_changes(const struct pf_overlay *overlay, enum pf_changes_format format, int fd,
		    const char **reterr_path)
{
	*reterr_path = "";
	if (is_untouched(overlay))
		return 0;
	listing.walk = (struct pf_walk){.root = {overlay->upperdir, overlay->lowerdir},
					.second_flags = O_PATH,
					.visit = visit};
	if (format == PF_CHANGES_MANIFEST)
		listing.walk.fail = note_failure;
	listing.overlay = overlay;
	listing.format = format;
	listing.failures = 0;
	listing.out = (struct pf_output){.fd = fd};
	int walked = pf_walk(&listing.walk), flushed = pf_output_flush(&listing.out);
	*reterr_path = flushed < 0 ? NULL : listing.walk.failed;
	return flushed < 0 ? flushed : walked;
}

int pf_end_changes(enum pf_changes_format format, int fd)
{
	if (format != PF_CHANGES_JSON)
		return 0;
	listing.out = (struct pf_output){.fd = fd};
	pf_output_put_string(&listing.out, is_begun ? "\n]\n" : "[]\n");
	return pf_output_flush(&listing.out);
}
