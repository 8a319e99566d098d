/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor says to a client. */
#ifndef PF_CLIENT_H
#define PF_CLIENT_H

#include "init/monitor/state.h"

/* The connection of a client ends; its command is killed. */
void pf_client_drop(struct client *client);

/* Sends one message, or drops the client. */
void pf_client_tell(struct client *client, const struct pf_message *message, const int *fds,
		    size_t count);
void pf_client_done(struct client *client, int number);

#endif
