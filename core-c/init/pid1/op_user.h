/* SPDX-License-Identifier: BSD-2-Clause */
/* Becoming the user of the command. */
#ifndef PF_OP_USER_H
#define PF_OP_USER_H

#include "init/base/run.h"

/* Becomes a user of the container, with other groups (NULL: they stay as they are), and gives the
 * pty to the user; closes what is not the command's. Returns 0 or -errno. */
int pf_become_user(struct pf_run *run, uid_t uid, gid_t gid, const gid_t *groups, size_t count);

#endif
