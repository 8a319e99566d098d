/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends messages to the caller. A caller with an event loop polls the bell: a second socket, to
 * which the monitor writes a byte after each message. If the monitor is killed, the kernel closes
 * the monitor's end of the bell, which also wakes the caller. */
#ifndef PF_CALLER_H
#define PF_CALLER_H

#include "run.h"

/* Sends a message with copies of descriptors, and rings the bell (pf_ring()). Returns 0 or
 * -errno. */
int pf_tell_caller(const struct pf_run *run, const struct pf_message *message, const int *fds,
		   size_t fd_count);

/* Receives a message of the caller without waiting. Returns as pf_receive() does. If the monitor
 * has no room for the socket of a CLIENT message, tells the client, and returns -EMFILE. */
int pf_receive_from_caller(struct pf_run *run, struct pf_received *ret);

/* Writes a byte to the bell, if the caller has a bell. */
void pf_ring(const struct pf_run *run);

#endif
