/* SPDX-License-Identifier: BSD-2-Clause */
/* Ties a process of the container to the monitor. The process dies with the monitor, and waits for
 * the monitor's GO. */
#ifndef PF_AWAIT_MONITOR_H
#define PF_AWAIT_MONITOR_H

#include "run.h"

/* Waits for GO: the monitor sends GO after its last operation of the plan. Ends the process if the
 * monitor ends before GO. */
void pf_await_monitor(struct pf_run *run);

/* Makes the calling process die with its parent. Must be called again after a change of ids, which
 * cancels the setting (prctl(2)). */
void pf_die_with_parent(const struct pf_run *run);

#endif
