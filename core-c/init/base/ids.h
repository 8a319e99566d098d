/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets the ids of the calling process. */
#ifndef PF_IDS_H
#define PF_IDS_H

#include "run.h"

/* Gives the calling process ids of the container's user namespace, and drops all supplementary
 * groups. Returns 0 or -errno. */
int pf_change_ids(uid_t uid, gid_t gid);

/* Makes the calling process the root of the container's user namespace. Does nothing if `userns` is
 * -1: the container then has no user namespace. Returns 0 or -errno. */
int pf_join_userns(const struct pf_run *run, int userns);

#endif
