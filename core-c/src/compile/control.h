/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the control socket of a detached container, and hides control directories from
 * containers. */
#ifndef PF_CONTROL_H
#define PF_CONTROL_H

#include "compiler.h"

/* Compile the control socket and the pid file of a detached container. pf_compile_control_check()
 * returns 0, or -errno with *compiler->error filled in. */
int pf_compile_control_check(struct pf_compiler *compiler);
void pf_compile_control(struct pf_compiler *compiler);
void pf_compile_control_free(struct pf_compiler *compiler);

/* Hide the control directories: in the host's root, or in a bind that shows these directories. */
void pf_compile_hide_host(struct pf_compiler *compiler);
void pf_compile_hide_bind(struct pf_compiler *compiler, const char *source, const char *dest);

#endif
