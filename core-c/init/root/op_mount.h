/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems and trees that are mounted, or are about to be. */
#ifndef PF_OP_MOUNT_H
#define PF_OP_MOUNT_H

#include "init/base/run.h"

/* Attaches a tree to the top of the old root, where no process looks. A mount must be attached
 * before it can be a layer of an overlay (before Linux 6.15), be cloned, or become the root. The
 * root comes last: the mounts below it go with the old root. */
int pf_attach_on_top(struct pf_run *run, int tree);

/* Attaches a tree on top of the old root, and makes it the root in which paths are resolved. */
int pf_take_root(struct pf_run *run, int tree);

/* Sets options of a new file system: "key=value" or "key", separated by commas. Returns 0 or
 * -errno. */
int pf_set_options(int fs, const char *options);

/* Makes a file system that is not attached yet. `options` are separated by commas. Returns a
 * descriptor or -errno. */
int pf_new_filesystem(const char *type, const char *options, uint64_t attributes);

/* Opens (O_PATH) a path of the host. `same` is the device and inode that the caller has opened at
 * the path (arguments `i`), or 0; an inode of 0 is any. Returns a descriptor, -ELOOP where the path
 * has a symbolic link by now, -ESTALE where another file or directory is there, or another
 * -errno. */
int pf_open_same(const char *path, const uint64_t same[2], int flags);

/* As pf_open_same(), for an entry of a directory in which other processes make and remove entries.
 * Another entry in the same file system means that the original is gone (-ENOENT). */
int pf_open_found(const char *path, const uint64_t same[2], int flags);

/* As pf_open_same(), for an operation with a number, a path, and the device and inode. Returns a
 * copy of the mounts at the path that is not attached, or -errno. */
int pf_open_source(const struct pf_run *run, const struct pf_op *op);

/* Keeps a descriptor as the source or layer with the number `slot`, and closes the previous one.
 * Takes ownership of `fd`. Returns 0 or -errno. Where `fd` is a -errno, returns that error. */
int pf_keep_source(struct pf_run *run, uint64_t slot, int fd);

#endif
