/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles what restricts the command: resource limits, capabilities and no_new_privs. */
#ifndef PF_PRIVILEGES_H
#define PF_PRIVILEGES_H

#include "compiler.h"

/* Parses the fields, and refuses limits and capabilities that the caller or the container cannot
 * have. The identity and the network of the container must be known. Returns 0, or -errno with an
 * error. */
int pf_compile_privileges_check(struct pf_compiler *compiler);

/* Adds operations of the monitor that raise hard limits. */
void pf_compile_raised_limits(struct pf_compiler *compiler);

/* Add operations of the command's process. pf_compile_limits() adds resource limits.
 * pf_compile_bounding() adds the bounding set, which only root can change: it must come before the
 * change of the user. pf_compile_caps() adds the other sets and no_new_privs, and must come after
 * the change of the user. */
void pf_compile_limits(struct pf_compiler *compiler);
void pf_compile_bounding(struct pf_compiler *compiler);
void pf_compile_caps(struct pf_compiler *compiler);

#endif
