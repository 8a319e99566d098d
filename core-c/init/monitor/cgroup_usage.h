/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what a container has used from the container's own cgroups. */
#ifndef PF_CGROUP_USAGE_H
#define PF_CGROUP_USAGE_H

#include "common/cgroup.h"
#include "monitor.h"
#include "pflask.h"

/* Returns the number of processes that the kernel has killed because the container reached its
 * memory limit. */
uint64_t pf_memory_kills(const struct pf_cgroups *cgroups);

/* Finds out whether the kernel has killed a command because of the memory limit: SIGKILL has ended
 * the command, and the number of such kills has grown since the command's start. */
void pf_explain_memory(const struct pf_cgroups *cgroups, uint64_t earlier_kills,
		       struct pflask_exit *ret);

/* Fills in the members whose values come from the container's cgroups. Leaves the other members as
 * they are. */
void pf_fill_cgroup_usage(const struct pf_cgroups *cgroups, struct pflask_exit *ret);

/* If init had too little memory for the set-up, names the operation that has set the limit. */
void pf_blame_memory(struct monitor *monitor);

#endif
