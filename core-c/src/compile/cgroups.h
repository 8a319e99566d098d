/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the cgroups of a container: limits, writes to cgroup files, and the cgroup of a
 * system. */
#ifndef PF_COMPILE_CGROUPS_H
#define PF_COMPILE_CGROUPS_H

#include "compiler.h"

/* Parses the limits, and chooses the cgroups that can enforce them. Returns 0, or -errno with an
 * error. */
int pf_compile_cgroups_check(struct pf_compiler *compiler);

/* pf_compile_cgroups() adds the operations that make the cgroups, before the clone of init.
 * pf_compile_cgroups_enter() adds the operations that move init into these cgroups, after the
 * clone. */
void pf_compile_cgroups(struct pf_compiler *compiler);
void pf_compile_cgroups_enter(struct pf_compiler *compiler);

/* Adds all operations on cgroups for a machine, after its registration. machined moves init to a
 * scope, and the cgroups are made in this scope. If machined does not take the machine, the cgroups
 * are made in the place that was chosen. */
void pf_compile_cgroups_of_machine(struct pf_compiler *compiler);

void pf_compile_cgroups_free(struct pf_compiler *compiler);

#endif
