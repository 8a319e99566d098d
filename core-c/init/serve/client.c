/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends messages of the monitor to a client, and drops clients (client.h). */
#define _GNU_SOURCE
#include "client.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client_command.h"
#include "common/cleanup.h"
#include "common/protocol/wire.h"

void pf_client_drop(struct client *client)
{
	pf_drop_fd(&client->fd);
	pf_drop_fd(&client->bell);
	client->input_start = client->input_end = 0;
	if (client->state == CLIENT_HAS_COMMAND)
		pf_client_command_signal(client, SIGKILL);
	else
		client->state = CLIENT_NONE;
}

void pf_client_tell(struct client *client, const struct pf_message *message, const int *fds,
		    size_t count)
{
	if (client->fd >= 0 && pf_send(client->fd, message, fds, count) < 0)
		pf_client_drop(client);
	if (client->bell >= 0)
		send(client->bell, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void pf_client_done(struct client *client, int number)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_DONE);
	message.body.done.number = number;
	pf_client_tell(client, &message, NULL, 0);
}
