/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles the mounts of the spec. A function with "sources" in its name adds operations that open
 * files of the host. In the plan, these operations come before the operations that mount.
 * pf_compile_take() adds operations that lock the directories to which overlays write.
 */
#ifndef PF_MOUNTS_H
#define PF_MOUNTS_H

#include "compiler.h"

/* Compile the mounts. Call pf_compile_mounts_check() first, which returns 0, or -errno with
 * *compiler->error filled in. */
int pf_compile_mounts_check(struct pf_compiler *compiler);
void pf_compile_mount_sources(struct pf_compiler *compiler);
void pf_compile_idmap_sources(struct pf_compiler *compiler);
int pf_compile_has_mount(const struct pf_compiler *compiler, const char *dest);
void pf_compile_take(struct pf_compiler *compiler);
int pf_compile_has_files(const struct pf_compiler *compiler);
void pf_compile_mounts(struct pf_compiler *compiler);

/* Refuses a writable sysfs that must be a bind of the host's. Returns 0, or -EINVAL with an
 * error. */
int pf_compile_sysfs_check(struct pf_compiler *compiler);

/* Adds the operations that set how the mounts propagate, after the root has been entered. */
void pf_compile_propagation(struct pf_compiler *compiler);
void pf_compile_mounts_free(struct pf_compiler *compiler);

#endif
