/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds the operations of a network that pasta(1) or slirp4netns(1) provides. */
#ifndef PF_PASTA_H
#define PF_PASTA_H

#include "compiler.h"

/* The name servers of the container: a link-local address that pasta translates, and the fixed
 * address of slirp4netns. */
#define PF_PASTA_SERVER "169.254.1.1"
#define PF_SLIRP_SERVER "10.0.2.3"

/* Compile the network. Call pf_compile_pasta_find() first, which returns 0, or -errno with
 * *compiler->error filled in. */
int pf_compile_pasta_find(struct pf_compiler *compiler, const struct pf_netif *netif);
void pf_compile_pasta(struct pf_compiler *compiler, const struct pf_netif *netif);

#endif
