/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the command starts, its descriptors, and the command itself. */
#ifndef PF_COMMAND_H
#define PF_COMMAND_H

#include "builder.h"

/* Adds the operations that put 0, 1 and 2 in place and, where some of them are the caller's, keep
 * the command from pushing input into these. */
void pf_compile_stdio(struct pf_encoder *encoder, int has_terminal, int own_stderr);

/* Adds the login shell as the command. */
void pf_compile_login(struct pf_encoder *encoder, const pflask_spec *spec);

/* Adds where the command starts, and the command; `home` is its HOME, or NULL. Returns 0 or -errno
 * with *compiler->error filled in. */
int pf_compile_command(struct pf_compiler *compiler, const char *home);

#endif
