/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a client's command in the container. */
#ifndef PF_CLIENT_COMMAND_H
#define PF_CLIENT_COMMAND_H

#include "init/monitor/monitor.h"

/* Runs a command for a client; takes the descriptors of the client's request. */
void pf_client_command_start(struct monitor *monitor, struct client *client,
			     struct pf_received *got);
void pf_client_command_receive(struct monitor *monitor, struct client *client);
void pf_client_command_signal(struct client *client, int signal);

/* The monitor kills a command that is not executed in time. Returns the milliseconds that are left
 * for the command, or -1 if the command was executed. */
int pf_client_command_time_left(const struct client *client);
void pf_client_command_check_time(struct monitor *monitor, struct client *client);

/* Reaps the process of the client's command, which has ended. */
void pf_client_command_reap(struct monitor *monitor, struct client *client);

/* Kills the commands that still run, and tells their clients. */
void pf_kill_client_commands(struct monitor *monitor);

#endif
