/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a detached container findable, and hides the control directories from containers. */
#ifndef PF_CONTROL_H
#define PF_CONTROL_H

#include "builder.h"

/* Make a detached container findable. pf_compile_control_check() returns 0, or -errno with
 * *compiler->error filled in. */
int pf_compile_control_check(struct pf_compiler *compiler);
void pf_compile_control(struct pf_compiler *compiler);
void pf_compile_control_free(struct pf_compiler *compiler);

/* Hide the control directories, in the host's root or where a bind shows them. */
void pf_compile_hide_host(struct pf_compiler *compiler);
void pf_compile_hide_bind(struct pf_compiler *compiler, const char *source, const char *dest);

#endif
