/* SPDX-License-Identifier: BSD-2-Clause */
/* What all clients of a control socket begin with. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

/* Connects to the socket of a path; returns the descriptor, or -1. */
int client_connect(const char *path);

/* Sends a request; returns 0 or -1. */
int client_ask(int fd, uint32_t version, uint32_t want, uint32_t has);

/* Asks who the monitor is, and waits for the answer: from then on the monitor takes descriptors.
 * Returns 0 or -1. */
int client_introduce(int fd);

#endif
