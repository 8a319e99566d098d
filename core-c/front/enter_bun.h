/* SPDX-License-Identifier: BSD-2-Clause */
/* Enters Bun: starts Bun in this process, as if the kernel had started Bun without the front. */
#ifndef PF_FRONT_ENTER_BUN_H
#define PF_FRONT_ENTER_BUN_H

#include <elf.h>
#include <stdint.h>

/* Notes the initial stack of the process. Returns the auxiliary vector (getauxval(3)) on this
 * stack. */
Elf64_auxv_t *pf_begun(uintptr_t *stack);

/* Returns the entry of the auxiliary vector with this type, or NULL. */
Elf64_auxv_t *pf_auxiliary(Elf64_auxv_t *first, uint64_t type);

/* Does what the kernel does for a program with a dynamic loader: maps the loader, and starts the
 * loader with the initial stack. The caller must have closed all descriptors of the front, and must
 * not have changed signals or the environment. Bun then finds the process as the kernel started it,
 * with the front's memory as the only difference. On failure, prints one line on standard error and
 * exits with status 125. */
_Noreturn void pf_enter_bun(void);

#endif
