/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of PFLASK_DEBUG=1 on stderr: what caller, monitor and init do until the command is
 * executed, and the messages between them. The caller alone prints. The monitor and init tell the
 * caller numbers, and the texts come from the caller's own tables and plan.
 */
#ifndef PF_DEBUG_H
#define PF_DEBUG_H

#include "common/protocol/wire.h"

/* Tells whether the environment asks for these lines. A program with more privileges than its user
 * does not ask its environment (secure_getenv(3)). */
int pf_debug_is_on(void);

/* Prints a step of the caller, with an errno or 0. */
void pf_debug_caller(const char *step, int number);

/* Prints that an operation of a plan was executed, with an errno or 0. */
void pf_debug_operation(const void *plan, uint32_t index, int number);

/* Prints that a message was passed. */
void pf_debug_message(uint32_t from, uint32_t to, uint32_t type);

/* Prints what the monitor tells. Returns 1 where a message is for this alone, else 0. */
int pf_debug_told(const void *plan, const struct pf_message *message);

#endif
