/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of the monitor before and after the clone of init. */
#ifndef PF_OP_MONITOR_H
#define PF_OP_MONITOR_H

#include "init/base/run.h"

/* Removes the container's cgroup and all cgroups below it. Does nothing without a cgroup. */
void pf_remove_cgroup(const struct pf_run *run);

#endif
