/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the lines of PFLASK_DEBUG=1 on stderr: the steps of caller, monitor and init until the
 * command is executed, and the messages between these processes. Only the caller prints. The
 * monitor and init send numbers to the caller, and the caller takes the texts from its own tables
 * and plan.
 */
#ifndef PF_DEBUG_H
#define PF_DEBUG_H

#include "common/protocol/wire.h"

/* Tells whether the environment asks for the lines of PFLASK_DEBUG. Returns 0 in a program that has
 * more privileges than its user (secure_getenv(3)). */
int pf_debug_is_on(void);

/* Prints a step of the caller, with an errno or 0. */
void pf_debug_caller(const char *step, int number);

/* Prints an operation of a plan that was executed, with an errno or 0. */
void pf_debug_operation(const void *plan, uint32_t index, int number);

/* Prints a message that one process sent to another. */
void pf_debug_message(uint32_t from, uint32_t to, uint32_t type);

/* Prints a report of the monitor. Returns 1 if the message is a report and nothing else, else 0. */
int pf_debug_told(const void *plan, const struct pf_message *message);

#endif
