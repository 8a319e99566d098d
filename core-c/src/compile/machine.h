/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the registration of a container with systemd-machined. */
#ifndef PF_MACHINE_H
#define PF_MACHINE_H

#include "compiler.h"

/* Tells whether the container is to be registered with systemd-machined. */
int pf_compile_is_machine(const pflask_spec *spec);

/* Adds the registration with machined, and the cgroups of the machine. The operations that make the
 * container's interfaces must come first. Init waits for the registration before it mounts
 * anything, because machined moves init to another cgroup, which becomes the root of the
 * container's cgroups. */
void pf_compile_machine(struct pf_compiler *compiler);

#endif
