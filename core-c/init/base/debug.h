/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the caller prints with PFLASK_DEBUG=1. The processes of pflask-init print nothing: they tell
 * the monitor, which tells the caller, until the command is executed. Where the caller has not
 * asked for this, run->debug is NULL, and nothing is sent.
 */
#ifndef PF_INIT_DEBUG_H
#define PF_INIT_DEBUG_H

#include "run.h"

/* Tells that the operation at hand has been executed: 0 or -errno. */
void pf_debug_step(const struct pf_run *run, int result);

/* Tells that a message has been passed. */
void pf_debug_message(const struct pf_run *run, enum pf_process from, enum pf_process to,
		      uint32_t type);

/* Hands on what init has told, for the monitor. Returns 1 where a message was that, else 0. */
int pf_debug_hand_on(const struct pf_run *run, const struct pf_message *message);

#endif
