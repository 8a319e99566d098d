/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends messages to the caller. A caller that does not wait for messages has a bell: a socket that
 * the monitor rings after each message. The socket ends with the monitor, so that the caller also
 * notices a monitor that was killed. */
#ifndef PF_CALLER_H
#define PF_CALLER_H

#include "run.h"

/* Sends a message with copies of descriptors, and rings the bell. Returns 0 or -errno. */
int pf_tell_caller(const struct pf_run *run, const struct pf_message *message, const int *fds,
		   size_t fd_count);

/* Rings the bell, if the caller has one. */
void pf_ring(const struct pf_run *run);

#endif
