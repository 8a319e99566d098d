/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems and trees that are mounted, or are about to be. */
#ifndef PF_OP_MOUNT_H
#define PF_OP_MOUNT_H

#include "init/base/run.h"

/* Attaches a tree to the top of the old root, where nobody looks: a mount has to be attached to be
 * a layer of an overlay (before Linux 6.15), to be cloned, or to become the root. The root comes
 * last: what is below it goes with the old root. */
int pf_attach_on_top(struct pf_run *run, int tree);

/* Makes a tree, attached on top of the old root, the root that paths are resolved in. */
int pf_take_root(struct pf_run *run, int tree);

/* Sets options, "key=value" or "key", separated by commas, of a file system to be. Returns 0 or
 * -errno. */
int pf_set_options(int fs, const char *options);

/* Makes a file system that is attached nowhere yet; `options` are separated by commas. Returns a
 * descriptor or -errno. */
int pf_new_filesystem(const char *type, const char *options, uint64_t attributes);

/* Opens (O_PATH) what a path of the host names. `same` is the device and inode of what the caller
 * has opened at the path (arguments `i`), or 0; an inode of 0 is any. Returns a descriptor,
 * -ELOOP where there is a symbolic link in the path by now, -ESTALE where there is another file
 * or directory, or -errno. */
int pf_open_same(const char *path, const uint64_t same[2], int flags);

/* The same for an entry of a directory in which others make and remove entries: another one in the
 * same file system means that the one that was found is gone (-ENOENT). */
int pf_open_found(const char *path, const uint64_t same[2], int flags);

/* The same, for an operation that has a number, a path, and the device and inode: a copy of what is
 * mounted there, attached nowhere. */
int pf_open_source(const struct pf_run *run, const struct pf_op *op);

/* Keeps a descriptor, which is given away, as the source or layer of a number, in the place of what
 * had the number before. Returns 0 or -errno: that of a descriptor that is none, too. */
int pf_keep_source(struct pf_run *run, uint64_t slot, int fd);

#endif
