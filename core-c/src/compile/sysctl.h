/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the settings of the kernel that belong to the namespaces of a container. */
#ifndef PF_SYSCTL_H
#define PF_SYSCTL_H

#include "compiler.h"

/* Refuses a setting that does not belong to a namespace of the container. Returns 0, or -EINVAL
 * with an error. */
int pf_compile_sysctl_check(struct pf_compiler *compiler);

/* Adds the operation that opens a procfs. Comes before init leaves the caller's root: the mounts of
 * the spec may cover /proc in the container's root. */
void pf_compile_sysctl_source(struct pf_compiler *compiler);

/* Adds the operations that write the settings. The interfaces come first, because some settings
 * belong to an interface. */
void pf_compile_sysctls(struct pf_compiler *compiler);

#endif
