/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends messages of the monitor to a client, and drops clients. */
#ifndef PF_CLIENT_H
#define PF_CLIENT_H

#include "init/monitor/monitor.h"

/* Closes the connection of a client, and kills the client's command. */
void pf_client_drop(struct client *client);

/* Sends one message, or drops the client. */
void pf_client_tell(struct client *client, const struct pf_message *message, const int *fds,
		    size_t count);
void pf_client_done(struct client *client, int number);

#endif
