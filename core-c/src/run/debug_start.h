/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines on stderr about the start of a container (PFLASK_DEBUG). The functions do nothing unless
 * PFLASK_DEBUG was set when pf_debug_begin() was called. */
#ifndef PF_DEBUG_START_H
#define PF_DEBUG_START_H

#include "container.h"

/* Reads the environment variable. Must be called before all other steps of a start. */
void pf_debug_begin(pflask_container *container);

/* Prints the start of pflask-init, which then gets the plan. `pid` is its pid, or -errno. */
void pf_debug_started(const pflask_container *container, pid_t pid);

/* Receives a message of the monitor, as pf_receive() does, and prints it. Does not return messages
 * that are only reports. */
int pf_debug_receive(const pflask_container *container, const pflask_plan *plan,
		     struct pf_received *ret);

#endif
