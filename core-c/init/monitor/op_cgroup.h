/* SPDX-License-Identifier: BSD-2-Clause */
/* The container's own cgroups (common/cgroup.h), and the processes that join the container. */
#ifndef PF_OP_CGROUP_H
#define PF_OP_CGROUP_H

#include "init/base/run.h"

/* Moves a process into the container's cgroups of version 1; 0 means the calling process. Returns 0
 * or -errno. */
int pf_cgroup_enter(const struct pf_cgroups *cgroups, pid_t pid);

/* Makes a cgroup of the container. `name` is the name in the plan. With `is_v2`, the new cgroup
 * becomes the version 2 cgroup of init. Returns 0 or -errno. */
int pf_cgroup_add(struct pf_run *run, int parent, const char *name, int is_v2);

#endif
