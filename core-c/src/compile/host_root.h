/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a container on the host's root: mounts the file systems that must show the container's
 * namespaces. The functions with "sources" in their names add operations that open files of the
 * host, which come first in the plan.
 */
#ifndef PF_HOST_ROOT_H
#define PF_HOST_ROOT_H

#include "compiler.h"

/* Adds the sysfs of a network namespace that the container joins; only the monitor may mount it. */
void pf_compile_sys_source(struct pf_compiler *compiler);

/* Mount /proc, /sys, cgroup2, mqueue and devpts of the container over those of the host's root, as
 * far as the container's namespaces require it. */
void pf_compile_host_sources(struct pf_compiler *compiler);
void pf_compile_host_root(struct pf_compiler *compiler);
void pf_compile_host_free(struct pf_compiler *compiler);

#endif
