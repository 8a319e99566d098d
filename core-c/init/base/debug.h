/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports the steps of a start, for PFLASK_DEBUG=1. The processes of pflask-init print nothing.
 * They send reports to the monitor until the command is executed, and the monitor sends the reports
 * to the caller, which prints them. If the caller has not asked for reports, run->debug is NULL and
 * nothing is sent.
 */
#ifndef PF_INIT_DEBUG_H
#define PF_INIT_DEBUG_H

#include "run.h"

/* Reports that the current operation has been executed. `result` is 0 or -errno. */
void pf_send_debug_step(const struct pf_run *run, int result);

/* Reports that a message has been sent from one process to another. */
void pf_send_debug_message(const struct pf_run *run, enum pf_process from, enum pf_process to,
			   uint32_t type);

/* For the monitor: passes a report of init on to the caller. Returns 1 if the message was a report,
 * else 0. */
int pf_pass_on_debug(const struct pf_run *run, const struct pf_message *message);

#endif
