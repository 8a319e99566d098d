/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes file systems, and opens, attaches and stores mount trees. */
#ifndef PF_OP_MOUNT_H
#define PF_OP_MOUNT_H

#include "init/base/run.h"

/* Attaches a mount tree on top of the old root, where no process looks it up. Only an attached
 * mount can be cloned, become the root or, before Linux 6.15, be a layer of an overlay. The
 * container's root must be attached last: pivot_root removes all trees below it, together with the
 * old root. */
int pf_attach_on_top(struct pf_run *run, int tree);

/* Attaches a mount tree on top of the old root, and makes it the root against which paths of the
 * plan are resolved. */
int pf_attach_root(struct pf_run *run, int tree);

/* Sets options of a new file system, "key=value" or "key", with commas between them. Returns 0 or
 * -errno. */
int pf_set_options(int fs, const char *options);

/* Makes a file system, not yet attached. `options` have commas between them. Returns a mount
 * descriptor or -errno. */
int pf_new_filesystem(const char *type, const char *options, uint64_t attributes);

/* Opens a path of the host with O_PATH, and checks that it is still the file that the caller has
 * found. `same` has the device and the inode that the caller saw (arguments `i` in ops.def). A
 * device of 0 allows any file, and an inode of 0 allows any file of the device. Returns a
 * descriptor, -ELOOP if the path has a symbolic link, -ESTALE if the path leads to another file, or
 * another -errno. */
int pf_open_same(const char *path, const uint64_t same[2], int flags);

/* Opens a path as pf_open_same() does, for an entry that other processes may remove at any time.
 * Returns -ENOENT if another entry of the same file system now has the name, because the original
 * entry is gone. */
int pf_open_found(const char *path, const uint64_t same[2], int flags);

/* Opens the source of an operation with the arguments number, path, device and inode, as
 * pf_open_same() does. Returns a detached copy of the mounts at the path, or -errno. */
int pf_open_source(const struct pf_run *run, const struct pf_op *op);

/* Stores a descriptor as source or layer `slot` of the plan, and closes the previous descriptor of
 * this slot. Takes ownership of `fd`. Returns 0 or -errno. If `fd` is -errno, returns this
 * error. */
int pf_store_source(struct pf_run *run, uint64_t slot, int fd);

#endif
