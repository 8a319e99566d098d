/* SPDX-License-Identifier: BSD-2-Clause */
/* Roots that are seen through the maps of the user namespace. */
#ifndef PF_IDMAPPED_H
#define PF_IDMAPPED_H

#include "builder.h"

/* Tells whether the files of a root belong to ids that the user namespace has inside, and not
 * outside: seen through the maps, they are its own. */
int pf_compile_is_idmapped(const struct pf_compiler *compiler);

/* A root that is seen through the maps: what the monitor opens, and what is mounted in the root.
 * pf_compile_idmapped_check() returns 0 or -errno. */
int pf_compile_idmapped_check(struct pf_compiler *compiler);
void pf_compile_idmapped(struct pf_compiler *compiler);
void pf_compile_idmapped_mounts(struct pf_compiler *compiler);

/* Tells whether something else will be mounted over a path of the root. */
int pf_is_covered(const struct pf_compiler *compiler, const char *path);

#endif
