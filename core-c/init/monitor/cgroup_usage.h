/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the resource usage of a container from its own cgroups. */
#ifndef PF_CGROUP_USAGE_H
#define PF_CGROUP_USAGE_H

#include "common/cgroup.h"
#include "monitor.h"
#include "pflask.h"

/* Returns the number of processes that the kernel has killed because the container reached its
 * memory limit. */
uint64_t pf_memory_kills(const struct pf_cgroups *cgroups);

/* If the memory limit has ended a command, sets the reason to PFLASK_OOM: the command was killed by
 * SIGKILL, and the container's number of memory kills is higher than `earlier_kills`, the number at
 * the command's start. */
void pf_explain_memory(const struct pf_cgroups *cgroups, uint64_t earlier_kills,
		       struct pflask_exit *ret);

/* Sets the members of *ret that cgroups can tell. Leaves all others unchanged. */
void pf_fill_cgroup_usage(const struct pf_cgroups *cgroups, struct pflask_exit *ret);

/* If init was killed because of the memory limit during the set-up, reports the operation that has
 * set this limit as the failed operation. */
void pf_blame_memory(struct monitor *monitor);

#endif
