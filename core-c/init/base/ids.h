/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets the ids of the calling process. */
#ifndef PF_IDS_H
#define PF_IDS_H

#include "run.h"

/* Sets the uid and the gid of the calling process, as ids of the container's user namespace, and
 * drops all supplementary groups. Returns 0 or -errno. */
int pf_change_ids(uid_t uid, gid_t gid);

/* Joins the container's user namespace, as its root user. Does nothing if `userns` is -1 (no user
 * namespace). Returns 0 or -errno. */
int pf_join_userns(const struct pf_run *run, int userns);

#endif
