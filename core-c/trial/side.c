/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and describes one side of a difference (side.h). */
#define _GNU_SOURCE
#include "side.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "data.h"
#include "fault.h"
#include "files.h"

/* A larger file is shown as a binary file, in one line. */
#define LARGEST_TEXT (8 << 20)
/* A file with a NUL byte among its first bytes is binary, as for git. */
#define SAMPLE 8000

static int compare_attributes(const void *one, const void *other)
{
	return strcmp(((const struct pf_attribute *)one)->name,
		      ((const struct pf_attribute *)other)->name);
}

/* Reads the values of attributes with `size` bytes of names. */
static int read_values(int fd, const char *names, size_t size, const char *notes,
		       struct pf_side *ret)
{
	char path[PF_FD_PATH];
	struct pf_text bytes = {0};
	char *value = malloc(PF_ATTRIBUTES);
	int r = value ? 0 : PF_NO_MEMORY;

	pf_path_of_fd(fd, path);
	ret->attributes = calloc(size, sizeof(*ret->attributes));
	if (!ret->attributes)
		r = PF_NO_MEMORY;
	for (const char *at = names; r >= 0 && at < names + size; at += strlen(at) + 1) {
		ssize_t length;
		if (!pf_is_wanted(at, notes))
			continue;
		length = getxattr(path, at, value, PF_ATTRIBUTES);
		if (length < 0 && errno == ENODATA)
			continue;
		if (length < 0) {
			r = pf_fault(PF_CALL_GETXATTR);
			break;
		}
		ret->attributes[ret->attribute_count++].size = (size_t)length;
		pf_text_add(&bytes, at, strlen(at) + 1);
		pf_text_add(&bytes, value, (size_t)length);
	}
	free(value);
	ret->attribute_bytes = bytes.bytes;
	if (bytes.failed || r < 0)
		return r < 0 ? r : PF_NO_MEMORY;
	const char *at = bytes.bytes;
	for (size_t i = 0; at && i < ret->attribute_count; i++) {
		struct pf_attribute *one = &ret->attributes[i];
		one->name = at;
		one->value = at + strlen(at) + 1;
		at = one->value + one->size;
	}
	qsort(ret->attributes, ret->attribute_count, sizeof(*ret->attributes), compare_attributes);
	return 0;
}

static int read_attributes(int fd, const char *notes, struct pf_side *ret)
{
	char *names = malloc(PF_ATTRIBUTES);
	int size = names ? pf_list_attributes(fd, names) : PF_NO_MEMORY;
	int r = size > 0 ? read_values(fd, names, (size_t)size, notes, ret) : size;

	free(names);
	return r;
}

static int read_target(int fd, struct pf_side *ret)
{
	ret->target = malloc(PATH_MAX);
	ssize_t size = ret->target ? readlinkat(fd, "", ret->target, PATH_MAX) : 0;

	if (!ret->target)
		return PF_NO_MEMORY;
	ret->target_size = size > 0 ? (size_t)size : 0;
	return size < 0 ? pf_fault(PF_CALL_READLINK) : 0;
}

static int read_contents(int root, const char *path, struct pf_side *ret)
{
	struct stat status;
	PF_CLEANUP_FD int fd = pf_open_file(root, path, &status);
	int r = fd < 0 ? fd : pf_read_all(fd, LARGEST_TEXT, &ret->text, &ret->size);

	if (r < 0)
		return r;
	if (memchr(ret->text, '\0', ret->size < SAMPLE ? ret->size : SAMPLE)) {
		free(ret->text);
		ret->text = NULL;
	}
	return 0;
}

int pf_read_side(int root, const char *path, const char *notes, struct pf_side *ret)
{
	memset(ret, 0, sizeof(*ret));
	PF_CLEANUP_FD int fd = pf_open_below(root, path, O_PATH | O_NOFOLLOW);
	int r = fd < 0 ? fd : pf_status_of(fd, &ret->status);

	if (r >= 0)
		r = read_attributes(fd, notes, ret);
	if (r >= 0 && S_ISLNK(ret->status.st_mode))
		r = read_target(fd, ret);
	if (r >= 0 && S_ISREG(ret->status.st_mode) && ret->status.st_size <= LARGEST_TEXT)
		r = read_contents(root, path, ret);
	return r;
}

void pf_free_side(struct pf_side *side)
{
	free(side->text);
	free(side->target);
	free(side->attribute_bytes);
	free(side->attributes);
	memset(side, 0, sizeof(*side));
}

void pf_put_visible_bytes(struct pf_text *out, const char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		const unsigned char byte = (unsigned char)bytes[i];
		const char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
		if (byte < 0x20 || byte >= 0x7f || byte == '\\')
			pf_text_add(out, escaped, sizeof(escaped));
		else
			pf_text_add(out, bytes + i, 1);
	}
}

void pf_describe(struct pf_text *out, const struct pf_side *side)
{
	const struct stat *status = &side->status;

	switch (status->st_mode & S_IFMT) {
	case S_IFLNK:
		pf_text_put(out, "link -> ");
		pf_put_visible_bytes(out, side->target, side->target_size);
		break;
	case S_IFREG:
		pf_text_put(out, "file of ");
		pf_text_number(out, (uint64_t)status->st_size);
		pf_text_put(out, " bytes");
		break;
	case S_IFCHR:
	case S_IFBLK:
		pf_text_put(out, S_ISCHR(status->st_mode) ? "char device " : "block device ");
		pf_text_number(out, major(status->st_rdev));
		pf_text_put(out, ":");
		pf_text_number(out, minor(status->st_rdev));
		break;
	case S_IFDIR:
		pf_text_put(out, "directory");
		break;
	default:
		pf_text_put(out, S_ISFIFO(status->st_mode) ? "fifo" : "socket");
	}
}

/* Tells whether a new file has a mode that a patch cannot give the file. */
static int is_unusual(const struct stat *status)
{
	const mode_t mode = status->st_mode & 07777;

	if (S_ISREG(status->st_mode))
		return mode != 0644 && mode != 0755;
	return !S_ISDIR(status->st_mode) && mode != 0644;
}

static void put_head(struct pf_text *out, const char *what, const char *name)
{
	pf_text_put(out, what);
	pf_text_put(out, name);
	pf_text_put(out, ": ");
}

static void put_owner(struct pf_text *out, const struct stat *status)
{
	pf_text_number(out, status->st_uid);
	pf_text_put(out, ":");
	pf_text_number(out, status->st_gid);
}

static void put_attribute(struct pf_text *out, const char *name, const char *key, const char *act)
{
	put_head(out, "xattr ", name);
	pf_put_visible_bytes(out, key, strlen(key));
	pf_text_put(out, act);
}

/* Adds a line for each attribute that differs. Both lists are sorted. */
static void put_attributes(struct pf_text *out, const char *name, const struct pf_side *old,
			   const struct pf_side *now)
{
	const size_t olds = old ? old->attribute_count : 0;

	for (size_t i = 0, j = 0; i < olds || j < now->attribute_count;) {
		const struct pf_attribute *a = i < olds ? &old->attributes[i] : NULL;
		const struct pf_attribute *b =
			j < now->attribute_count ? &now->attributes[j] : NULL;
		const int order = !a ? 1 : !b ? -1 : strcmp(a->name, b->name);
		if (a && order < 0)
			put_attribute(out, name, a->name, " removed\n");
		else if (b && order > 0)
			put_attribute(out, name, b->name, " added\n");
		else if (a && b && (a->size != b->size || memcmp(a->value, b->value, a->size) != 0))
			put_attribute(out, name, a->name, " changed\n");
		i += order <= 0;
		j += order >= 0;
	}
}

/* Tells whether a new file belongs to another user than the caller of the trial, or, in a trial of
 * root, to another group than root's. */
static int is_foreign(const struct stat *status, uint32_t caller)
{
	return status->st_uid != caller || (caller == 0 && status->st_gid != 0);
}

void pf_put_notes(struct pf_text *out, const char *name, const struct pf_side *old,
		  const struct pf_side *now, uint32_t caller)
{
	const mode_t mode = now->status.st_mode & 07777;
	const mode_t old_mode = old ? old->status.st_mode & 07777 : 0;

	if (!S_ISLNK(now->status.st_mode) && (old ? mode != old_mode : is_unusual(&now->status))) {
		put_head(out, "mode ", name);
		if (old) {
			pf_text_digits(out, old_mode, 8, 4);
			pf_text_put(out, " -> ");
		}
		pf_text_digits(out, mode, 8, 4);
		pf_text_put(out, "\n");
	}
	if (old && (old->status.st_uid != now->status.st_uid ||
		    old->status.st_gid != now->status.st_gid)) {
		put_head(out, "owner ", name);
		put_owner(out, &old->status);
		pf_text_put(out, " -> ");
		put_owner(out, &now->status);
		pf_text_put(out, "\n");
	}
	if (!old && is_foreign(&now->status, caller)) {
		put_head(out, "owner ", name);
		put_owner(out, &now->status);
		pf_text_put(out, "\n");
	}
	put_attributes(out, name, old, now);
}
