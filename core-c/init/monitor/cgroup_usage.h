/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container has used, from its own cgroups. */
#ifndef PF_CGROUP_USAGE_H
#define PF_CGROUP_USAGE_H

#include "common/cgroup.h"
#include "pflask.h"

/* Returns how many processes of the container the kernel has killed because the memory limit was
 * reached. */
uint64_t pf_memory_kills(const struct pf_cgroups *cgroups);

/* Finds out whether the kernel has killed a command because the memory limit was reached: SIGKILL
 * has ended the command, and there are more such kills than there were at the command's start. */
void pf_explain_memory(const struct pf_cgroups *cgroups, uint64_t earlier_kills,
		       struct pflask_exit *ret);

/* Fills in what the container's cgroups know of its use. Leaves the rest as it is. */
void pf_fill_cgroup_usage(const struct pf_cgroups *cgroups, struct pflask_exit *ret);

#endif
