/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and copies the changes of a container that has ended. */
#ifndef PF_CHANGES_CHILD_H
#define PF_CHANGES_CHILD_H

#include "init/changes/list_changes.h"
#include "monitor.h"

/* Store the descriptors that a message of init carries: used mount points, or the layers of an
 * overlay. Return 0 or -errno. */
int pf_store_used_mount_points(struct monitor *monitor, struct pf_received *got);
int pf_store_overlay(struct monitor *monitor, const struct pf_received *got);

/* Returns stored overlay number `i`. */
struct pf_overlay pf_stored_overlay(const struct monitor *monitor, size_t i);

/* Does the last work on the changes of a container that has ended: lists them (--changes), copies
 * them (--keep), and completes the manifest of a trial. `end` describes the end of the container.
 * Children of the monitor do the work, and the function waits for each child. If the caller asks to
 * end the container, SIGTERM ends the child. Returns 0, or -errno if the child for the list and the
 * copy could not run or was ended. The errors of that child are in monitor->changes_result. */
int pf_run_changes_child(struct monitor *monitor, const struct pflask_exit *end);

#endif
