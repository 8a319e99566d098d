/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes file systems, and opens, attaches and keeps mount trees. */
#ifndef PF_OP_MOUNT_H
#define PF_OP_MOUNT_H

#include "init/base/run.h"

/* Attaches a tree on top of the old root, where no process looks. Only an attached mount can be
 * cloned or become the root. Before Linux 6.15, a layer of an overlay must be attached, too. The
 * root must be attached last, because pivot_root removes the trees below the root together with the
 * old root. */
int pf_attach_on_top(struct pf_run *run, int tree);

/* Attaches a tree on top of the old root, and makes the tree the root in which paths are
 * resolved. */
int pf_attach_root(struct pf_run *run, int tree);

/* Sets options of a new file system: "key=value" or "key", separated by commas. Returns 0 or
 * -errno. */
int pf_set_options(int fs, const char *options);

/* Makes a file system that is not attached yet. `options` are separated by commas. Returns a
 * descriptor or -errno. */
int pf_new_filesystem(const char *type, const char *options, uint64_t attributes);

/* Opens (O_PATH) a path of the host, and checks that the path still leads to the file that the
 * caller found. `same` has the device and the inode that the caller found (arguments `i` in
 * ops.def). A device of 0 allows any file, and an inode of 0 allows any file of the device. Returns
 * a descriptor, -ELOOP if the path now has a symbolic link, -ESTALE if another file or directory is
 * at the path, or another -errno. */
int pf_open_same(const char *path, const uint64_t same[2], int flags);

/* Opens a path as pf_open_same() does, for an entry of a directory in which other processes make
 * and remove entries. If another entry of the same file system has the name now, the original entry
 * is gone: the function then returns -ENOENT. */
int pf_open_found(const char *path, const uint64_t same[2], int flags);

/* Opens a path as pf_open_same() does, for an operation whose arguments are a number, a path, a
 * device and an inode. Returns a detached copy of the mounts at the path, or -errno. */
int pf_open_source(const struct pf_run *run, const struct pf_op *op);

/* Keeps a descriptor as the source or layer with the number `slot`, and closes the previous
 * descriptor with this number. Takes ownership of `fd`. Returns 0 or -errno. If `fd` is -errno,
 * returns this error. */
int pf_store_source(struct pf_run *run, uint64_t slot, int fd);

#endif
