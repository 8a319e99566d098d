/* SPDX-License-Identifier: BSD-2-Clause */
/* A detached monitor and its clients (docs/control.md). */
#ifndef PF_CLIENTS_H
#define PF_CLIENTS_H

#include <poll.h>

#include "init/monitor/state.h"

/* What is watched: a few descriptors, and some of each client. */
enum { SERVE_LISTENER, SERVE_SIGNALS, SERVE_MASTER, SERVE_CLIENTS };
enum { SERVE_CLIENT, SERVE_REPORT, SERVE_COMMAND, SERVE_PER_CLIENT };
#define SERVE_MAX (SERVE_CLIENTS + MONITOR_CLIENTS * SERVE_PER_CLIENT)

/* Takes the terminal's master to serve it. Returns 0 or -errno. */
void pf_serve_terminal(struct monitor *monitor, int master);

/* Says what is to be watched. Returns how many there are, 0 where the container is not detached;
 * *timeout is made less where something is to be done earlier. */
nfds_t pf_serve_watch(struct monitor *monitor, struct pollfd fds[SERVE_MAX], int *timeout);

/* Does what poll(2) has found. */
void pf_serve(struct monitor *monitor, const struct pollfd *fds, nfds_t count);

/* The container has ended: gives its last output to the clients, as long as they go on reading. */
void pf_serve_rest(struct monitor *monitor);

/* Tells all clients how it ended, those also that have just come. */
void pf_serve_exited(struct monitor *monitor, const struct pflask_exit *exit);

#endif
