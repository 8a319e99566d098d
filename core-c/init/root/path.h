/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resolves paths of the container, and makes files there. The files of the root directory may
 * belong to another user, who can replace them at any time. So paths are resolved by
 * openat2(RESOLVE_IN_ROOT), and every change is made through the resulting descriptor
 * (CVE-2021-30465, CVE-2025-31133, CVE-2025-52565).
 */
#ifndef PF_PATH_H
#define PF_PATH_H

#include <sys/stat.h>

#include "common/fd_path.h"
#include "init/base/run.h"

/* Sets the root directory in which the paths of the plan are resolved. Returns 0 or -errno. */
int pf_set_root(struct pf_run *run, int fd);

/* Opens a path inside the root. If pflask has mounted a file system on the path, begins at this
 * mount, so that the owner of the root directory cannot redirect the path. A path with ".." always
 * begins at the root. Returns a close-on-exec descriptor or -errno. */
int pf_open_path(const struct pf_run *run, const char *path, int flags);

/* Opens a path inside the root with O_PATH, and first makes the file and its parents if they are
 * missing. `mode` has the type (S_IFDIR, S_IFREG) and the permissions. Follows a dangling symbolic
 * link to its target inside the root. Returns a descriptor or -errno. */
int pf_make_path(struct pf_run *run, const char *path, mode_t mode);

/* Makes `name` in a directory: a directory, an empty file, or a symbolic link to `target`. Returns
 * an O_PATH descriptor or -errno. */
int pf_make_entry(int parent, const char *name, mode_t mode, const char *target);

/* Opens the directory or regular file of an O_PATH descriptor for reading, but reads nothing.
 * Returns a descriptor or -errno. */
int pf_reopen(int fd);

/* Makes a path as pf_make_path() does, for a mount point of a type (S_IFDIR, S_IFREG), and locks
 * it. Returns -EBUSY if the path leads, through a link, to the root directory or to the top of
 * another file system that pflask has mounted: no mount may cover these. */
int pf_make_mount_point(struct pf_run *run, const char *path, mode_t type);

/* Tells the monitor which mount points were locked since the last call. Init must call this
 * function before it closes all descriptors or becomes the command. Returns 0 or -errno. */
int pf_send_used_mount_points(struct pf_run *run);

/* Makes a symbolic link, and its parents if they are missing. Returns 0 or -errno. */
int pf_make_symlink(struct pf_run *run, const char *path, const char *target);

/* Opens the parent directory of a path. Returns a descriptor (O_PATH) or -errno. The caller must
 * close *ret_opened, a descriptor or negative. *ret_name is the last component of `path`. */
int pf_find_parent(const struct pf_run *run, const char *path, int *ret_opened,
		   const char **ret_name);

/* Opens the parent directory of a path with O_PATH, on a file system that pflask has mounted, and
 * makes the directory if it is missing. Returns -EXDEV if another file system is there. */
int pf_make_parent(struct pf_run *run, const char *path, const char **ret_name);

/* Tells whether the source of a mount was removed from the host after it was opened. If so, removes
 * the mount point; the caller must leave out the mount. Outside the skeleton of an ephemeral root,
 * always returns 0. */
int pf_remove_if_gone(const struct pf_run *run, int source, const char *path);

/* Records a file system that pflask has mounted at a path. Takes ownership of `fd`. Returns 0 or
 * -errno. */
int pf_remember_mount(struct pf_run *run, const char *path, int fd);

/* Finds a file, without following a link at the end of its path. For an entry of the top directory
 * of a file system that pflask has mounted, returns a descriptor (O_PATH) of this top directory,
 * with the entry's name in *ret_name; the entry need not exist. No other process can replace this
 * directory. For any other path, returns a descriptor of the existing file, and "" in *ret_name.
 * The caller must close *ret_opened, a descriptor or negative. Returns -errno on failure. */
int pf_find_place(const struct pf_run *run, const char *path, int *ret_opened,
		  const char **ret_name);

/* Attaches a mount tree at `name` in the directory `place`, or at `place` itself if the name is "".
 * `path` is the path of this mount point. Paths at and below `path` are from then on resolved in
 * the tree, because it covers the earlier mounts of pflask there. */
int pf_attach_over(struct pf_run *run, int tree, int place, const char *name, const char *path);

#endif
