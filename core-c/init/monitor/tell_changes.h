/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told and kept of the changes of a container, after its end. */
#ifndef PF_TELL_CHANGES_H
#define PF_TELL_CHANGES_H

#include "state.h"

/* Takes a message of init, before the command was executed. Returns 0 or -errno. */
int pf_take_used(struct monitor *monitor, struct pf_received *got);
int pf_take_layered(struct monitor *monitor, const struct pf_received *got);

/* After the end of the container, which `end` describes: a child lists and copies what the
 * container has changed, which SIGTERM ends. Waits for the child. Returns 0, or -errno where that
 * has not been done; monitor->told has the rest. */
int pf_clear_up(struct monitor *monitor, const struct pflask_exit *end);

#endif
