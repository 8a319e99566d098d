/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container has used, from its own cgroups. */
#ifndef PF_CGROUP_USAGE_H
#define PF_CGROUP_USAGE_H

#include "common/cgroup.h"
#include "pflask.h"

/* Tells whether the kernel has killed a process of the container because its memory limit was
 * reached. */
int pf_has_reached_memory(const struct pf_cgroups *cgroups);

/* Fills in what the container's cgroups know, and whether the command was killed because the memory
 * limit was reached. Leaves the rest as it is. */
void pf_fill_cgroup_usage(const struct pf_cgroups *cgroups, struct pflask_exit *ret);

#endif
