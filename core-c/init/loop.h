/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor: the parent process of a container from start to end. */
#ifndef PF_LOOP_H
#define PF_LOOP_H

#include "init/monitor/state.h"

/* Sets the fields whose empty value is not zero. The other fields are zero already. The function
 * does not write them, because every fork would copy their pages. */
void pf_monitor_init(struct monitor *monitor);

/* Watches a container from the clone to the end. */
void pf_monitor_loop(struct monitor *monitor);

/* Handles a failed operation of the monitor: removes what the monitor has made, and reports the
 * failure to the caller. */
void pf_monitor_fail(struct monitor *monitor, int error);

#endif
