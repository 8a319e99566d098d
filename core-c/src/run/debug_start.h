/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of a container as lines on stderr (PFLASK_DEBUG), as its caller sees it. All of this
 * does nothing for a container that the environment asks no lines for. */
#ifndef PF_DEBUG_START_H
#define PF_DEBUG_START_H

#include "container.h"

/* Looks at the environment, before anything else is done for a container. */
void pf_debug_begin(pflask_container *container);

/* Prints that pflask-init was started: its pid or -errno. */
void pf_debug_started(const pflask_container *container, pid_t pid);

/* Prints that the plan was sent, if the result is 0. */
void pf_debug_sent(const pflask_container *container, int result);

/* Receives a message of the monitor as pf_receive() does, and prints it. Messages that are only for
 * these lines are taken, and never returned. */
int pf_debug_receive(const pflask_container *container, const pflask_plan *plan,
		     struct pf_received *ret);

#endif
