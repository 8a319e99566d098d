/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the list and the copy of a container's changes. */
#ifndef PF_CHANGES_H
#define PF_CHANGES_H

#include "compiler.h"

/* pf_compile_changes() adds the operations. Call pf_compile_changes_check() first, which returns
 * 0, or -errno with *compiler->error filled in. */
int pf_compile_changes_check(struct pf_compiler *compiler);
void pf_compile_changes(struct pf_compiler *compiler);

#endif
