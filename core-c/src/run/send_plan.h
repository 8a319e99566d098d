/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan on its way to the monitor, with the descriptors that belong to it. */
#ifndef PF_SEND_PLAN_H
#define PF_SEND_PLAN_H

#include "container.h"

/* Makes or empties the file that lists the changes, where the plan has one. A fifo that no process
 * reads is an error, as no process could end a monitor that waits for a reader. Returns 0 with a
 * descriptor or -1 in *ret, or -errno with *reterr filled in. */
int pf_open_changes(const pflask_plan *plan, int *ret, struct pflask_error *reterr);

/* Sends a plan, the command's descriptors, and the descriptors that the plan names; `changes_fd` is
 * that of pf_open_changes(). Returns 0 or -errno. */
int pf_send_plan(const pflask_container *container, const pflask_plan *plan, const int stdio[3],
		 int changes_fd);

/* Closes what a plan holds only so that a path means the same file until the container has started:
 * it would keep the host from unmounting the file system of the file. */
void pf_release_held(const pflask_plan *plan);

#endif
