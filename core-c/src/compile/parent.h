/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the parent process of the caller, for dieWithParent. */
#ifndef PF_COMPILE_PARENT_H
#define PF_COMPILE_PARENT_H

#include "compiler.h"

/* Opens a pidfd of the caller's parent if the spec asks for dieWithParent. Returns 0 or -errno. */
int pf_compile_parent_check(struct pf_compiler *compiler);

#endif
