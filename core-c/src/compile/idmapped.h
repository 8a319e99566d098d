/* SPDX-License-Identifier: BSD-2-Clause */
/* Idmapped roots: the owners of the root's files are seen through the maps of the user namespace.
 */
#ifndef PF_IDMAPPED_H
#define PF_IDMAPPED_H

#include "builder.h"

/* Tells whether a root needs to be idmapped: the ids of its owners exist inside the user namespace
 * and not outside, so that the files belong to the container only through the maps. */
int pf_compile_is_idmapped(const struct pf_compiler *compiler);

/* Compile an idmapped root. pf_compile_idmapped() adds the mounts that the monitor opens and maps;
 * pf_compile_idmapped_mounts() adds the mounts in the root. pf_compile_idmapped_check() returns 0,
 * or -errno with *compiler->error filled in. */
int pf_compile_idmapped_check(struct pf_compiler *compiler);
void pf_compile_idmapped(struct pf_compiler *compiler);
void pf_compile_idmapped_mounts(struct pf_compiler *compiler);

/* Tells whether another mount will cover a path of the root. */
int pf_is_covered(const struct pf_compiler *compiler, const char *path);

#endif
