/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serves the clients of a detached monitor (clients.h). A client with a wrong message loses its
 * connection. In each round of its loop, the monitor reads at most one message of each client, and
 * it never waits for a client. So no client can disturb the others.
 */
#define _GNU_SOURCE
#include "clients.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "client_command.h"
#include "client_terminal.h"
#include "common/clock.h"
#include "common/protocol/peer_check.h"
#include "common/protocol/wire.h"
#include "init/base/detached_state.h"
#include "init/base/poll_fds.h"
#include "init/monitor/command_signals.h"
#include "init/monitor/log_pipe.h"
#include "init/monitor/op_control.h"
#include "init/root/op_take.h"
#include "record.h"
#include "unreaped.h"

#define DEAF_USEC 100000
/* After the end of the container: time limit for clients that do not read. */
#define LAST_OUTPUT_USEC 500000
#define LAST_OUTPUT_MOST 10000000
#define MOST_COMMAND_FDS 4
/* Maximum number of clients to accept in a round; a flood of clients must not stop the monitor. */
#define MOST_NEW 64

/* Tells a client by an errno why it is not served, and drops the client. */
static void refuse(struct client *client, int number)
{
	pf_client_done(client, number);
	pf_client_drop(client);
}

/* Tells whether a client has hung up. The main loop does not notice this while it does not poll the
 * client, because the terminal has not taken the client's earlier input. */
static int has_hung_up(const struct client *client)
{
	struct pollfd fd = {.fd = client->fd};

	return client->fd >= 0 && poll(&fd, 1, 0) > 0 && fd.revents & (POLLHUP | POLLERR);
}

/* Returns a free entry for a new client, or the entry of an attached client that has hung up. If
 * there is none, drops the oldest client that has sent no request, and returns its entry. Returns
 * NULL if all clients have sent a request. All clients of a container that is not detached have
 * done so (pf_serve_own_client()), even if the monitor has not read their requests yet. */
static struct client *find_place(struct monitor *monitor)
{
	struct client *idle = NULL;

	for (size_t i = 0; i < MONITOR_CLIENTS; i++) {
		struct client *client = &monitor->clients[i];
		if (client->state == CLIENT_NONE)
			return client;
		if (client->state == CLIENT_ATTACHED && has_hung_up(client)) {
			pf_client_drop(client);
			return client;
		}
		if (client->state == CLIENT_NEW && pf_is_detached(monitor) &&
		    (!idle || client->number < idle->number))
			idle = client;
	}
	if (idle)
		pf_client_drop(idle);
	return idle;
}

/* Checks the process at the other end of a client's socket. Returns 1 if the client may send
 * requests, 0 if the client is root and must first prove its namespaces (PF_HAS_PROOF), or
 * -errno. */
static int check_client(int socket)
{
	struct ucred client;
	socklen_t length = sizeof(client);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &client, &length) < 0)
		return -errno;
	if (client.uid != geteuid())
		return client.uid == 0 ? 0 : -EPERM;
	int r = pf_peer_check(socket, client.pid);
	return r < 0 ? r : 1;
}

/* Adds a client. `trust` is the result of check_client(). */
static void welcome(struct monitor *monitor, int fd, int trust)
{
	struct client *client = find_place(monitor), spare = {.fd = fd, .bell = -1};

	if (trust < 0 || !client) {
		refuse(&spare, trust < 0 ? EPERM : EBUSY);
		return;
	}
	client->state = CLIENT_NEW;
	client->fd = fd;
	client->bell = -1;
	client->is_trusted = trust;
	client->number = ++monitor->client_number;
	client->held_usec = 0;
	client->is_slow = 0;
	client->input_start = client->input_end = 0;
	size_t at = (size_t)(client - monitor->clients);
	if (at >= monitor->client_count)
		monitor->client_count = at + 1;
}

/* Accepts a connection. Returns 1, or 0 if no client was waiting. */
static int accept_client(struct monitor *monitor)
{
	int fd = accept4(monitor->run.outside.detached.listener, NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		welcome(monitor, fd, check_client(fd));
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		monitor->deaf_until = pf_now_usec() + DEAF_USEC;
	return fd >= 0;
}

/* Adds a client whose socket the caller has sent, without a check: only the process that has
 * started the container has the caller's socket. */
void pf_serve_own_client(struct monitor *monitor, struct pf_received *got)
{
	if (pf_is_detached(monitor) || got->fd_count != 1)
		return;
	fcntl(got->fds[0], F_SETFL, O_NONBLOCK);
	got->fd_count = 0;
	welcome(monitor, got->fds[0], 1);
}

static void tell_record(struct monitor *monitor, struct client *client)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_RECORD);
	pf_record_fill(monitor, &message.body.record);
	pf_client_tell(client, &message, NULL, 0);
}

static void watch_output(struct monitor *monitor, struct client *client, enum client_state state)
{
	const struct pf_ring *ring = &monitor->run.outside.detached.ring;

	if (!ring->data) {
		refuse(client, ENOTTY);
		return;
	}
	client->place = 0;
	client->end = ring->head;
	client->state = state;
	if (pf_pty_skip_missed(monitor, client) < 0)
		pf_client_drop(client);
	else
		pf_pty_send_output(monitor, client);
}

static void send_signal(struct monitor *monitor, struct client *client, int number)
{
	if (number >= 0 && number <= 64)
		pf_deliver_signal(monitor, number ? number : SIGTERM);
	pf_client_done(client, number >= 0 && number <= 64 ? 0 : EINVAL);
}

/* Takes the bell (caller.h) of a request: its last descriptor. Accepts only a unix socket, because
 * close(2) of another kind of socket could block, and close(2) of a file could release a lock
 * (op_take.h). */
static void take_bell(struct client *client, struct pf_received *got)
{
	int domain = 0;
	socklen_t length = sizeof(domain);

	if (!(got->message.body.request.has & PF_HAS_BELL) || got->fd_count == 0 ||
	    client->bell >= 0)
		return;
	int fd = got->fds[got->fd_count - 1];
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0 || domain != AF_UNIX)
		return;
	client->bell = fd;
	got->fd_count--;
}

static void grant(struct monitor *monitor, struct client *client, struct pf_received *got)
{
	const struct pf_request *request = &got->message.body.request;

	take_bell(client, got);
	switch (request->want) {
	case PF_WANT_RECORD:
		tell_record(monitor, client);
		break;
	case PF_WANT_SEND:
		send_signal(monitor, client, request->signal);
		break;
	case PF_WANT_WAIT:
		client->state = CLIENT_WAITS;
		break;
	case PF_WANT_ATTACH:
		pf_pty_resize(monitor, request->rows, request->cols, 1);
		watch_output(monitor, client, CLIENT_ATTACHED);
		break;
	case PF_WANT_LOGS:
		watch_output(monitor, client, CLIENT_LOGS);
		break;
	case PF_WANT_FOLLOW:
		watch_output(monitor, client, CLIENT_FOLLOWS);
		break;
	case PF_WANT_EXEC:
		pf_client_command_start(monitor, client, got);
		break;
	default:
		refuse(client, EPROTO);
	}
}

/* Checks the namespace descriptors of a request (PF_HAS_PROOF), and removes them from the request.
 * Returns 0 or -EPERM. */
static int check_proof(struct client *client, struct pf_received *got)
{
	if (got->message.body.request.has & PF_HAS_PROOF) {
		int r = got->fd_count >= PF_PROOF_FDS ? pf_peer_check_proof(got->fds) : -EPERM;
		if (r < 0)
			return r;
		for (int i = 0; i < PF_PROOF_FDS; i++)
			close(got->fds[i]);
		got->fd_count -= PF_PROOF_FDS;
		memmove(got->fds, got->fds + PF_PROOF_FDS, got->fd_count * sizeof(int));
		client->is_trusted = 1;
	}
	return client->is_trusted ? 0 : -EPERM;
}

/* Handles a request. A client's first request must have no descriptors. After the answer, the
 * client may send descriptors. */
static void on_request(struct monitor *monitor, struct client *client, struct pf_received *got)
{
	const struct pf_request *request = &got->message.body.request;
	int has_proof = (request->has & PF_HAS_PROOF) != 0;
	/* Only the monitor of a detached container has a record and a terminal to attach to. */
	int is_known = request->version == PF_CONTROL_VERSION &&
		       (pf_is_detached(monitor) || request->want == PF_WANT_EXEC);

	pf_refuse_fds(client->fd, 0);
	if (!client->is_trusted && !has_proof)
		pf_client_done(client, EPERM); /* the client may try again with PF_HAS_PROOF */
	else if (check_proof(client, got) < 0)
		refuse(client, EPERM);
	else if (!is_known)
		refuse(client, EPROTO);
	else
		grant(monitor, client, got);
}

static void on_client(struct monitor *monitor, struct client *client)
{
	struct pf_received got;
	int r = pf_receive_bytes(client->fd, MSG_DONTWAIT, &got, client->input,
				 sizeof(client->input));
	const struct pf_message *message = &got.message;

	if (r == -EAGAIN)
		return;
	int is_taken = pf_take_turn(got.fds, got.fd_count);
	if (r == -EMFILE) {
		refuse(client, EMFILE); /* pf_receive() has closed the descriptors of the request */
	} else if (r == 1 && message->type == PF_MESSAGE_REQUEST && client->state == CLIENT_NEW) {
		on_request(monitor, client, &got);
	} else if (r == 1 && message->type == PF_MESSAGE_INPUT &&
		   client->state == CLIENT_ATTACHED) {
		client->input_start = 0;
		client->input_end = message->length;
		pf_pty_write_input(monitor, client);
	} else if (r == 1 && message->type == PF_MESSAGE_RESIZE &&
		   (client->state == CLIENT_ATTACHED || client->state == CLIENT_WAITS)) {
		pf_pty_resize(monitor, message->body.resize.rows, message->body.resize.cols, 0);
	} else if (r == 1 && message->type == PF_MESSAGE_SIGNAL &&
		   client->state == CLIENT_HAS_COMMAND) {
		pf_client_command_signal(client, message->body.signal.number);
	} else if (r == 1 && message->type == PF_MESSAGE_SIGNAL && client->state == CLIENT_WAITS) {
		pf_deliver_signal(monitor, message->body.signal.number);
	} else {
		pf_client_drop(client);
	}
	pf_close_received(&got, 0);
	/* The message was malformed, and its descriptors are closed already. */
	if (is_taken || r < 0)
		pf_take_again();
}

static void watch_client(struct monitor *monitor, struct client *client, struct pollfd *fds)
{
	const struct pollfd none = {.fd = -1};

	for (int i = 0; i < SERVE_PER_CLIENT; i++)
		fds[i] = none;
	if (client->state == CLIENT_NONE)
		return;
	if (client->input_end == 0) {
		fds[SERVE_CLIENT].fd = client->fd;
		fds[SERVE_CLIENT].events = POLLIN;
		if (pf_pty_has_new_output(monitor, client))
			fds[SERVE_CLIENT].events |= POLLOUT;
	}
	if (client->state == CLIENT_HAS_COMMAND) {
		fds[SERVE_REPORT] = (struct pollfd){client->command.report_socket, POLLIN, 0};
		fds[SERVE_COMMAND] = (struct pollfd){
			client->command.report_socket >= 0 ? -1 : client->command.pidfd, POLLIN, 0};
	}
}

/* Lowers *timeout to the time until the next deadline of a client's command. */
static void watch_time(const struct client *client, int *timeout)
{
	int left = pf_client_command_time_left(client);

	if (left >= 0 && (*timeout < 0 || left < *timeout))
		*timeout = left;
}

static int is_deaf(struct monitor *monitor, int *timeout)
{
	if (!monitor->deaf_until)
		return 0;
	if (pf_now_usec() >= monitor->deaf_until) {
		monitor->deaf_until = 0;
		return 0;
	}
	*timeout = *timeout < 0 || *timeout > 100 ? 100 : *timeout;
	return 1;
}

nfds_t pf_serve_watch(struct monitor *monitor, struct pollfd fds[SERVE_MAX], int *timeout)
{
	const struct pf_detached_state *detached = &monitor->run.outside.detached;
	short master = 0;

	if (!pf_is_detached(monitor) && monitor->client_count == 0)
		return 0;
	if (monitor->pty_master >= 0) {
		master = pf_pty_has_room(monitor, timeout) ? POLLIN : 0;
		master |= pf_pty_has_waiting_input(monitor) ? POLLOUT : 0;
	}
	if (pf_reap_unreaped(monitor) > 0)
		*timeout = *timeout < 0 || *timeout > 100 ? 100 : *timeout;
	int listener = is_deaf(monitor, timeout) ? -1 : detached->listener;
	fds[SERVE_LISTENER] = (struct pollfd){listener, POLLIN, 0};
	fds[SERVE_SIGNALS] = (struct pollfd){detached->signals, POLLIN, 0};
	fds[SERVE_MASTER] = (struct pollfd){master ? monitor->pty_master : -1, master, 0};
	fds[SERVE_LOG] = (struct pollfd){detached->log_pipe, POLLIN, 0};
	for (size_t i = 0; i < monitor->client_count; i++) {
		watch_client(monitor, &monitor->clients[i],
			     fds + SERVE_CLIENTS + i * SERVE_PER_CLIENT);
		watch_time(&monitor->clients[i], timeout);
	}
	return SERVE_CLIENTS + monitor->client_count * SERVE_PER_CLIENT;
}

static void on_own_signal(struct monitor *monitor)
{
	struct signalfd_siginfo info;

	if (read(monitor->run.outside.detached.signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		pf_control_socket_restore(&monitor->run);
	else
		pf_deliver_signal(monitor, (int)info.ssi_signo);
}

static void serve_client(struct monitor *monitor, struct client *client, const struct pollfd *fds)
{
	if (fds[SERVE_REPORT].revents)
		pf_client_command_receive(monitor, client);
	if (fds[SERVE_COMMAND].revents)
		pf_client_command_reap(monitor, client);
	pf_client_command_check_time(monitor, client);
	if (client->state == CLIENT_NONE || client->fd < 0)
		return;
	if (fds[SERVE_CLIENT].revents & (POLLIN | POLLHUP | POLLERR))
		on_client(monitor, client);
	if (client->state != CLIENT_NONE && client->input_end > 0)
		pf_pty_write_input(monitor, client);
	if (pf_pty_has_new_output(monitor, client))
		pf_pty_send_output(monitor, client);
}

/* Accepts new clients last, because `fds` has no entries for them. */
void pf_serve(struct monitor *monitor, const struct pollfd *fds, nfds_t count)
{
	if (count == 0)
		return;
	if (fds[SERVE_SIGNALS].revents)
		on_own_signal(monitor);
	if (fds[SERVE_MASTER].revents & (POLLIN | POLLHUP | POLLERR) &&
	    pf_pty_read(monitor) == -EIO)
		pf_pty_report_lost(monitor);
	if (fds[SERVE_LOG].revents)
		pf_log_pipe_read(&monitor->run.outside.detached);
	for (size_t i = 0; SERVE_CLIENTS + i * SERVE_PER_CLIENT < count; i++)
		serve_client(monitor, &monitor->clients[i],
			     fds + SERVE_CLIENTS + i * SERVE_PER_CLIENT);
	if (fds[SERVE_LISTENER].revents)
		for (int left = MOST_NEW; left > 0 && accept_client(monitor); left--)
			;
}

static uint64_t news(const struct monitor *monitor)
{
	uint64_t count = 0;

	for (size_t i = 0; i < monitor->client_count; i++)
		if (pf_pty_has_new_output(monitor, &monitor->clients[i]))
			count +=
				monitor->run.outside.detached.ring.head - monitor->clients[i].place;
	return count;
}

void pf_serve_rest(struct monitor *monitor)
{
	uint64_t start = pf_now_usec(), last = start, before = UINT64_MAX;
	struct pollfd fds[SERVE_MAX];

	pf_log_pipe_drain(&monitor->run.outside.detached);
	if (monitor->run.outside.detached.listener < 0 || monitor->pty_master < 0)
		return;
	pf_pty_release(monitor);
	for (;;) {
		uint64_t now = pf_now_usec(), left = news(monitor);
		if (left != before)
			last = now;
		before = left;
		if ((left == 0 && monitor->pty_master < 0) || now - last > LAST_OUTPUT_USEC ||
		    now - start > LAST_OUTPUT_MOST)
			return;
		int timeout = 100;
		nfds_t count = pf_serve_watch(monitor, fds, &timeout);
		if (pf_poll(fds, count, timeout) > 0)
			pf_serve(monitor, fds, count);
	}
}

/* Sends a last message to all clients, and drops them. Waits up to `usec` for clients that have to
 * read earlier messages first. */
static void tell_all(struct monitor *monitor, const struct pf_message *message, uint64_t usec)
{
	uint64_t end = pf_now_usec() + usec;

	for (size_t i = 0; i < monitor->client_count; i++) {
		struct client *client = &monitor->clients[i];
		struct pollfd room = {.fd = client->fd, .events = POLLOUT};
		int r = client->fd < 0 || client->state == CLIENT_NONE ? -EBADF : -EAGAIN;
		while (r == -EAGAIN) {
			r = pf_send(client->fd, message, NULL, 0);
			if (r == -EAGAIN && (usec == 0 || pf_now_usec() >= end))
				break;
			if (r == -EAGAIN)
				poll(&room, 1, 50);
		}
		if (r != -EAGAIN && r != -EBADF)
			pf_client_drop(client);
	}
}

void pf_serve_exited(struct monitor *monitor, const struct pflask_exit *exit)
{
	struct pf_message message;

	if (monitor->run.outside.detached.listener < 0)
		return;
	monitor->deaf_until = 0;
	while (accept_client(monitor))
		;
	pf_message_init(&message, PF_MESSAGE_EXITED);
	message.body.exited = *exit;
	tell_all(monitor, &message, 0);
	tell_all(monitor, &message, LAST_OUTPUT_USEC);
}
