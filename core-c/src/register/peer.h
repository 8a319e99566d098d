/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects to machined's Varlink socket, or to the system bus. */
#ifndef PF_PEER_H
#define PF_PEER_H

#include "register.h"

/* Connects to a socket. Returns a descriptor, or -errno with a reason or "" in `why`. Refuses a
 * peer outside the caller's pid namespace: there, the pid of init is the pid of another process. */
int pf_peer_connect(const char *path, char why[PF_RTNL_TEXT]);

/* Sends a whole message. Returns 0 or -errno. */
int pf_peer_send(int fd, const void *bytes, size_t size);

/* Waits for bytes, and receives at most `size` of them. Returns the number of received bytes, or
 * -errno. */
int pf_peer_receive(int fd, void *ret, size_t size, const struct pf_patience *patience);

/* Returns -errno for an error name of machined or of the bus. */
int pf_peer_errno(const char *name);

#endif
