/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what a container has used from the container's own cgroups. */
#ifndef PF_CGROUP_USAGE_H
#define PF_CGROUP_USAGE_H

#include "common/cgroup.h"
#include "monitor.h"
#include "pflask.h"

/* Returns how many processes of the container the kernel has killed because the memory limit was
 * reached. */
uint64_t pf_memory_kills(const struct pf_cgroups *cgroups);

/* Finds out whether the kernel has killed a command because the memory limit was reached: SIGKILL
 * has ended the command, and there are more such kills than there were at the command's start. */
void pf_explain_memory(const struct pf_cgroups *cgroups, uint64_t earlier_kills,
		       struct pflask_exit *ret);

/* Fills in the members that the container's cgroups have counted. Leaves the other members as they
 * are. */
void pf_fill_cgroup_usage(const struct pf_cgroups *cgroups, struct pflask_exit *ret);

/* If init had too little memory for the set-up, names the operation that has set the limit. */
void pf_blame_memory(struct monitor *monitor);

#endif
