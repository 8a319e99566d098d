/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a process run as the user of the command. */
#ifndef PF_OP_USER_H
#define PF_OP_USER_H

#include "init/base/run.h"

/* Makes the calling process run as a user of the container, and makes the user the owner of the
 * pty. `groups` are the new supplementary groups; NULL keeps the present groups. Closes every
 * descriptor that the command does not need. Returns 0 or -errno. */
int pf_become_user(struct pf_run *run, uid_t uid, gid_t gid, const gid_t *groups, size_t count);

/* Gives the calling process the score of the container's plan, if the plan has a score. The process
 * must be in the host's mount namespace. Returns 0 or -errno. */
int pf_keep_oom_score(const struct pf_run *run);

#endif
