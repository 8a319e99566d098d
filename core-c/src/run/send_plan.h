/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends a plan and its descriptors to the monitor. */
#ifndef PF_SEND_PLAN_H
#define PF_SEND_PLAN_H

#include "container.h"

/* If the plan has a file for the list of changes, creates or truncates the file. A fifo without a
 * reader is an error, because a monitor that waits for a reader could not be ended. Returns 0 with
 * a descriptor or -1 in *ret, or -errno with *reterr filled in. */
int pf_open_changes(const pflask_plan *plan, int *ret, struct pflask_error *reterr);

/* Sends a plan to the monitor, with the command's descriptors and the descriptors that the plan
 * names. `changes_fd` is from pf_open_changes(), and `bell` from pf_make_bell(); both may be -1.
 * Returns 0 or -errno. */
int pf_send_plan(pflask_container *container, const pflask_plan *plan, const int stdio[3],
		 int changes_fd, int bell);

/* Closes the descriptors of a plan that are not sent. A plan holds them until the container has
 * started, so that their paths lead to the same files. Afterwards, they would only keep file
 * systems from being unmounted. */
void pf_close_unsent_fds(const pflask_plan *plan);

#endif
