/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the lines of PFLASK_DEBUG=1 on stderr: the steps of caller, monitor and init until the
 * command is executed, and their messages. Only the caller prints. The monitor and init send
 * numbers, and the caller finds the texts in its own tables and in its own plan.
 */
#ifndef PF_DEBUG_H
#define PF_DEBUG_H

#include "common/protocol/wire.h"

/* Tells whether the environment variable PFLASK_DEBUG is set. Returns 0 in a program that has more
 * privileges than its user (secure_getenv(3)). */
int pf_debug_is_on(void);

/* Prints a step of the caller, with an errno or 0. */
void pf_debug_caller(const char *step, int number);

/* Prints an operation of a plan that was executed, with an errno or 0. */
void pf_debug_operation(const void *plan, uint32_t index, int number);

/* Prints a message that one process sent to another. */
void pf_debug_message(uint32_t from, uint32_t to, uint32_t type);

/* Prints a report of the monitor (STEP, PASSED). Returns 1 if the message is only a report, else
 * 0. */
int pf_debug_told(const void *plan, const struct pf_message *message);

#endif
