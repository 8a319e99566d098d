/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the /etc/resolv.conf of a container. */
#ifndef PF_RESOLV_CONF_H
#define PF_RESOLV_CONF_H

#include "compiler.h"

/* Tells whether the container needs a resolv.conf with the name server of pasta(1) or
 * slirp4netns(1). */
int pf_compile_has_resolv_conf(const struct pf_compiler *compiler);
void pf_compile_resolv_conf(struct pf_compiler *compiler);

/* If the root's /etc/resolv.conf leads into /run, copies the host's resolv.conf to the new /run. */
void pf_compile_run_resolv_conf(struct pf_compiler *compiler);

#endif
