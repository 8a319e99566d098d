/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles ephemeral roots. Also compiles the parts of ephemeral and idmapped roots
 * (compiler.h). */
#ifndef PF_EPHEMERAL_ROOT_H
#define PF_EPHEMERAL_ROOT_H

#include "compiler.h"

/* Compile an ephemeral root. pf_compile_ephemeral_check() returns 0, or -errno with
 * *compiler->error filled in. */
int pf_compile_ephemeral_check(struct pf_compiler *compiler);
void pf_choose_ephemeral_parts(struct pf_compiler *compiler);
void pf_compile_ephemeral_sources(struct pf_compiler *compiler);
void pf_compile_ephemeral(struct pf_compiler *compiler);
void pf_compile_ephemeral_free(struct pf_compiler *compiler);

/* Plans a part of an ephemeral or idmapped root. Returns the part, or NULL if there is no
 * memory. */
struct pf_root_part *pf_add_root_part(struct pf_compiler *compiler, enum pf_root_part_kind kind,
				      const char *path);

/* Adds the operations that make a part of an ephemeral or idmapped root. */
void pf_compile_root_part(struct pf_compiler *compiler, const struct pf_root_part *part);

/* Writes the host's path for a path in the container's root to `ret`. Returns `ret`. */
const char *pf_path_on_host(const struct pf_compiler *compiler, const char *path,
			    char ret[PATH_MAX]);

#endif
