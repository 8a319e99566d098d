/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the steps of a container's start on stderr (PFLASK_DEBUG). All functions do nothing if
 * PFLASK_DEBUG was not set at pf_debug_begin(). */
#ifndef PF_DEBUG_START_H
#define PF_DEBUG_START_H

#include "container.h"

/* Reads the environment variable. Must be called before all other steps of a start. */
void pf_debug_begin(pflask_container *container);

/* Prints the start of pflask-init. `pid` is the pid of pflask-init, or -errno. */
void pf_debug_started(const pflask_container *container, pid_t pid);

/* Prints that the plan was sent to pflask-init, if `result` is not -errno. */
void pf_debug_sent(const pflask_container *container, int result);

/* Receives a message of the monitor by pf_receive(), and prints it. Does not return messages that
 * are only reports for PFLASK_DEBUG. */
int pf_debug_receive(const pflask_container *container, const pflask_plan *plan, int flags,
		     struct pf_received *ret);

#endif
