/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles the file systems that pflask mounts in every root other than the host's: /proc, /sys,
 * /dev and /run. The functions with "sources" in their names add operations that open files of the
 * host, which come first in the plan.
 */
#ifndef PF_ROOT_FILESYSTEMS_H
#define PF_ROOT_FILESYSTEMS_H

#include "compiler.h"

/* Tells whether pf_compile_root() mounts a new file system on a path. */
int pf_is_fresh(const char *path);

/* Add the operations that mount /proc, /sys, /dev and /run. */
void pf_compile_root_sources(struct pf_compiler *compiler);
void pf_compile_root(struct pf_compiler *compiler);

/* Protects a proc file system at `path` like /proc, with `chroot` or `ephemeral`: paths that
 * concern the whole host become read-only or hidden. Does nothing with `unmaskProc`. */
void pf_compile_protect_proc(struct pf_compiler *compiler, const char *path);

/* Tells whether a sysfs must be a bind mount: in a user namespace, the kernel refuses a new sysfs
 * of a network namespace that another user namespace owns. */
int pf_compile_binds_sys(const struct pf_compiler *compiler);

/* Adds a sysfs that is protected like /sys. If it must be a bind mount, `source` is the tree to
 * bind. */
void pf_compile_sysfs(struct pf_compiler *compiler, const char *path, uint64_t attributes,
		      unsigned source);

/* Mount attributes of a devpts. */
#define PF_DEVPTS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* Add a devpts, with the options `more` (each after a comma), and open the command's pty there. */
void pf_compile_devpts(struct pf_compiler *compiler, const char *path, uint64_t attributes,
		       const char *more);
void pf_compile_terminal(struct pf_compiler *compiler);

/* Adds a new /dev on any path. */
void pf_compile_dev(struct pf_compiler *compiler, const char *path, uint64_t attributes);

#endif
