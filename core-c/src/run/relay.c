/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relays between terminals (relay.h). One thread polls, and each direction has a buffer. While the
 * buffer of a direction is full, the relay does not read, so no byte is lost. The relay does not
 * make the caller's descriptors non-blocking, because other programs share the descriptors.
 */
#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "foreground.h"
#include "src/base/inherited_fds.h"
#include "src/spec/spec.h"
#include "src/terminal/detach_key.h"
#include "src/terminal/put_back.h"
#include "src/terminal/terminal.h"
#include "src/terminal/typed_signal.h"

#define BUFFER 65536
#define READS 16            /* number of reads in a row before input is relayed */
#define ESCAPE_USEC 1000000 /* time limit for typing the escape key three times */
#define LINGER_MSEC 1000    /* time limit for more output of a process outside the container */

enum {
	WATCH_IN,
	WATCH_OUT,
	WATCH_MASTER,
	WATCH_MONITOR,
	WATCH_INIT,
	WATCH_CHANNELS,
	WATCH_COUNT = WATCH_CHANNELS + PF_CHANNEL_FDS
};

struct buffer {
	size_t start, end;
	char data[BUFFER];
};

struct relay {
	pflask_container *container;
	int in_fd; /* descriptor of the input; -1: the input has ended */
	int out_fd;
	int is_terminal; /* `in_fd` is a terminal */
	int typed;       /* signal of the last typed key, or 0 */
	int pty_slave;   /* open pty slave of the container's terminal, or -1 */
	int has_ended;   /* no process of the container is left */
	int has_copies;  /* channels (channel.h) have output after the end of the container */
	int is_drained;
	int output_errno;
	char last;             /* last byte that was sent to the container */
	int is_in_sequence;    /* the last byte of the input was part of an escape sequence */
	uint64_t escape_at[2]; /* times of the last two consecutive escape keys, or 0 */
	struct pf_detach_key escape;
	struct pf_terminal_state shown;
	struct pf_put_back put_back;
	struct buffer in, out;
};

static size_t buffered(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

static int has_room(const struct buffer *buffer)
{
	return buffer->end < BUFFER || buffered(buffer) == 0;
}

/* Reads once. Returns the result of read(2), or -errno. */
static ssize_t fill(struct buffer *buffer, int fd)
{
	if (buffered(buffer) == 0)
		buffer->start = buffer->end = 0;
	ssize_t n = read(fd, buffer->data + buffer->end, BUFFER - buffer->end);
	if (n < 0)
		return -errno;
	buffer->end += (size_t)n;
	return n;
}

/* Returns the number of bytes for the next write. After POLLOUT, a pipe takes PIPE_BUF bytes
 * without blocking (pipe(7)). */
static size_t piece(const struct buffer *buffer)
{
	return buffered(buffer) < PIPE_BUF ? buffered(buffer) : PIPE_BUF;
}

/* Removes `n` written bytes. Returns `n`, which may be -errno. */
static ssize_t empty(struct buffer *buffer, ssize_t n)
{
	if (n > 0)
		buffer->start += (size_t)n;
	return n;
}

static int is_transient(ssize_t result)
{
	return result == -EAGAIN || result == -EINTR;
}

/* Opens the pty slave, and keeps it open: a pty master reports EIO when no process has the slave
 * open, even if the container has not ended. (systemd closes the console and opens it again.) With
 * the slave open in the relay, EIO can only mean that the container has ended. */
static void open_pty_slave(struct relay *relay)
{
	if (relay->pty_slave >= 0)
		close(relay->pty_slave);
	relay->pty_slave =
		ioctl(relay->container->pty_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void close_pty_slave(struct relay *relay)
{
	if (relay->pty_slave >= 0)
		close(pf_steal_fd(&relay->pty_slave));
}

/* Closes the pty master, which acts like a terminal that is unplugged: the session in the container
 * gets SIGHUP, and its reads and writes fail. */
static void hang_up(struct relay *relay, struct pf_terminal *terminal)
{
	terminal->pty_master = -1;
	close_pty_slave(relay);
	if (relay->container->pty_master >= 0)
		close(pf_steal_fd(&relay->container->pty_master));
	relay->in_fd = -1;
	relay->in.start = relay->in.end = 0;
	relay->is_drained = 1;
}

/* Handles the end of input from a pipe or file: sends the end-of-file character to the terminal, as
 * if a user had typed it; within a line, twice (termios(3), VEOF). */
static void end_input(struct relay *relay)
{
	struct termios modes;

	relay->in_fd = -1;
	if (tcgetattr(relay->container->pty_master, &modes) < 0 || !(modes.c_lflag & ICANON))
		return;
	relay->in.start = relay->in.end = 0;
	if (relay->last != '\n')
		relay->in.data[relay->in.end++] = (char)modes.c_cc[VEOF];
	relay->in.data[relay->in.end++] = (char)modes.c_cc[VEOF];
}

/* Handles the escape key: the third within a second kills the container. The command gets each key
 * as input, too. */
static void take_escape(struct relay *relay)
{
	const uint64_t now = pf_now_usec();

	if (relay->escape_at[0] && now - relay->escape_at[0] <= ESCAPE_USEC)
		pf_kill(relay->container, SIGKILL);
	relay->escape_at[0] = relay->escape_at[1];
	relay->escape_at[1] = now;
}

/* Searches the input for the escape key. Any other key restarts the count. An escape sequence does
 * not, because a keyboard protocol reports the release of a key by a sequence, and a byte in a
 * sequence is no key. */
static void find_escape(struct relay *relay, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const enum pf_key_event event = pf_detach_key_next(
			&relay->escape, &relay->shown.modes, (unsigned char)data[i]);
		if (event == PF_KEY_SEQUENCE || (event == PF_KEY_BYTE && !relay->is_in_sequence))
			take_escape(relay);
		else if (event == PF_KEY_BYTE || (event == PF_KEY_OTHER && !relay->is_in_sequence))
			relay->escape_at[0] = relay->escape_at[1] = 0;
		relay->is_in_sequence = event == PF_KEY_PART || event == PF_KEY_FIRST;
	}
}

static void note_input(struct relay *relay, const char *data, size_t size)
{
	relay->last = data[size - 1];
	if (!relay->is_terminal)
		return;
	pf_note_typed_signal(&relay->typed, relay->container->pty_master, data, size);
	if (relay->escape.key < PF_NO_ESCAPE_KEY)
		find_escape(relay, data, size);
}

static void read_input(struct relay *relay, struct pf_terminal *terminal)
{
	ssize_t n = fill(&relay->in, relay->in_fd);

	if (n > 0)
		note_input(relay, relay->in.data + relay->in.end - n, (size_t)n);
	else if (is_transient(n))
		return;
	else if (relay->is_terminal)
		hang_up(relay, terminal);
	else
		end_input(relay);
}

static void write_output(struct relay *relay, struct pf_terminal *terminal)
{
	struct buffer *out = &relay->out;
	ssize_t n =
		empty(out, pf_put_back_write(&relay->put_back, &relay->shown, terminal,
					     relay->out_fd, out->data + out->start, piece(out)));

	if (n >= 0 || is_transient(n))
		return;
	relay->output_errno = (int)-n;
	relay->out.start = relay->out.end = 0;
	hang_up(relay, terminal);
}

/* Reads the output that has come, up to READS pieces, so that few calls of poll(2) relay much
 * output. The pty master does not block, except that of a monitor that is not trusted (`is_guest`):
 * it is read once after each poll(2). */
static void read_master(struct relay *relay)
{
	int reads = relay->container->is_guest ? 1 : READS;
	ssize_t n = 1;

	for (int i = 0; i < reads && n > 0 && has_room(&relay->out); i++) {
		n = fill(&relay->out, relay->container->pty_master);
		if (n > 0)
			pf_log_put(&relay->container->log, relay->out.data + relay->out.end - n,
				   (size_t)n);
	}
	if (n > 0 || is_transient(n))
		return;
	if (relay->has_ended)
		relay->is_drained = 1;
	else
		open_pty_slave(relay);
}

static void write_master(struct relay *relay)
{
	struct buffer *in = &relay->in;
	ssize_t n = write(relay->container->pty_master, in->data + in->start, piece(in));

	n = empty(in, n < 0 ? -errno : n);
	if (n < 0 && !is_transient(n))
		relay->in.start = relay->in.end = 0; /* no process can read the input any more */
}

static void end_container(struct relay *relay)
{
	relay->has_ended = 1;
	relay->in_fd = -1;
	relay->in.start = relay->in.end = 0;
	close_pty_slave(relay);
}

/* Fills in the descriptors to poll. Leaves out a descriptor of which no event is wanted, because
 * poll(2) would report its hang-up again and again. */
static void watch(const struct relay *relay, int may_read, struct pollfd fds[WATCH_COUNT])
{
	short master = (short)((has_room(&relay->out) ? POLLIN : 0) |
			       (buffered(&relay->in) > 0 ? POLLOUT : 0));

	fds[WATCH_IN] = (struct pollfd){.fd = may_read ? relay->in_fd : -1, .events = POLLIN};
	fds[WATCH_OUT] = (struct pollfd){.fd = buffered(&relay->out) > 0 ? relay->out_fd : -1,
					 .events = POLLOUT};
	fds[WATCH_MASTER] = (struct pollfd){
		.fd = master && !relay->is_drained ? relay->container->pty_master : -1,
		.events = master};
	fds[WATCH_MONITOR] = (struct pollfd){.fd = relay->has_ended ? -1 : relay->container->socket,
					     .events = POLLIN};
}

static void copy_channels(struct relay *relay, struct pf_terminal *terminal,
			  const struct pollfd fds[PF_CHANNEL_FDS])
{
	int error = pf_channels_copy(relay->container->channels, fds, &relay->put_back,
				     &relay->shown, terminal);

	if (error && !relay->output_errno)
		relay->output_errno = error;
}

/* Waits once for events, and handles them. Returns the result of poll(2). After the end of the
 * container, 0 means that no output has come for LINGER_MSEC. */
static int step(struct relay *relay, struct pf_terminal *terminal)
{
	struct pollfd fds[WATCH_COUNT];
	int slice, lingers = relay->has_ended && buffered(&relay->out) == 0 && !relay->has_copies;

	if (buffered(&relay->out) > 0 && relay->out_fd < 0) {
		/* poll(2) ignores the descriptor -1. write_output() fails, and records the
		 * error. */
		write_output(relay, terminal);
		return 1;
	}
	fds[WATCH_INIT] = (struct pollfd){.fd = pf_container_watch(relay->container, &slice),
					  .events = POLLIN};
	int timeout = lingers ? LINGER_MSEC : slice;
	int may_read = relay->in_fd >= 0 && buffered(&relay->in) == 0 &&
		       pf_terminal_has_input(terminal, &timeout);
	watch(relay, may_read, fds);
	pf_channels_watch(relay->container->channels, fds + WATCH_CHANNELS, &timeout);
	int r = poll(fds, WATCH_COUNT, timeout);
	if (r >= 0)
		pf_container_wake(relay->container, fds[WATCH_INIT].revents,
				  r == 0 && !lingers && timeout == slice);
	if (r == 0 && !lingers)
		return -EAGAIN;
	if (r <= 0)
		return r;
	if (fds[WATCH_MONITOR].revents &&
	    (pf_container_read(relay->container, 1) || relay->container->is_draining))
		end_container(relay);
	if (fds[WATCH_OUT].revents)
		write_output(relay, terminal);
	if (fds[WATCH_MASTER].revents & (POLLIN | POLLHUP | POLLERR) && !relay->is_drained)
		read_master(relay);
	if (fds[WATCH_MASTER].revents & POLLOUT && buffered(&relay->in) > 0)
		write_master(relay);
	if (fds[WATCH_IN].revents && relay->in_fd >= 0)
		read_input(relay, terminal);
	copy_channels(relay, terminal, fds + WATCH_CHANNELS);
	return r;
}

static int goes_on(struct relay *relay)
{
	relay->has_copies = relay->has_ended && pf_channels_drain(relay->container->channels);
	return !relay->has_ended || !relay->is_drained || buffered(&relay->out) > 0 ||
	       relay->has_copies;
}

static void run(struct relay *relay, struct pf_terminal *terminal)
{
	while (goes_on(relay))
		if (step(relay, terminal) == 0)
			return;
}

/* Tells whether the terminal keeps the modes that the command has set. If the command ends with 0,
 * the modes stay, because tput(1), reset(1) and printf(1) set modes on purpose. Otherwise the
 * command may not have restored the terminal, and the user's shell would keep an editor's screen,
 * mouse mode and keyboard protocol. */
static int leaves_well(const struct pflask_exit *end)
{
	return end->reason == PFLASK_EXITED && end->code == 0;
}

/* Fills in the caller's descriptors. Ignores `out_fd` if the caller had no such descriptor at the
 * start: a language runtime such as Bun may have opened a file of its own with this number. */
static void look_at_terminal(struct relay *relay, struct pf_terminal *terminal, int in_fd,
			     int out_fd)
{
	relay->in_fd = in_fd;
	relay->out_fd = pf_is_inherited(out_fd) ? out_fd : -1;
	relay->is_terminal = isatty(in_fd);
	pf_terminal_look(terminal, in_fd, out_fd, relay->container->pty_master);
	terminal->out_fd = isatty(relay->out_fd) ? relay->out_fd : -1;
	open_pty_slave(relay);
}

/* Fills in the channels, for a command without a terminal: the modes of the caller's terminals stay
 * unchanged. */
static void look_at_channels(struct relay *relay, struct pf_terminal *terminal)
{
	pf_terminal_look(terminal, -1, -1, -1);
	terminal->out_fd = pf_channels_output(relay->container->channels);
	relay->is_drained = 1;
}

static void leave(struct pf_terminal *terminal, int leaves_well)
{
	if (leaves_well)
		terminal->put_back = NULL;
	pf_foreground_plain();
}

static int relay_all(pflask_container *container, int in_fd, int out_fd, struct pflask_exit *ret)
{
	struct pf_terminal terminal;
	struct relay relay = {
		.container = container, .in_fd = -1, .out_fd = -1, .pty_slave = -1, .last = '\n'};

	relay.escape.key = container->escape_key;

	if (container->pty_master >= 0)
		look_at_terminal(&relay, &terminal, in_fd, out_fd);
	else
		look_at_channels(&relay, &terminal);
	pf_foreground_raw(&terminal);
	container->is_relayed = 1;
	run(&relay, &terminal);
	container->is_relayed = 0;
	close_pty_slave(&relay);
	/* The monitor will list the changes, perhaps on the same terminal. */
	int lists = container->is_draining;
	if (lists)
		leave(&terminal, leaves_well(&container->exit));
	int r = pf_wait(container, -1, ret);
	if (!lists)
		leave(&terminal, r == 0 && leaves_well(ret));
	ret->output_errno = relay.output_errno;
	ret->log_errno = container->log.error;
	ret->typed_signal = r == 0 ? pf_typed_signal(relay.typed, in_fd, ret) : 0;
	return r;
}

/* Returns early if there is nothing to relay, because clearing the large buffers of the relay takes
 * time. */
int pf_relay(pflask_container *container, int in_fd, int out_fd, struct pflask_exit *ret)
{
	int r = pf_check_started(container);

	if (r < 0)
		return r;
	if (container->pty_master < 0 && !container->channels)
		return pf_wait(container, -1, ret);
	return relay_all(container, in_fd, out_fd, ret);
}
