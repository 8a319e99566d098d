/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles the messages that the monitor sends until the command is executed. */
#ifndef PF_AWAIT_READY_H
#define PF_AWAIT_READY_H

#include "container.h"

/* Handles READY: keeps the pids, the pidfd and the pty master, and closes the other descriptors of
 * the message. */
void pf_take_ready(pflask_container *container, struct pf_received *got);

/* The result of a message during the start. */
enum pf_start_state {
	PF_START_DONE,    /* the command was executed, and the start is complete */
	PF_START_GOES_ON, /* the start continues, and more messages follow */
	PF_START_SILENT   /* no message has come */
};

/* Handles one message of the start. `flags` are flags of pf_receive(), which does not block with
 * MSG_DONTWAIT. Returns enum pf_start_state, or -errno with *reterr filled in if an operation
 * failed. */
int pf_take_start(pflask_container *container, const pflask_plan *plan, int flags,
		  struct pflask_error *reterr);

/* Sends SIGCONT to the monitor. Call the function after each PF_CONTINUE_MSEC milliseconds without
 * a message: the command may have stopped the monitor before READY. */
void pf_continue_start(const pflask_container *container);

/* Waits until the command is executed. Returns 0, or -errno with *reterr if an operation failed. */
int pf_await_ready(pflask_container *container, const pflask_plan *plan,
		   struct pflask_error *reterr);

#endif
