/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a directory tree and, beside it, a second tree with the same names: an overlay's upper and
 * lower directory, or a tree and its copy.
 *
 * A hostile user may have written the trees. The walk opens only directories, each below the root
 * of its tree, by openat2(2): never through a symbolic link, never into another mount. Two
 * directories are open at a time, however deep the tree is. The memory is static; a directory with
 * more names than fit is read more than once. Names are visited in the order of their bytes, a
 * directory before its entries. Paths longer than PATH_MAX are out of reach, as for any program:
 * ENAMETOOLONG.
 *
 * The walk changes the current directory, so the process must have one thread.
 */
#ifndef PF_WALK_H
#define PF_WALK_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The result of a visit: how to descend into a directory. */
enum pf_walk_way {
	PF_WALK_SKIP,   /* not at all */
	PF_WALK_ALONE,  /* the second tree has no such directory */
	PF_WALK_BESIDE, /* both have it; the names are those of the first */
	PF_WALK_UNION,  /* both have it; the names are those of either */
};

struct pf_walk {
	int root[2]; /* set by the caller, as are visit and leave; the second may be -1: no tree */

	int second_flags; /* how to open directories of the second tree: O_PATH is enough to look
			   * up names, and works where a directory may only be searched; a union
			   * is always read */

	/* Visits one name in the directory at hand; the first is "." in the root. Returns how to
	 * descend into it, or -errno. */
	int (*visit)(struct pf_walk *walk, const char *name);

	/* Called when the directory at hand is done; or NULL. Returns 0 or -errno. */
	int (*leave)(struct pf_walk *walk);

	int dir[2]; /* the directory at hand in both trees; the second may be -1 */
	enum pf_walk_way way;
	int depth;           /* 0: the roots */
	char path[PATH_MAX]; /* below the root; "" is the root */

	int error; /* the first error, and its path */
	char failed[PATH_MAX + NAME_MAX + 2];
};

/* Walks the trees. An entry that fails by itself (EACCES, EPERM, ...) is left out, and the walk
 * goes on. An error that all other entries would have, too (ENOSPC, EPIPE, ...), ends the walk at
 * once. Returns 0, or -errno of the first failure, with its path in walk->failed. */
int pf_walk(struct pf_walk *walk);

/* Opens a path below a directory; "" is the directory itself. No part of the path may be a symbolic
 * link or lie in another mount. Returns a close-on-exec descriptor or -errno. */
int pf_open_below(int dir, const char *path, int flags);

/* As fstatat(2) of a name in a directory, or of a symbolic link itself. Returns 0, -EXDEV where a
 * file system is mounted there, whose server may not answer, or another -errno. */
int pf_stat_unmounted(int dir, const char *name, struct stat *ret);

/* Returns 1 where an open directory is empty, else 0, or -errno. */
int pf_is_empty(int dir);

/* Opens a regular file in a directory for reading. Opens no other type, because opening a device or
 * a fifo has effects. Returns a descriptor or -errno. */
int pf_open_file(int dir, const char *name);

/* Extended attributes of a name in a directory, or of a symbolic link itself. The functions change
 * the current directory, which pf_walk() restores. A file system without attributes has an empty
 * list. */
ssize_t pf_list_xattrs(int dir, const char *name, char *list, size_t size);
ssize_t pf_get_xattr(int dir, const char *name, const char *key, void *value, size_t size);
int pf_set_xattr(int dir, const char *name, const char *key, const void *value, size_t size);

#endif
