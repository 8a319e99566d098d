/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the registration of a container with systemd-machined. */
#ifndef PF_MACHINE_H
#define PF_MACHINE_H

#include "compiler.h"

/* Adds the registration, if the spec or the system asks for it. The interfaces of the container
 * must come before it. Init waits for the registration before it mounts anything, because machined
 * moves init to another cgroup, which becomes the root of the container's cgroups. */
void pf_compile_machine(struct pf_compiler *compiler);

#endif
