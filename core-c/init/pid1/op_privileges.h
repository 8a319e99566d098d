/* SPDX-License-Identifier: BSD-2-Clause */
/* Restricts the capabilities of the command and of init. */
#ifndef PF_OP_PRIVILEGES_H
#define PF_OP_PRIVILEGES_H

#include "init/base/run.h"

/* Keeps the permitted capabilities over the next change of ids, if the plan gives capabilities to a
 * user other than root. Returns 0 or -errno. */
int pf_keep_caps(const struct pf_run *run);

/* Clears init's inheritable and ambient capabilities if the plan clears those of the command. The
 * plan has no such operation if both sets are empty from the start. */
void pf_clear_inheritable(const struct pf_run *run);

/* Drops from init the capabilities that the command does not get, except CAP_KILL, because init
 * signals processes of all users. Otherwise a command with CAP_SYS_PTRACE could trace init and use
 * all its capabilities. */
void pf_reduce_init(const struct pf_run *run);

#endif
