/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the process of a command of --exec run as another user, if the request names a user. The
 * process looks up the user in the container's files before any process of the container can see
 * the process. The process takes the ids of the user last. Static variables keep the account,
 * because a process joins only one container.
 */
#ifndef PF_OP_ACCOUNT_H
#define PF_OP_ACCOUNT_H

#include "init/base/run.h"

/* Opens the files of the host that the look-up (pf_op_account) needs. Must run before the process
 * joins the container's namespaces. Returns 0 or -errno. */
int pf_account_prepare(void);

/* Makes the process run as the user that was looked up. The container's plan tells whether the
 * process can set its groups. Returns 0, or -errno with run->index at the operation `account`. */
int pf_account_become(struct pf_run *run);

/* Returns the shells to try for a login: first the user's shell, then shells that nearly every
 * system has. */
char **pf_account_shells(void);

/* Returns the environment variables that name the user. */
char **pf_account_environment(void);

#endif
