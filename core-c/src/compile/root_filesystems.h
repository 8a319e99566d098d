/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles the file systems that pflask mounts in every root other than the host's: /proc, /sys,
 * /dev, /run. A function with "sources" in its name adds operations that open files of the host. In
 * the plan, these operations come before the operations that mount.
 */
#ifndef PF_ROOT_FILESYSTEMS_H
#define PF_ROOT_FILESYSTEMS_H

#include "compiler.h"

/* Tells whether pf_compile_root() mounts a new file system over a path. */
int pf_is_fresh(const char *path);

/* Mount /proc, /sys, /dev and /run. */
void pf_compile_root_sources(struct pf_compiler *compiler);
void pf_compile_root(struct pf_compiler *compiler);

/* With `chroot` or `ephemeral`, protects a fresh proc file system at `path` in the same way as
 * /proc: makes paths that concern the whole machine read-only, or hides them. With `unmaskProc`,
 * does nothing. */
void pf_compile_protect_proc(struct pf_compiler *compiler, const char *path);

/* Tells whether a sysfs must be a bind: in a user namespace, the kernel refuses a new sysfs of a
 * network that another user namespace owns. */
int pf_compile_binds_sys(const struct pf_compiler *compiler);

/* Mounts a sysfs, protected as /sys is. `source` is the tree to bind, if there must be a bind. */
void pf_compile_sysfs(struct pf_compiler *compiler, const char *path, uint64_t attributes,
		      unsigned source);

/* The attributes of a devpts. */
#define PF_DEVPTS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* Mount a devpts file system, with `more` options, each after a comma, and open the pty of the
 * command there. */
void pf_compile_devpts(struct pf_compiler *compiler, const char *path, uint64_t attributes,
		       const char *more);
void pf_compile_terminal(struct pf_compiler *compiler);

/* Makes a new /dev at any path. */
void pf_compile_dev(struct pf_compiler *compiler, const char *path, uint64_t attributes);

#endif
