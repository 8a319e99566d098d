/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles the messages that the monitor sends until the command is executed. */
#ifndef PF_AWAIT_READY_H
#define PF_AWAIT_READY_H

#include "container.h"

/* Takes a READY message. Keeps the pids, the pidfd, and the pty master if there is one. Closes
 * other descriptors. */
void pf_take_ready(pflask_container *container, struct pf_received *got);

/* The meaning of a message of the start. */
enum pf_start_state {
	PF_START_DONE,    /* the command was executed */
	PF_START_GOES_ON, /* the start continues */
	PF_START_SILENT   /* there is no message */
};

/* Takes one message of the start. `flags` are the flags of pf_receive(): with MSG_DONTWAIT, does
 * not wait for a message. Returns enum pf_start_state, or -errno with *reterr if an operation
 * failed. */
int pf_take_start(pflask_container *container, const pflask_plan *plan, int flags,
		  struct pflask_error *reterr);

/* Continues the monitor. Must be called each PF_CONTINUE_MSEC milliseconds without a message: the
 * command may have stopped the monitor before the monitor has sent READY. */
void pf_continue_start(const pflask_container *container);

/* Waits until the command is executed. Returns 0, or -errno with *reterr if an operation failed. */
int pf_await_ready(pflask_container *container, const pflask_plan *plan,
		   struct pflask_error *reterr);

#endif
