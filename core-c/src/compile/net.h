/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the network of a container. */
#ifndef PF_NET_H
#define PF_NET_H

#include "compiler.h"

/* Compile the network. pf_compile_net_join() adds the operation that enters a network namespace,
 * before the clone. pf_compile_net_outside() adds the interfaces that are made on the host.
 * pf_compile_net() adds the settings inside the container. pf_compile_has_other_net() tells whether
 * the container's network namespace is not that of pflask. pf_compile_net_parse() returns 0, or
 * -errno with *compiler->error filled in. */
int pf_compile_net_parse(struct pf_compiler *compiler);
void pf_compile_net_join(struct pf_compiler *compiler);
void pf_compile_net_outside(struct pf_compiler *compiler);
void pf_compile_net(struct pf_compiler *compiler);
int pf_compile_has_other_net(const struct pf_compiler *compiler);
void pf_compile_ping_groups(struct pf_compiler *compiler);
void pf_compile_net_free(struct pf_compiler *compiler);

#endif
