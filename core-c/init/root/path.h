/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths of the container. Someone else may have written what is in its root, and may write while
 * we look: every path is resolved by openat2(RESOLVE_IN_ROOT), and what is done is done to the
 * descriptor (CVE-2021-30465, CVE-2025-31133, CVE-2025-52565).
 */
#ifndef PF_PATH_H
#define PF_PATH_H

#include <sys/stat.h>

#include "common/fd_path.h"
#include "init/base/run.h"

/* Makes a directory the root that paths are resolved in. Returns 0 or -errno. */
int pf_set_root(struct pf_run *run, int fd);

/* Opens a path inside the root. A path below a file system that pflask mounted itself is resolved
 * from that mount, whatever the root's owner has put in its way since; unless it has a "..".
 * Returns a close-on-exec descriptor or -errno. */
int pf_open_path(const struct pf_run *run, const char *path, int flags);

/* Opens (O_PATH) a path inside the root, making it and its parents where they are missing; `mode`
 * has the type (S_IFDIR, S_IFREG) and the permissions. A dangling symbolic link is followed to
 * where it points inside the root. Returns a descriptor or -errno. */
int pf_make_path(struct pf_run *run, const char *path, mode_t mode);

/* Makes `name` in a directory: a directory, an empty file, or a symbolic link to `target`. Returns
 * a descriptor (O_PATH) of it or -errno. */
int pf_make_here(int parent, const char *name, mode_t mode, const char *target);

/* Opens for reading what an O_PATH descriptor stands for: a directory or a regular file, of which
 * nothing is read. Returns a descriptor or -errno. */
int pf_reopen(int fd);

/* As pf_make_path(), for a place to mount at, of a type (S_IFDIR, S_IFREG). Returns -EBUSY where a
 * link has led to the root itself or to the top of a file system that pflask has mounted for
 * another path: what is there must stay in reach. */
int pf_make_mount_point(struct pf_run *run, const char *path, mode_t type);

/* Sends the monitor the mount points that were locked since the last time: before init closes
 * everything, or becomes the command. Returns 0 or -errno. */
int pf_send_used(struct pf_run *run);

/* Makes a symbolic link, and its parents where they are missing. */
int pf_make_symlink(struct pf_run *run, const char *path, const char *target);

/* Opens (O_PATH) the directory that holds a path; *ret_name is the last component, in `path`. */
int pf_open_parent(const struct pf_run *run, const char *path, const char **ret_name);

/* The same, of a file system that pflask has mounted itself, which is made where it is missing.
 * Returns -EXDEV where the path leads to no such file system. */
int pf_make_parent(struct pf_run *run, const char *path, const char **ret_name);

/* Tells whether what was to be mounted in a skeleton has been removed from the host since it was
 * opened. It is left out then, and its mount point removed. */
int pf_is_gone(const struct pf_run *run, int source, const char *path);

/* Remembers a file system that was mounted at a path; `fd` is given away. Returns 0 or -ENFILE. */
int pf_remember_mount(struct pf_run *run, const char *path, int fd);

/* Attaches a tree at a place that was found by a path. It covers what pflask has mounted there and
 * below: paths lead into the tree from now on. */
int pf_cover(struct pf_run *run, int tree, int place, const char *path);

#endif
