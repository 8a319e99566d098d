/* SPDX-License-Identifier: BSD-2-Clause */
/* A command that a client runs in the container. */
#ifndef PF_CLIENT_COMMAND_H
#define PF_CLIENT_COMMAND_H

#include "init/monitor/state.h"

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

#endif
