/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that all clients of a control socket share. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

/* Connects to the socket at a path. Returns the descriptor, or -1. */
int client_connect(const char *path);

/* Sends a request. Returns 0 or -1. */
int client_ask(int fd, uint32_t version, uint32_t want, uint32_t has);

/* Asks for the monitor's record and waits for the answer. After the answer, the monitor accepts
 * descriptors from this client. Returns 0 or -1. */
int client_introduce(int fd);

#endif
