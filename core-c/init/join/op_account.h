/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the process of --exec run as the user of the request, if there is one. The user is looked
 * up in the container's files while no process of the container can see the joiner. The ids change
 * last. Static variables hold the account, because a process joins only one container.
 */
#ifndef PF_OP_ACCOUNT_H
#define PF_OP_ACCOUNT_H

#include "init/base/run.h"

/* Opens the host's files that the look-up needs (pf_op_account()). Call the function before the
 * process joins the container's namespaces. Returns 0 or -errno. */
int pf_account_prepare(void);

/* Makes the process run as the user that was looked up. The container's plan tells whether the
 * process may set its groups. Returns 0, or -errno with the index of the operation `account` in
 * run->index. */
int pf_account_become(struct pf_run *run);

/* Returns the login shells to try: the shell of the user, and then shells that nearly every system
 * has. */
char **pf_account_shells(void);

/* Returns the environment variables that name the user. */
char **pf_account_environment(void);

#endif
