/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports the steps of a start, which the caller prints with PFLASK_DEBUG=1. The processes of
 * pflask-init print nothing. They tell the monitor, which tells the caller, until the command is
 * executed. Where the caller has not asked for the steps, run->debug is NULL, and nothing is sent.
 */
#ifndef PF_INIT_DEBUG_H
#define PF_INIT_DEBUG_H

#include "run.h"

/* Reports that the operation at hand has been executed; `result` is 0 or -errno. */
void pf_debug_step(const struct pf_run *run, int result);

/* Reports that a message has been passed. */
void pf_debug_message(const struct pf_run *run, enum pf_process from, enum pf_process to,
		      uint32_t type);

/* For the monitor: passes a report of init on to the caller. Returns 1 where the message was such a
 * report, else 0. */
int pf_debug_hand_on(const struct pf_run *run, const struct pf_message *message);

#endif
