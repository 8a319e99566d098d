/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connects the terminal of a detached container with its clients. A client that does not read
 * cannot stop the container: the monitor reads the output into a ring buffer, and waits at most a
 * second for a client that reads nothing.
 */
#define _GNU_SOURCE
#include "client_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/protocol/wire.h"
#include "init/base/ring.h"

#define HOLD_USEC 1000000 /* longest time for which the container waits for a client to read */
#define READS 16          /* number of reads from the terminal before the clients are served */
#define SENDS 8

/* Opens the pty slave, and keeps it open: a pty master reports EIO when no process has the slave
 * open. With the slave open in the monitor, EIO can only mean that the container has ended. */
static void open_pty_slave(struct monitor *monitor)
{
	if (monitor->pty_slave >= 0)
		close(monitor->pty_slave);
	monitor->pty_slave = ioctl(monitor->pty_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

void pf_serve_terminal(struct monitor *monitor, int master)
{
	monitor->pty_master = master;
	monitor->pty_slave = -1;
	open_pty_slave(monitor);
}

void pf_pty_release(struct monitor *monitor)
{
	monitor->has_ended = 1;
	if (monitor->pty_slave >= 0)
		close(pf_steal_fd(&monitor->pty_slave));
}

/* Handles EIO of the pty master: no process has the slave open. Closes the master if the container
 * has ended. Otherwise opens the slave again, because a process may open the terminal later. */
void pf_pty_report_lost(struct monitor *monitor)
{
	if (monitor->has_ended)
		close(pf_steal_fd(&monitor->pty_master));
	else
		open_pty_slave(monitor);
}

static int reads(const struct client *client)
{
	return client->fd >= 0 && client->state >= CLIENT_LOGS && client->state <= CLIENT_ATTACHED;
}

static uint64_t end_of(const struct monitor *monitor, const struct client *client)
{
	uint64_t head = monitor->run.outside.detached.ring.head;

	return client->end < head ? client->end : head;
}

/* Tells whether a client has received all kept output, but not the message that new output
 * follows. */
static int has_caught_up(const struct client *client)
{
	return client->state != CLIENT_LOGS && client->end != OUTPUT_ENDLESS &&
	       client->place >= client->end;
}

int pf_pty_has_new_output(const struct monitor *monitor, const struct client *client)
{
	return reads(client) && (client->place < end_of(monitor, client) || has_caught_up(client));
}

/* Returns the position from which the ring buffer must keep output: that of the slowest client for
 * which the container waits. */
static uint64_t place_to_keep(const struct monitor *monitor)
{
	uint64_t keep = monitor->run.outside.detached.ring.head;

	for (size_t i = 0; i < monitor->client_count; i++) {
		const struct client *client = &monitor->clients[i];
		if (reads(client) && !client->is_slow && client->place < keep)
			keep = client->place;
	}
	return keep;
}

/* Adds the time for which the container has waited to the `held_usec` of each client that lags
 * behind. If only the slowest client were charged, many clients could take turns, and stop the
 * container for long. */
static void charge(struct monitor *monitor)
{
	uint64_t now = pf_now_usec();

	for (size_t i = 0; i < monitor->client_count; i++) {
		struct client *client = &monitor->clients[i];
		if (!pf_pty_has_new_output(monitor, client))
			continue;
		client->held_usec += now - monitor->held_since;
		if (client->held_usec >= HOLD_USEC)
			client->is_slow = 1;
	}
	monitor->held_since = now;
}

int pf_pty_has_waiting_input(const struct monitor *monitor)
{
	for (size_t i = 0; i < monitor->client_count; i++)
		if (monitor->clients[i].state != CLIENT_NONE && monitor->clients[i].input_end > 0)
			return 1;
	return 0;
}

/* Tells whether the ring buffer has room for output. Without room, the container has to wait until
 * the clients have read: records when this wait began. */
int pf_pty_has_room(struct monitor *monitor, int *timeout)
{
	const struct pf_ring *ring = &monitor->run.outside.detached.ring;
	char *at;

	if (monitor->held_since)
		charge(monitor);
	if (pf_ring_room(ring, place_to_keep(monitor), &at) > 0) {
		monitor->held_since = 0;
		return 1;
	}
	if (!monitor->held_since)
		monitor->held_since = pf_now_usec();
	*timeout = *timeout < 0 || *timeout > 50 ? 50 : *timeout;
	return 0;
}

/* Adds bytes to the ring buffer. The modes that are set by bytes falling out of the buffer are
 * tracked by pf_modes_feed(). */
static void add(struct monitor *monitor, size_t count)
{
	struct pf_ring *ring = &monitor->run.outside.detached.ring;
	uint64_t before = pf_ring_tail(ring);
	struct iovec parts[2];

	pf_ring_add(ring, count);
	pf_ring_look(ring, before, (size_t)(pf_ring_tail(ring) - before), parts);
	for (int i = 0; i < 2; i++)
		pf_modes_feed(&monitor->modes, &monitor->parser, parts[i].iov_base,
			      parts[i].iov_len);
}

int pf_pty_read(struct monitor *monitor)
{
	struct pf_ring *ring = &monitor->run.outside.detached.ring;
	char *at;

	for (int i = 0; i < READS; i++) {
		size_t room = pf_ring_room(ring, place_to_keep(monitor), &at);
		if (room == 0)
			return 0;
		ssize_t n = read(monitor->pty_master, at, room);
		if (n < 0 && errno == EIO)
			return -EIO;
		if (n <= 0)
			return 0;
		pf_log_put(&monitor->run.outside.detached.log, at, (size_t)n);
		add(monitor, (size_t)n);
	}
	return 0;
}

/* Records that a client has read `count` bytes, and reduces its waiting time by a microsecond for
 * each. A client that has read everything starts again with no waiting time. */
static void credit(struct monitor *monitor, struct client *client, size_t count)
{
	client->place += count;
	client->held_usec -= client->held_usec < count ? client->held_usec : count;
	if (client->place == monitor->run.outside.detached.ring.head) {
		client->is_slow = 0;
		client->held_usec = 0;
	}
}

int pf_pty_skip_missed(struct monitor *monitor, struct client *client)
{
	uint64_t tail = pf_ring_tail(&monitor->run.outside.detached.ring);
	struct pf_message message;

	if (client->place >= tail)
		return 0;
	pf_message_init(&message, PF_MESSAGE_MISSED);
	message.body.missed.bytes = tail - client->place;
	message.body.missed.parser = monitor->parser;
	message.body.missed.modes = monitor->modes;
	int r = pf_send(client->fd, &message, NULL, 0);
	if (r == 0)
		client->place = tail;
	return r;
}

/* Sends a message of output to a client: either kept or new output, never both. Returns 0 or
 * -errno. */
static int show_some(struct monitor *monitor, struct client *client)
{
	uint64_t rest = end_of(monitor, client) - client->place;
	size_t most = rest < PF_OUTPUT_MAX ? (size_t)rest : PF_OUTPUT_MAX;
	struct iovec parts[2];
	size_t count =
		pf_ring_look(&monitor->run.outside.detached.ring, client->place, most, parts);
	int r = pf_send_bytes(client->fd, PF_MESSAGE_OUTPUT, parts);

	if (r == 0)
		credit(monitor, client, count);
	return r;
}

/* Tells a client that all further output is new. Returns 0 or -errno. */
static int go_live(struct client *client)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_LIVE);
	int r = pf_send(client->fd, &message, NULL, 0);
	if (r == 0)
		client->end = OUTPUT_ENDLESS;
	return r;
}

void pf_pty_send_output(struct monitor *monitor, struct client *client)
{
	for (int i = 0; i < SENDS && pf_pty_has_new_output(monitor, client); i++) {
		int r = pf_pty_skip_missed(monitor, client);
		if (r == 0 && has_caught_up(client))
			r = go_live(client);
		else if (r == 0 && client->place < end_of(monitor, client))
			r = show_some(monitor, client);
		if (r == -EAGAIN)
			return;
		if (r < 0) {
			pf_client_drop(client);
			return;
		}
	}
	if (client->state == CLIENT_LOGS && !pf_pty_has_new_output(monitor, client))
		pf_client_drop(client);
}

void pf_pty_write_input(struct monitor *monitor, struct client *client)
{
	size_t size = client->input_end - client->input_start;
	ssize_t n = -1;

	errno = EIO;
	if (monitor->pty_master >= 0)
		n = write(monitor->pty_master, client->input + client->input_start, size);
	if (n > 0)
		client->input_start += (size_t)n;
	else if (errno != EAGAIN)
		/* No process can read the input any more. */
		client->input_start = client->input_end;
	if (client->input_start == client->input_end)
		client->input_start = client->input_end = 0;
}

/* Sets the size of the terminal. With `redraw`, sends SIGWINCH even if the size is unchanged, so
 * that a full-screen program draws its screen for a new client. */
void pf_pty_resize(const struct monitor *monitor, int rows, int cols, int redraw)
{
	struct winsize before = {0},
		       size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	pid_t group = 0;

	if (monitor->pty_master < 0 || rows == 0 || cols == 0)
		return;
	ioctl(monitor->pty_master, TIOCGWINSZ, &before);
	ioctl(monitor->pty_master, TIOCSWINSZ, &size);
	if (redraw && before.ws_row == size.ws_row && before.ws_col == size.ws_col &&
	    ioctl(monitor->pty_master, TIOCGPGRP, &group) == 0 && group > 1)
		kill(-group, SIGWINCH);
}
