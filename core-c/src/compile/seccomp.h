/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the filter of system calls (seccomp(2)) of the command. */
#ifndef PF_SECCOMP_H
#define PF_SECCOMP_H

#include "compiler.h"

/* Adds no_new_privs if there is a filter and the command lacks CAP_SYS_ADMIN: the kernel requires
 * one of the two. */
void pf_compile_seccomp_privs(struct pf_compiler *compiler);

/* Adds the filter, if there is one. Returns 0, or -errno with an error. */
int pf_compile_seccomp(struct pf_compiler *compiler);

#endif
