/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves the clients of a detached monitor (docs/control.md). Also serves the commands that the
 * caller of a foreground container executes in the container. */
#ifndef PF_CLIENTS_H
#define PF_CLIENTS_H

#include <poll.h>

#include "init/monitor/monitor.h"

/* Indexes of the descriptors to poll: four of the monitor, and three of each client. */
enum { SERVE_LISTENER, SERVE_SIGNALS, SERVE_MASTER, SERVE_LOG, SERVE_CLIENTS };
enum { SERVE_CLIENT, SERVE_REPORT, SERVE_COMMAND, SERVE_PER_CLIENT };
#define SERVE_MAX (SERVE_CLIENTS + MONITOR_CLIENTS * SERVE_PER_CLIENT)

/* Takes the pty master, and serves the terminal to clients. */
void pf_serve_terminal(struct monitor *monitor, int master);

/* Serves the socket of a CLIENT message, unless the container is detached. Takes the socket. */
void pf_serve_own_client(struct monitor *monitor, struct pf_received *got);

/* Fills in the descriptors to poll. Returns their number; 0 if there can be no client.
 * Lowers *timeout if there is work to do earlier. */
nfds_t pf_serve_watch(struct monitor *monitor, struct pollfd fds[SERVE_MAX], int *timeout);

/* Handles the events that poll(2) has found. */
void pf_serve(struct monitor *monitor, const struct pollfd *fds, nfds_t count);

/* Sends clients the last output of a container that has ended, as long as the clients read the
 * output. */
void pf_serve_rest(struct monitor *monitor);

/* Tells all clients how the container has ended. Accepts new clients first. */
void pf_serve_exited(struct monitor *monitor, const struct pflask_exit *exit);

#endif
