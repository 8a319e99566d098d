/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs commands of --exec in the container, for clients of the monitor. */
#ifndef PF_CLIENT_COMMAND_H
#define PF_CLIENT_COMMAND_H

#include "init/monitor/monitor.h"

/* Runs a command for a client. Takes the descriptors of the client's request. */
void pf_client_command_start(struct monitor *monitor, struct client *client,
			     struct pf_received *got);
void pf_client_command_receive(struct monitor *monitor, struct client *client);
void pf_client_command_signal(struct client *client, int signal);

/* Returns the milliseconds that remain for the start of a client's command, or -1 if the command
 * was executed. A command that is not executed in time is killed. */
int pf_client_command_time_left(const struct client *client);
void pf_client_command_check_time(struct monitor *monitor, struct client *client);

/* Reaps a client's command, which has ended. */
void pf_client_command_reap(struct monitor *monitor, struct client *client);

/* Kills all commands that still run, and tells their clients. */
void pf_kill_client_commands(struct monitor *monitor);

#endif
