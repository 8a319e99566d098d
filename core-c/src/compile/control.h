/* SPDX-License-Identifier: BSD-2-Clause */
/* How a detached container is found, and what a container must not see of the others. */
#ifndef PF_CONTROL_H
#define PF_CONTROL_H

#include "builder.h"

/* How a detached container is found. pf_compile_control_check() returns 0 or -errno. */
int pf_compile_control_check(struct pf_compiler *compiler);
void pf_compile_control(struct pf_compiler *compiler);
void pf_compile_control_free(struct pf_compiler *compiler);

/* What a container must not see of that, in the host's root, or where a bind shows it. */
void pf_compile_hide_host(struct pf_compiler *compiler);
void pf_compile_hide_bind(struct pf_compiler *compiler, const char *source, const char *dest);

#endif
