/* SPDX-License-Identifier: BSD-2-Clause */
/* A command that a client runs in the container. */
#ifndef PF_CLIENT_COMMAND_H
#define PF_CLIENT_COMMAND_H

#include "init/monitor/state.h"

/* Runs a command for a client; takes the descriptors of the client's request. */
void pf_executed_start(struct monitor *monitor, struct client *client, struct pf_received *got);
void pf_executed_report(struct monitor *monitor, struct client *client);
void pf_executed_signal(struct client *client, int signal);

/* Returns the milliseconds until a command that is not yet executed is killed; -1: never. */
int pf_executed_time_left(const struct client *client);
void pf_executed_expire(struct monitor *monitor, struct client *client);

/* Reaps the process of the client's command, which has ended. */
void pf_executed_reap(struct monitor *monitor, struct client *client);

/* Waits for the children that could not be waited for before. While such a zombie is in the pid
 * namespace, init cannot end (pid_namespaces(7)). Returns how many children are left. */
size_t pf_executed_bury(struct monitor *monitor);

/* Kills the commands that still run, and tells their clients. */
void pf_executed_end(struct monitor *monitor);

#endif
