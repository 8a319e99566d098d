/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints lines on stderr about the start of a container (PFLASK_DEBUG). The functions do nothing
 * unless PFLASK_DEBUG was set when pf_debug_begin() was called. */
#ifndef PF_DEBUG_START_H
#define PF_DEBUG_START_H

#include "container.h"

/* Reads the environment variable. Must be called before all other steps of a start. */
void pf_debug_begin(pflask_container *container);

/* Prints the start of pflask-init. `pid` is the pid of pflask-init, or -errno. */
void pf_debug_started(const pflask_container *container, pid_t pid);

/* Prints the message that has brought the plan to pflask-init, unless `result` is -errno. */
void pf_debug_sent(const pflask_container *container, int result);

/* Receives a message of the monitor by pf_receive() with these flags, and prints the message. Does
 * not return messages that are only reports. */
int pf_debug_receive(const pflask_container *container, const pflask_plan *plan, int flags,
		     struct pf_received *ret);

#endif
