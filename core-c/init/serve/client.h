/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends messages of the monitor to a client, and disconnects clients. */
#ifndef PF_CLIENT_H
#define PF_CLIENT_H

#include "init/monitor/monitor.h"

/* Closes the connection to a client, and kills the command that the client has started. */
void pf_client_drop(struct client *client);

/* Sends a message to a client. If the message cannot be sent, drops the client. */
void pf_client_tell(struct client *client, const struct pf_message *message, const int *fds,
		    size_t count);
void pf_client_done(struct client *client, int number);

#endif
