/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets variables for the command, and executes the command. */
#ifndef PF_OP_EXECVE_H
#define PF_OP_EXECVE_H

#include "init/base/run.h"

/* Adds variables to the command's environment, each in place of an earlier variable of the same
 * name. Returns 0 or -errno. */
int pf_add_variables(struct pf_run *run, char **added);

/* Does the last steps before execve(2), once: sends the last messages to the monitor, and sets the
 * limit on open files, the signal mask and the parent-death signal. A seccomp filter may refuse
 * these steps, so they come before the filter. Returns 0 or -errno. */
int pf_announce_exec(struct pf_run *run);

#endif
