/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets variables for the command, and executes the command. */
#ifndef PF_OP_EXECVE_H
#define PF_OP_EXECVE_H

#include "init/base/run.h"

/* Adds variables to the command's environment. A new variable replaces an old variable of this
 * name. Returns 0 or -errno. */
int pf_add_variables(struct pf_run *run, char **added);

#endif
