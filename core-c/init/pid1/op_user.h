/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a process run as the user of the command. */
#ifndef PF_OP_USER_H
#define PF_OP_USER_H

#include "init/base/run.h"

/* Makes the calling process run as a user of the container, who becomes the owner of the pty.
 * `groups` are the new supplementary groups, or NULL to keep the present groups. Closes every
 * descriptor that the command does not need. Returns 0 or -errno. */
int pf_become_user(struct pf_run *run, uid_t uid, gid_t gid, const gid_t *groups, size_t count);

/* Sets oom_score_adj of the calling process to the value in the container's plan, if there is one.
 * The process must be in the host's mount namespace. Returns 0 or -errno. */
int pf_keep_oom_score(const struct pf_run *run);

#endif
