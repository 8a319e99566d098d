/* SPDX-License-Identifier: BSD-2-Clause */
/* A detached monitor and its clients (docs/control.md). */
#ifndef PF_SERVE_H
#define PF_SERVE_H

#include <poll.h>

#include "monitor.h"

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

/* Below: the parts of it. A client's connection ends; its command is killed. */
void pf_client_drop(struct client *client);

/* Sends one message, or drops the client. */
void pf_client_tell(struct client *client, const struct pf_message *message, const int *fds,
		    size_t count);
void pf_client_done(struct client *client, int number);

/* Runs a command for a client; takes the descriptors of its request. */
void pf_executed_start(struct monitor *monitor, struct client *client, struct pf_received *got);
void pf_executed_report(struct monitor *monitor, struct client *client);
void pf_executed_signal(struct client *client, int signal);

/* Milliseconds until a command that has not been executed yet is given up; -1: for ever. */
int pf_executed_time_left(const struct client *client);
void pf_executed_expire(struct monitor *monitor, struct client *client);

/* Its process has ended. */
void pf_executed_reap(struct monitor *monitor, struct client *client);

/* Waits for the children that could not be waited for before. A zombie keeps the pid namespace, and
 * so init, from its end (pid_namespaces(7)). Returns how many are left. */
size_t pf_executed_bury(struct monitor *monitor);

/* Kills those that are left, and tells their clients. */
void pf_executed_end(struct monitor *monitor);

/* The life of the process that joins a container: `stdio` are descriptors or -1, `plan` a sealed
 * memfd. Never returns. */
struct pf_join {
	int report, plan, stdio[3];
};
_Noreturn void pf_join(struct pf_run *run, const struct pf_join *join);

#endif
