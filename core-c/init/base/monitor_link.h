/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process of the container needs of the monitor: that it lives, and its word to go on. */
#ifndef PF_MONITOR_LINK_H
#define PF_MONITOR_LINK_H

#include "run.h"

/* Waits until the monitor has done all that it does before init goes on. Ends the process where
 * that never happens. */
void pf_await_monitor(struct pf_run *run);

/* Makes the calling process die with its parent; a change of ids undoes it (prctl(2)). */
void pf_die_with_parent(const struct pf_run *run);

#endif
