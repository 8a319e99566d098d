/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection to machined, or to the bus. */
#ifndef PF_PEER_H
#define PF_PEER_H

#include "register.h"

/* Connects to a socket. Returns a descriptor; or returns -errno, and sets `why` to a reason or to
 * "". Refuses a peer in a pid namespace outside the caller's: init's pid, which the peer gets, is
 * the pid of another process there. */
int pf_peer_connect(const char *path, char why[PF_RTNL_TEXT]);

/* Sends a whole message. Returns 0 or -errno. */
int pf_peer_send(int fd, const void *bytes, size_t size);

/* Waits for bytes, and receives at most `size` of them. Returns their number, or -errno. */
int pf_peer_receive(int fd, void *ret, size_t size, const struct pf_patience *patience);

/* Returns -errno for the name of an error of machined or of the bus. */
int pf_peer_errno(const char *name);

#endif
