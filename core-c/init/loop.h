/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the monitor, the parent process of a container from start to end. */
#ifndef PF_LOOP_H
#define PF_LOOP_H

#include "init/monitor/monitor.h"

/* Sets the members whose initial value is not zero. Does not write zeros: a write would touch the
 * page, and every fork would copy it. */
void pf_monitor_init(struct monitor *monitor);

/* Watches a container until its end. */
void pf_monitor_loop(struct monitor *monitor);

/* Handles a failed operation of the monitor: undoes what the monitor has made, and reports the
 * failure to the caller. */
void pf_monitor_fail(struct monitor *monitor, int error);

#endif
