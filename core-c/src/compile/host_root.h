/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be the container's own where its root is the host's. A function with "sources" in its
 * name adds the operations that open what is needed of the host, which come first.
 */
#ifndef PF_HOST_ROOT_H
#define PF_HOST_ROOT_H

#include "builder.h"

/* A sysfs of the network namespace that is entered, where only the monitor may make one. */
void pf_compile_sys_source(struct pf_compiler *compiler);

/* What must be the container's own in the host's root. */
void pf_compile_host_sources(struct pf_compiler *compiler);
void pf_compile_host_root(struct pf_compiler *compiler);
void pf_compile_host_free(struct pf_compiler *compiler);

#endif
