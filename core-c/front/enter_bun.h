/* SPDX-License-Identifier: BSD-2-Clause */
/* Enters Bun, as if there were no front. */
#ifndef PF_FRONT_ENTER_BUN_H
#define PF_FRONT_ENTER_BUN_H

#include <elf.h>
#include <stdint.h>

/* Notes the stack as the kernel made it. Returns the auxiliary vector on the stack. */
Elf64_auxv_t *pf_begun(uintptr_t *stack);

/* Returns the entry of the auxiliary vector with this type, or NULL. */
Elf64_auxv_t *pf_auxiliary(Elf64_auxv_t *first, uint64_t type);

/* Does what the kernel does for a program with a dynamic loader: maps the loader and starts it with
 * the stack of this process. The caller must have closed all descriptors of the front, and must
 * have changed neither signals nor the environment. Except for the memory of the front, Bun then
 * finds the process as the kernel has started it. A failure ends the process with one line on
 * standard error and the status 125. */
_Noreturn void pf_enter_bun(void);

#endif
