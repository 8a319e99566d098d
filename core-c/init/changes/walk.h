/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a directory tree and, beside it, a second tree with the same names: the upper and the lower
 * directory of an overlay, or a tree and its copy.
 *
 * A hostile user may have written the trees. The walk opens only directories below the root of
 * their tree. It uses openat2(2), and so never follows a symbolic link and never enters another
 * mount. The walk has only two directories open, however deep the tree is. The memory is static. If
 * the names of a directory do not fit, the walk reads the directory more than once. Names are
 * visited in the order of their bytes, and a directory is visited before its entries. A path longer
 * than PATH_MAX cannot be reached (ENAMETOOLONG).
 *
 * The walk changes the current directory, so the process must have one thread.
 */
#ifndef PF_WALK_H
#define PF_WALK_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The result of a visit: how the walk enters a directory. */
enum pf_walk_way {
	PF_WALK_SKIP,   /* the directory is not entered */
	PF_WALK_ALONE,  /* the second tree has no such directory */
	PF_WALK_BESIDE, /* both trees have the directory; visit the names of the first */
	PF_WALK_UNION,  /* both trees have the directory; visit the names of both */
};

/* A walk. The caller sets root, second_flags, visit and leave. */
struct pf_walk {
	int root[2]; /* root[1] is -1 if there is no second tree */

	/* Flags to open directories of the second tree. O_PATH is sufficient to look up names, and
	 * needs no read permission. For PF_WALK_UNION, the walk always reads directories. */
	int second_flags;

	/* Visits one name in the current directory. The first name is "." in the root. Returns how
	 * the walk enters the name, or -errno. */
	int (*visit)(struct pf_walk *walk, const char *name);

	/* Called after the last name of the current directory. May be NULL. Returns 0 or -errno. */
	int (*leave)(struct pf_walk *walk);

	/* Called for each failure, with the name in the current directory. May be NULL. */
	void (*fail)(struct pf_walk *walk, const char *name, int error);

	int dir[2]; /* the current directory in both trees; the second may be -1 */
	enum pf_walk_way way;
	int depth;           /* depth of the current directory; 0: the roots */
	char path[PATH_MAX]; /* path of the current directory below the root; "" is the root */

	int error; /* the first error; `failed` is its path */
	char failed[PATH_MAX + NAME_MAX + 2];
};

/* Walks the trees. If an error concerns one entry (EACCES, EPERM, ...), the walk leaves out the
 * entry and continues. If all further entries would fail, too (ENOSPC, EPIPE, ...), the walk ends
 * immediately. Returns 0, or -errno of the first failure, with its path in walk->failed. */
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

/* List, read and set extended attributes of a name in a directory. A symbolic link is not followed.
 * The functions change the current directory, which pf_walk() restores. For a file system without
 * attributes, the list is empty. */
ssize_t pf_list_xattrs(int dir, const char *name, char *list, size_t size);
ssize_t pf_get_xattr(int dir, const char *name, const char *key, void *value, size_t size);
int pf_set_xattr(int dir, const char *name, const char *key, const void *value, size_t size);

#endif
