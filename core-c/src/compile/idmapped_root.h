/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles idmapped roots: the container's id maps apply to the owners of the root's files, too. */
#ifndef PF_IDMAPPED_ROOT_H
#define PF_IDMAPPED_ROOT_H

#include "compiler.h"

/* Tells whether the root must be mounted idmapped: whether the owner of the root directory is not
 * an outside id of the map. Without an idmapped mount, the files would belong to no id of the
 * container. */
int pf_compile_is_idmapped(const struct pf_compiler *compiler);

/* Compile an idmapped root. pf_compile_idmapped() adds the mounts that the monitor opens and maps.
 * pf_compile_idmapped_mounts() attaches these mounts in the root. pf_compile_idmapped_check()
 * returns 0, or -errno with *compiler->error filled in. */
int pf_compile_idmapped_check(struct pf_compiler *compiler);
void pf_compile_idmapped(struct pf_compiler *compiler);
void pf_compile_idmapped_mounts(struct pf_compiler *compiler);

/* Tells whether another mount will cover a path of the root. */
int pf_is_covered(const struct pf_compiler *compiler, const char *path);

#endif
