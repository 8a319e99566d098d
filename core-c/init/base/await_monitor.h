/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for the monitor, and makes the calling process die with the monitor. For the processes of a
 * container. */
#ifndef PF_AWAIT_MONITOR_H
#define PF_AWAIT_MONITOR_H

#include "run.h"

/* Waits for the message GO, which the monitor sends after its last operation of the plan. Ends the
 * process if the monitor ends first. */
void pf_await_monitor(struct pf_run *run);

/* Makes the calling process die with its parent (PR_SET_PDEATHSIG). Call the function again after a
 * change of ids, which clears the setting (prctl(2)). */
void pf_die_with_parent(const struct pf_run *run);

#endif
