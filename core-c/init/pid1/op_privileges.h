/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes rights away from the command and from init. */
#ifndef PF_OP_PRIVILEGES_H
#define PF_OP_PRIVILEGES_H

#include "init/base/run.h"

/* Lets the next change of ids keep the permitted capabilities, if the plan gives capabilities to a
 * user other than root. Returns 0 or -errno. */
int pf_keep_caps(const struct pf_run *run);

/* Clears the inheritable and the ambient set of init if the plan clears these sets of the command.
 * If both sets of the command are empty from the start, the plan does not clear them. */
void pf_clear_inheritable(const struct pf_run *run);

/* Takes the capabilities from init that the plan takes from the command, except CAP_KILL: init
 * signals processes of all users. A command with CAP_SYS_PTRACE could otherwise trace init, and use
 * all capabilities of init. */
void pf_reduce_init(const struct pf_run *run);

#endif
