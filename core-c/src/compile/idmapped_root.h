/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles idmapped roots. In an idmapped root, the id maps of the user namespace also map the
 * owners of the root's files. */
#ifndef PF_IDMAPPED_ROOT_H
#define PF_IDMAPPED_ROOT_H

#include "compiler.h"

/* Tells whether the root must be mounted idmapped. An idmapped mount is necessary if the owner of
 * the root directory is not an outside id of the map. Without an idmapped mount, no id of the
 * container would own the files. */
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
