/* SPDX-License-Identifier: BSD-2-Clause */
/* Forks and ends joiners. A joiner is a child of the monitor that joins the container for --exec,
 * and forks the process of the command. */
#ifndef PF_JOINER_H
#define PF_JOINER_H

#include "init/join/join.h"
#include "init/monitor/monitor.h"

/* Forks a joiner, and sets join->forked. Returns the pid of the joiner or -errno. */
int pf_joiner_fork(struct monitor *monitor, struct pf_join *join);

/* Kills a joiner, because it has done its work or takes too long, and finds the pid of the
 * command's process. The container may have stopped or killed the joiner at any moment. Does
 * nothing if the joiner has already ended. */
void pf_joiner_end(struct monitor *monitor, struct client_command *command);

#endif
