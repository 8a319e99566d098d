/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user that a command of --exec runs as, where that is another one than the container's: looked
 * up in the container's own files before any process of the container sees this one, and taken on
 * last. One process joins one container: what was found is kept here.
 */
#ifndef PF_ACCOUNT_H
#define PF_ACCOUNT_H

#include "init/base/run.h"

/* Opens what the look-up (pf_op_account) needs of the host, before the container's namespaces are
 * joined. Returns 0 or -errno. */
int pf_account_prepare(void);

/* Becomes the user that was looked up. The container's own plan tells whether other groups can be
 * set. Returns 0 or -errno, with run->index at the look-up. */
int pf_account_become(struct pf_run *run);

/* Returns the shells to log in with: the user's own, and those that nearly every system has. */
char **pf_account_shells(void);

/* Returns the variables that say who the user is. */
char **pf_account_environment(void);

#endif
