/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a directory tree together with a second tree that has the same names: the upper and the
 * lower directory of an overlay, or a tree and its copy.
 *
 * A hostile user may have written the trees. The walk opens only directories below the root of
 * their tree, by openat2(2), and never follows a symbolic link or enters another mount. The walk
 * has two directories open, however deep the tree is. The memory is static: if the names of a
 * directory do not fit, the walk reads the directory more than once. Names are visited in the order
 * of their bytes, and a directory is visited before its entries. A path longer than PATH_MAX cannot
 * be reached (ENAMETOOLONG).
 *
 * The walk changes the current directory, so the process must have one thread.
 */
#ifndef PF_WALK_H
#define PF_WALK_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

/* How the walk continues with a visited name. */
enum pf_walk_way {
	PF_WALK_SKIP,   /* do not enter the name */
	PF_WALK_ALONE,  /* enter the directory, which only the first tree has */
	PF_WALK_BESIDE, /* enter the directory in both trees, and visit the names of the first */
	PF_WALK_UNION,  /* enter the directory in both trees, and visit the names of both */
};

/* The state of a walk. The caller sets root, second_flags, visit and leave. */
struct pf_walk {
	int root[2]; /* root directories of the two trees; root[1] is -1 without a second tree */

	/* Flags of open(2) for directories of the second tree. O_PATH suffices to look up names,
	 * and needs no read permission. With PF_WALK_UNION, directories are always opened for
	 * reading. */
	int second_flags;

	/* Visits one name in the current directory. The first name is "." in the root. Returns how
	 * the walk enters the name, or -errno. */
	int (*visit)(struct pf_walk *walk, const char *name);

	/* Called after the last name of the current directory; may be NULL. Returns 0 or -errno. */
	int (*leave)(struct pf_walk *walk);

	/* Called for each failure, with the name in the current directory. May be NULL. */
	void (*fail)(struct pf_walk *walk, const char *name, int error);

	int dir[2]; /* the current directory in both trees; the second may be -1 */
	enum pf_walk_way way;
	int depth;           /* depth of the current directory; 0 is the root */
	char path[PATH_MAX]; /* path of the current directory below the root; "" is the root */

	int error; /* the first error, whose path is `failed` */
	char failed[PATH_MAX + NAME_MAX + 2];
};

/* Walks the trees. An error that concerns one entry (EACCES, EPERM, ...) leaves out this entry. An
 * error that all further entries would have, too (ENOSPC, EPIPE, ...), ends the walk. Returns 0, or
 * the first error as -errno, with its path in walk->failed. */
int pf_walk(struct pf_walk *walk);

/* Opens a path below a directory; "" is the directory itself. No part of the path may be a symbolic
 * link or lie in another mount. Returns a close-on-exec descriptor or -errno. */
int pf_open_below(int dir, const char *path, int flags);

/* Reads the status of a name in a directory, as fstatat(2) does, and does not follow a symbolic
 * link. Returns 0, or -errno. Returns -EXDEV if a file system is mounted on the name, because the
 * server of that file system might not answer. */
int pf_stat_unmounted(int dir, const char *name, struct stat *ret);

/* Returns 1 if an open directory is empty, 0 if not, or -errno. */
int pf_is_empty(int dir);

/* Opens a regular file in a directory for reading. Opens no other type, because opening a device or
 * a fifo has effects. Returns a descriptor or -errno. */
int pf_open_file(int dir, const char *name);

/* List, read and set extended attributes of a name in a directory, without following a symbolic
 * link. The functions change the current directory, which pf_walk() restores. On a file system
 * without extended attributes, the list is empty. */
ssize_t pf_list_xattrs(int dir, const char *name, char *list, size_t size);
ssize_t pf_get_xattr(int dir, const char *name, const char *key, void *value, size_t size);
int pf_set_xattr(int dir, const char *name, const char *key, const void *value, size_t size);

#endif
