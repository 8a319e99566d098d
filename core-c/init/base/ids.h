/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets the ids of the calling process. */
#ifndef PF_IDS_H
#define PF_IDS_H

#include "run.h"

/* Takes ids of the container's user namespace, and drops all other groups. Returns 0 or -errno. */
int pf_become(uid_t uid, gid_t gid);

/* Makes the calling process the root of the container's user namespace; -1 means that there is
 * none. Returns 0 or -errno. */
int pf_join_user_ns(const struct pf_run *run, int user_ns);

#endif
