/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and copies a container's changes after its end. */
#ifndef PF_TELL_CHANGES_H
#define PF_TELL_CHANGES_H

#include "state.h"

/* Store the descriptors of a message that init has sent before the command is executed. Return 0 or
 * -errno. */
int pf_take_used(struct monitor *monitor, struct pf_received *got);
int pf_take_layered(struct monitor *monitor, const struct pf_received *got);

/* Lists and copies the changes of a container that has ended as `end` says. A child does the work.
 * SIGTERM ends the child. Waits for the child. Returns 0, or -errno if the child could not run or
 * was ended. monitor->told has the errors of the child. */
int pf_clear_up(struct monitor *monitor, const struct pflask_exit *end);

#endif
