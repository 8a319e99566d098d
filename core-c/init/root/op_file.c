/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that copy texts and files into the container's root. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "path.h"

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Copies all data of one descriptor to another. Reads a regular file from its current position,
 * without moving the position, because other processes may share the open file. */
static int copy_all(int from, int to)
{
	off_t at = lseek(from, 0, SEEK_CUR);
	int has_position = at >= 0;
	char buffer[16384];
	ssize_t n;

	do {
		n = has_position ? pread(from, buffer, sizeof(buffer), at)
				 : read(from, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		int r = n < 0 ? -errno : write_all(to, buffer, (size_t)n);
		if (r < 0)
			return r;
		at += n;
	} while (n != 0);
	return 0;
}

/* Creates a file for the current operation on pflask's own tmpfs. The tmpfs exists as long as one
 * of its files is bound into the container. Returns a descriptor open for writing, and the name of
 * the file. */
static int make_file(const struct pf_run *run, mode_t mode, char ret_name[PF_DECIMAL_SIZE])
{
	pf_write_decimal((uint64_t)run->index, ret_name);
	int fd = openat(run->inside.files, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

static int bind_file(struct pf_run *run, const char *name, uint64_t attributes, const char *path)
{
	PF_CLEANUP_FD int tree = pf_open_tree(run->inside.files, name, OPEN_TREE_CLONE);
	int r = tree;

	if (r >= 0 && attributes)
		r = pf_mount_setattr(tree, 0, attributes, 0);
	if (r < 0)
		return r;
	PF_CLEANUP_FD int place = pf_make_mount_point(run, path, S_IFREG);
	return place < 0 ? place : pf_move_mount(tree, place, "");
}

int pf_op_file(struct pf_run *run, const struct pf_op *op)
{
	char name[PF_DECIMAL_SIZE];
	PF_CLEANUP_FD int fd = make_file(run, (mode_t)op->arg[2], name);
	int r = fd < 0 ? fd : copy_all((int)op->arg[0], fd);

	return r < 0 ? r : bind_file(run, name, op->arg[3], pf_arg_string(run, op, 1));
}

/* Writes a file in place, if it is on a file system that pflask has mounted. Elsewhere,
 * pf_op_text() binds a file over the path. */
int pf_op_write(struct pf_run *run, const struct pf_op *op)
{
	const char *path = pf_arg_string(run, op, 0), *text = pf_arg_string(run, op, 2), *name;
	PF_CLEANUP_FD int parent = pf_make_parent(run, path, &name);
	if (parent < 0)
		return parent;
	PF_CLEANUP_FD int fd =
		openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       (mode_t)op->arg[1]);
	return fd < 0 ? -errno : write_all(fd, text, strlen(text));
}

int pf_op_text(struct pf_run *run, const struct pf_op *op)
{
	const char *text = pf_arg_string(run, op, 1);
	char name[PF_DECIMAL_SIZE];
	PF_CLEANUP_FD int fd = make_file(run, 0644, name);
	int r = fd < 0 ? fd : write_all(fd, text, strlen(text));

	return r < 0 ? r : bind_file(run, name, 0, pf_arg_string(run, op, 0));
}
