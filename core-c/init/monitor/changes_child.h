/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and copies the changes of a container that has ended. */
#ifndef PF_CHANGES_CHILD_H
#define PF_CHANGES_CHILD_H

#include "init/changes/list_changes.h"
#include "monitor.h"

/* Store the descriptors of a message that init has sent before the command is executed. Return 0 or
 * -errno. */
int pf_store_used_mount_points(struct monitor *monitor, struct pf_received *got);
int pf_store_overlay(struct monitor *monitor, const struct pf_received *got);

/* Returns the stored overlay with an index. */
struct pf_overlay pf_stored_overlay(const struct monitor *monitor, size_t i);

/* Finishes the manifest of a trial, and lists and copies the changes of a container after its end.
 * `end` describes how the container ended. Children do the work. If the caller asks to end the
 * container, SIGTERM ends the child. Waits for each child. Returns 0, or -errno if the child for
 * the list and the copy could not run or was ended. monitor->changes_result has the errors of that
 * child. */
int pf_run_changes_child(struct monitor *monitor, const struct pflask_exit *end);

#endif
