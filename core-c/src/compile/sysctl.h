/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles kernel settings that belong to the namespaces of a container (sysctl(8)). */
#ifndef PF_SYSCTL_H
#define PF_SYSCTL_H

#include "compiler.h"

/* Refuses a setting that does not belong to a namespace of the container. Returns 0, or -EINVAL
 * with an error. */
int pf_compile_sysctl_check(struct pf_compiler *compiler);

/* Adds the operation that opens a procfs for the settings, while init is still in the caller's
 * root: a mount of the spec may cover /proc in the container's root. */
void pf_compile_sysctl_source(struct pf_compiler *compiler);

/* Adds the operations that write the settings, after those for the interfaces, to which some
 * settings belong. */
void pf_compile_sysctls(struct pf_compiler *compiler);

#endif
