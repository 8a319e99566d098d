/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor: the parent of a container for its whole life. */
#ifndef PF_LOOP_H
#define PF_LOOP_H

#include "init/monitor/state.h"

/* Sets what is not zero to nothing; the rest is zero already, and not touched: it would be copied
 * by every fork. */
void pf_monitor_init(struct monitor *monitor);

/* Looks after a container from the clone to its end. */
void pf_monitor_loop(struct monitor *monitor);

/* Tells the caller that an operation of the monitor failed, after removing what it had made. */
void pf_monitor_fail(struct monitor *monitor, int error);

#endif
