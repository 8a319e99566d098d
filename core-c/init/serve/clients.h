/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves the clients of a detached container (docs/control.md). Also serves the caller of a
 * foreground container, as a client that executes commands in the container. */
#ifndef PF_CLIENTS_H
#define PF_CLIENTS_H

#include <poll.h>

#include "init/monitor/monitor.h"

/* Indexes of the descriptors to poll: four of the monitor, then three for each client. */
enum { SERVE_LISTENER, SERVE_SIGNALS, SERVE_MASTER, SERVE_LOG, SERVE_CLIENTS };
enum { SERVE_CLIENT, SERVE_REPORT, SERVE_COMMAND, SERVE_PER_CLIENT };
#define SERVE_MAX (SERVE_CLIENTS + MONITOR_CLIENTS * SERVE_PER_CLIENT)

/* Takes ownership of the pty master, and serves the terminal to clients. */
void pf_serve_terminal(struct monitor *monitor, int master);

/* Takes the socket out of a CLIENT message, and adds it as a client. Does nothing if the container
 * is detached. */
void pf_serve_own_client(struct monitor *monitor, struct pf_received *got);

/* Fills in the descriptors to poll. Returns their number, or 0 if the container can have no
 * clients. Lowers *timeout if there is work to do earlier. */
nfds_t pf_serve_watch(struct monitor *monitor, struct pollfd fds[SERVE_MAX], int *timeout);

/* Handles the events of poll(2). */
void pf_serve(struct monitor *monitor, const struct pollfd *fds, nfds_t count);

/* Sends the remaining output of a container that has ended to the clients, as long as they read. */
void pf_serve_rest(struct monitor *monitor);

/* Accepts waiting clients, and tells all clients how the container has ended. */
void pf_serve_exited(struct monitor *monitor, const struct pflask_exit *exit);

#endif
