/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and copies a container's changes after its end. */
#ifndef PF_CHANGES_CHILD_H
#define PF_CHANGES_CHILD_H

#include "monitor.h"

/* Store the descriptors of a message that init has sent before the command is executed. Return 0 or
 * -errno. */
int pf_store_used_mount_points(struct monitor *monitor, struct pf_received *got);
int pf_store_overlay(struct monitor *monitor, const struct pf_received *got);

/* Lists and copies the changes of a container after its end. `end` says how the container ended. A
 * child does the work, and SIGTERM ends the child. Waits for the child. Returns 0, or -errno if the
 * child could not run or was ended. monitor->changes_result has the errors of the child. */
int pf_run_changes_child(struct monitor *monitor, const struct pflask_exit *end);

#endif
