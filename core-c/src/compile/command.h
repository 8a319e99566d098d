/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the last operations of a plan: standard descriptors, working directory and command. */
#ifndef PF_COMMAND_H
#define PF_COMMAND_H

#include "compiler.h"

/* Adds the operations that set descriptors 0, 1 and 2. If the caller gives one of these
 * descriptors, also keeps the command from pushing input into the caller's terminal. */
void pf_compile_stdio(struct pf_encoder *encoder, int has_terminal, int own_stderr);

/* Adds the operation that executes the login shell as the command. */
void pf_compile_login(struct pf_encoder *encoder, const pflask_spec *spec);

/* Adds the working directory and the command. `home` is the HOME of the command, or NULL. Returns
 * 0, or -errno with *compiler->error filled in. */
int pf_compile_command(struct pf_compiler *compiler, const char *home);

#endif
