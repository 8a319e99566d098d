/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resolves and makes paths of the container. Another user may have written the files of the root,
 * and can change them at any time. So every path is resolved by openat2(RESOLVE_IN_ROOT), and every
 * change is made through the descriptor (CVE-2021-30465, CVE-2025-31133, CVE-2025-52565).
 */
#ifndef PF_PATH_H
#define PF_PATH_H

#include <sys/stat.h>

#include "common/fd_path.h"
#include "init/base/run.h"

/* Makes a directory the root in which paths are resolved. Returns 0 or -errno. */
int pf_set_root(struct pf_run *run, int fd);

/* Opens a path inside the root. A path below a file system that pflask has mounted is resolved from
 * that mount, even if the owner of the root has replaced a part of the path. A path with a ".." is
 * always resolved from the root. Returns a close-on-exec descriptor or -errno. */
int pf_open_path(const struct pf_run *run, const char *path, int flags);

/* Opens (O_PATH) a path inside the root. Makes the path and its parents if they are missing. `mode`
 * has the type (S_IFDIR, S_IFREG) and the permissions. A dangling symbolic link is followed to its
 * target inside the root. Returns a descriptor or -errno. */
int pf_make_path(struct pf_run *run, const char *path, mode_t mode);

/* Makes `name` in a directory: a directory, an empty file, or a symbolic link to `target`. Returns
 * an O_PATH descriptor or -errno. */
int pf_make_entry(int parent, const char *name, mode_t mode, const char *target);

/* Opens the directory or regular file of an O_PATH descriptor for reading, but reads nothing.
 * Returns a descriptor or -errno. */
int pf_reopen(int fd);

/* Makes a path as pf_make_path() does, for a mount point of a type (S_IFDIR, S_IFREG). No mount may
 * cover the root itself, or the top of a file system that pflask has mounted at another path.
 * Returns -EBUSY if the path leads to such a place through a link. */
int pf_make_mount_point(struct pf_run *run, const char *path, mode_t type);

/* Sends the monitor the mount points that were locked since the last call. Init must call this
 * function before it closes all descriptors, or becomes the command. Returns 0 or -errno. */
int pf_send_used_mount_points(struct pf_run *run);

/* Makes a symbolic link, and its parents if they are missing. Returns 0 or -errno. */
int pf_make_symlink(struct pf_run *run, const char *path, const char *target);

/* Finds the directory that holds a path. Returns a descriptor (O_PATH) or -errno. *ret_opened is a
 * descriptor that the caller must close, or negative. *ret_name is the last name in `path`. */
int pf_find_parent(const struct pf_run *run, const char *path, int *ret_opened,
		   const char **ret_name);

/* Opens (O_PATH) the directory that holds a path in a file system that pflask mounted itself. Makes
 * a missing directory. Returns -EXDEV if pflask did not mount the file system of the path. */
int pf_make_parent(struct pf_run *run, const char *path, const char **ret_name);

/* Tells whether the source of a mount is gone: a file or directory of the host that was removed
 * after it was opened. If the source is gone, removes the mount point, and the caller must leave
 * out the mount. While init does not build the skeleton of an ephemeral root, returns 0. */
int pf_remove_if_gone(const struct pf_run *run, int source, const char *path);

/* Remembers a file system that was mounted at a path. Takes ownership of `fd`. Returns 0 or
 * -errno. */
int pf_remember_mount(struct pf_run *run, const char *path, int fd);

/* Finds a file or directory, but does not follow a link at the end of the path. If the path lies
 * directly in the top directory of a file system that pflask has mounted, returns a descriptor of
 * that directory (O_PATH). *ret_name is then the name in the directory. No other process can
 * replace this directory meanwhile. The name may not exist. For any other path, returns a
 * descriptor of the existing file itself, and *ret_name is "". *ret_opened is a descriptor that the
 * caller must close, or negative. Returns -errno on failure. */
int pf_find_place(const struct pf_run *run, const char *path, int *ret_opened,
		  const char **ret_name);

/* Attaches a tree at `name` in the directory `place`, or at `place` itself if the name is "".
 * `path` is the path of this place. The tree covers the mounts of pflask at and below `path`. From
 * then on, `path` and the paths below it lead into the tree. */
int pf_attach_over(struct pf_run *run, int tree, int place, const char *name, const char *path);

#endif
