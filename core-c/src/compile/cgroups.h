/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the cgroups of a container: its limits, its writes to cgroup files, and the cgroup that
 * a booted system manages. */
#ifndef PF_COMPILE_CGROUPS_H
#define PF_COMPILE_CGROUPS_H

#include "compiler.h"

/* Parses the limits, and chooses the parent cgroups that can enforce them. Returns 0, or -errno
 * with an error. */
int pf_compile_cgroups_check(struct pf_compiler *compiler);

/* pf_compile_cgroups() adds the operations that make the cgroups, before the clone of init.
 * pf_compile_cgroups_enter() adds the operations that move init into these cgroups, after the
 * clone. */
void pf_compile_cgroups(struct pf_compiler *compiler);
void pf_compile_cgroups_enter(struct pf_compiler *compiler);

/* Adds all operations on cgroups for a machine, after its registration. machined has moved init
 * into a scope, and the cgroups are made there. If machined does not register the container, they
 * are made in the parent cgroup that was chosen. */
void pf_compile_cgroups_of_machine(struct pf_compiler *compiler);

void pf_compile_cgroups_free(struct pf_compiler *compiler);

#endif
