/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives a container on the host's root the file systems that must be the container's own. A
 * function with "sources" in its name adds operations that open files of the host. In the plan,
 * these operations come before the operations that mount.
 */
#ifndef PF_HOST_ROOT_H
#define PF_HOST_ROOT_H

#include "compiler.h"

/* Adds the sysfs of a joined network namespace, which only the monitor may make. */
void pf_compile_sys_source(struct pf_compiler *compiler);

/* Mount the container's own /proc, /sys, cgroup2, mqueue and devpts in the host's root, if the
 * container's namespaces need them. */
void pf_compile_host_sources(struct pf_compiler *compiler);
void pf_compile_host_root(struct pf_compiler *compiler);
void pf_compile_host_free(struct pf_compiler *compiler);

#endif
