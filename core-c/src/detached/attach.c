/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relays between the caller's terminal and the monitor of a detached container (attach.h). As in
 * the relay of a foreground container, one thread does all work. The thread stops reading the
 * terminal while the monitor takes no more bytes, and stops reading from the monitor while the
 * terminal takes no more bytes. A command waits for ever for a terminal that takes no bytes. A
 * monitor waits for a slow reader only for a moment.
 */
#define _GNU_SOURCE
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "open.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/run/foreground.h"
#include "src/run/relay.h"
#include "src/terminal/detach_key.h"
#include "src/terminal/put_back.h"
#include "src/terminal/screen.h"
#include "src/terminal/typed_signal.h"

#define HOLD_MSEC 50 /* time to wait for the rest of a possible detach key */

enum { WATCH_IN, WATCH_OUT, WATCH_MONITOR, WATCH_WAKE, WATCH_COUNT };

struct attachment {
	int socket;
	int wake;  /* can be read after pf_interrupt() */
	int in_fd; /* -1: the input has ended */
	int out_fd;
	int is_terminal; /* in_fd is a terminal */
	int typed;       /* signal of a typed key, or 0 */
	int is_leaving;  /* the detach key was typed, or the terminal hung up */
	int has_ended;   /* the monitor has sent its last message */
	int is_interrupted;
	int refused; /* errno of a refusal or of a malformed message, or 0 */
	int output_errno;
	char last;                /* last byte of the output */
	size_t in_size, in_ready; /* number of bytes in `in`, and number of bytes to send */
	ssize_t sequence;         /* start of an unfinished sequence in `in`, or -1 */
	size_t out_start;
	struct pf_text out;
	/* The large members come last. */
	struct pf_detach_key key;
	struct pflask_exit exit;
	struct pf_put_back put_back;
	struct pf_terminal terminal;
	struct pf_screen screen;
	char in[PF_INPUT_MAX];
	char got[PF_OUTPUT_MAX];
	char out_data[PF_OUTPUT_MAX + PF_SCREEN_MORE];
};

static int has_output(const struct attachment *attachment)
{
	return attachment->out_start < attachment->out.size;
}

static int is_transient(ssize_t result)
{
	return result == -EAGAIN || result == -EINTR;
}

/* Leaves the container because the detach key was typed. Drops the input from `at` on. */
static void leave(struct attachment *attachment, size_t at)
{
	attachment->in_size = attachment->in_ready = at;
	attachment->is_leaving = 1;
}

/* Searches the input for the detach key, from `from` on. With a keyboard protocol, holds back an
 * unfinished sequence, because the sequence may be the key. */
static void find_key(struct attachment *attachment, size_t from)
{
	const struct pf_modes *modes = &attachment->screen.shown.modes;

	for (size_t i = from; i < attachment->in_size && !attachment->is_leaving; i++) {
		switch (pf_detach_key_next(&attachment->key, modes,
					   (unsigned char)attachment->in[i])) {
		case PF_KEY_OTHER:
			attachment->sequence = -1;
			break;
		case PF_KEY_PART:
			if (attachment->sequence < 0)
				attachment->sequence = (ssize_t)i;
			break;
		case PF_KEY_FIRST:
			attachment->sequence = (ssize_t)i;
			break;
		case PF_KEY_BYTE:
			leave(attachment, i);
			break;
		case PF_KEY_SEQUENCE:
			leave(attachment,
			      attachment->sequence < 0 ? i : (size_t)attachment->sequence);
			break;
		}
	}
	if (attachment->sequence >= 0 && !attachment->is_leaving && pf_modes_encode_keys(modes))
		attachment->in_ready = (size_t)attachment->sequence;
}

static int has_room(const struct attachment *attachment)
{
	return attachment->in_ready == 0 && attachment->in_size < sizeof(attachment->in) &&
	       !attachment->is_leaving;
}

static void read_input(struct attachment *attachment)
{
	size_t from = attachment->in_size;
	ssize_t n = read(attachment->in_fd, attachment->in + from, sizeof(attachment->in) - from);

	if (n < 0 && is_transient(-errno))
		return;
	if (n <= 0) {
		attachment->is_leaving = attachment->is_terminal;
		attachment->in_ready = attachment->in_size;
		attachment->in_fd = -1;
		return;
	}
	if (attachment->is_terminal)
		pf_note_typed_signal(&attachment->typed, -1, attachment->in + from, (size_t)n);
	attachment->in_size += (size_t)n;
	attachment->in_ready = attachment->in_size;
	if (attachment->is_terminal && attachment->key.key >= 0)
		find_key(attachment, from);
	if (attachment->in_size == sizeof(attachment->in))
		attachment->in_ready = attachment->in_size;
}

/* Removes input that was sent, or that no process can read any more. */
static void forget_input(struct attachment *attachment)
{
	size_t count = attachment->in_ready;

	memmove(attachment->in, attachment->in + count, attachment->in_size - count);
	attachment->in_size -= count;
	attachment->in_ready = 0;
	if (attachment->sequence >= 0)
		attachment->sequence = attachment->sequence > (ssize_t)count
					       ? attachment->sequence - (ssize_t)count
					       : 0;
}

static void send_input(struct attachment *attachment)
{
	const struct iovec parts[2] = {{attachment->in, attachment->in_ready}, {NULL, 0}};

	if (attachment->in_ready > 0 &&
	    pf_send_bytes(attachment->socket, PF_MESSAGE_INPUT, parts) != -EAGAIN)
		forget_input(attachment);
}

/* Leaves the container because no process reads the output. Drops the input, too: a user who does
 * not see the output does not type. */
static void lose_output(struct attachment *attachment, int error)
{
	attachment->output_errno = error;
	attachment->is_leaving = 1;
	attachment->in_size = attachment->in_ready = 0;
	attachment->out_start = attachment->out.size = 0;
}

static void write_output(struct attachment *attachment)
{
	const char *data = attachment->out_data + attachment->out_start;
	size_t size = attachment->out.size - attachment->out_start;
	ssize_t n = pf_put_back_write(&attachment->put_back, &attachment->screen.shown,
				      &attachment->terminal, attachment->out_fd, data,
				      size < PIPE_BUF ? size : PIPE_BUF);

	if (n > 0)
		attachment->last = data[n - 1];
	if (n >= 0)
		attachment->out_start += (size_t)n;
	else if (!is_transient(n))
		lose_output(attachment, (int)-n);
}

/* Handles the last message of the monitor, a malformed message, or the end of the connection. */
static void hear_end(struct attachment *attachment, int r, const struct pf_received *got)
{
	if (r == 1 && got->message.type == PF_MESSAGE_EXITED)
		pf_take_exit(&attachment->exit, got);
	else if (r == 1)
		attachment->refused = pf_refusal(&got->message);
	else
		attachment->refused = -r;
	attachment->has_ended = 1;
}

static void hear_monitor(struct attachment *attachment)
{
	struct pf_received got;
	struct pf_message *message = &got.message;
	struct pf_missed *missed = &message->body.missed;
	int r = pf_receive_bytes(attachment->socket, MSG_DONTWAIT | PF_DROP_FDS, &got,
				 attachment->got, sizeof(attachment->got));

	if (r == -EAGAIN)
		return;
	attachment->out_start = attachment->out.size = 0;
	if (r == 1 && message->type == PF_MESSAGE_OUTPUT)
		pf_screen_feed(&attachment->screen, attachment->got, message->length,
			       &attachment->out);
	else if (r == 1 && message->type == PF_MESSAGE_LIVE)
		pf_screen_live(&attachment->screen, &attachment->out);
	else if (r == 1 && message->type == PF_MESSAGE_MISSED)
		pf_screen_cut(&attachment->screen, &missed->parser, &missed->modes,
			      &attachment->out);
	else
		hear_end(attachment, r, &got);
}

/* Waits once for events, and handles them. Always polls the output descriptor, to notice a
 * hang-up. */
static void step(struct attachment *attachment)
{
	int is_held = attachment->in_ready == 0 && attachment->in_size > 0;
	int timeout = is_held ? HOLD_MSEC : -1;
	int wants_input =
		has_room(attachment) && pf_terminal_has_input(&attachment->terminal, &timeout);
	short monitor = (short)((has_output(attachment) ? 0 : POLLIN) |
				(attachment->in_ready > 0 ? POLLOUT : 0));
	struct pollfd fds[WATCH_COUNT] = {
		[WATCH_IN] = {.fd = wants_input ? attachment->in_fd : -1, .events = POLLIN},
		[WATCH_OUT] = {.fd = attachment->out_fd,
			       .events = has_output(attachment) ? POLLOUT : 0},
		[WATCH_MONITOR] = {.fd = attachment->has_ended || !monitor ? -1
									   : attachment->socket,
				   .events = monitor},
		[WATCH_WAKE] = {.fd = attachment->wake, .events = POLLIN},
	};

	int r = poll(fds, WATCH_COUNT, timeout);
	if (r == 0 && is_held)
		attachment->in_ready = attachment->in_size; /* the bytes are not the key */
	if (r <= 0)
		return;
	attachment->is_interrupted = fds[WATCH_WAKE].revents != 0;
	if (fds[WATCH_IN].revents)
		read_input(attachment);
	if (fds[WATCH_MONITOR].revents || attachment->in_ready > 0)
		send_input(attachment);
	if (has_output(attachment) && fds[WATCH_OUT].revents)
		write_output(attachment);
	else if (fds[WATCH_OUT].revents & (POLLERR | POLLHUP))
		lose_output(attachment, EPIPE);
	if (fds[WATCH_MONITOR].revents & (POLLIN | POLLHUP | POLLERR) && !has_output(attachment))
		hear_monitor(attachment);
}

static int is_over(const struct attachment *attachment)
{
	if (attachment->is_interrupted)
		return 1;
	if (attachment->is_leaving)
		return attachment->in_ready == 0 || attachment->has_ended;
	return attachment->has_ended && !has_output(attachment);
}

int pf_ask_output(const char *which, const struct pf_connection *connection, enum pf_want want,
		  int size, struct pflask_error *reterr)
{
	struct pf_message request;

	pf_message_init(&request, PF_MESSAGE_REQUEST);
	request.body.request.want = want;
	if (size > 0) {
		request.body.request.rows = (uint16_t)(size >> 16);
		request.body.request.cols = (uint16_t)size;
	}
	return pf_request(connection, &request, NULL, 0, which, reterr);
}

int pf_connect_output(const struct pf_target *target, int out_fd, struct pf_connection *ret,
		      struct pflask_error *reterr)
{
	*ret = (struct pf_connection){.socket = -1};
	if (fcntl(out_fd, F_GETFD) < 0)
		return pf_error_internal(reterr, errno, "output: %s", pf_errno_text(errno));
	return pf_connect(target, ret, reterr);
}

/* Writes a line feed if the output has ended within a line, because the user's shell writes to the
 * same terminal next. Ignores the error of a terminal that has hung up. */
static void end_line(const struct attachment *attachment)
{
	if (attachment->last != '\n')
		(void)!write(attachment->out_fd, "\n", 1);
}

/* Relays without a terminal, and without a handler of signals, so that several threads can relay at
 * the same time. A pipe without a reader raises no SIGPIPE. */
static void relay_plain(struct attachment *attachment)
{
	const struct timespec none = {0};
	sigset_t broken_pipe, before;

	sigemptyset(&broken_pipe);
	sigaddset(&broken_pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
	while (!is_over(attachment))
		step(attachment);
	while (!sigismember(&before, SIGPIPE) && sigtimedwait(&broken_pipe, NULL, &none) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Relays while the caller's terminal is in raw mode. Returns 0 or -errno. */
static int run(struct attachment *attachment, struct pflask_error *reterr)
{
	if (attachment->terminal.size_fd < 0) {
		relay_plain(attachment);
		return 0;
	}
	int r = pf_foreground_attach(&attachment->terminal);
	if (r < 0)
		return pf_error_internal(reterr, -r, "another container is in the foreground");
	while (!is_over(attachment))
		step(attachment);
	pf_foreground_leave();
	if (attachment->is_leaving && attachment->terminal.out_fd >= 0)
		end_line(attachment);
	return 0;
}

/* Fills in the result. Returns 1 if the caller has left; 0 if the container has ended; or
 * -errno. */
static int report_end(const struct attachment *attachment, const char *which,
		      struct pflask_exit *ret, struct pflask_error *reterr)
{
	if (attachment->is_leaving) {
		*ret = (struct pflask_exit){0};
		ret->output_errno =
			attachment->output_errno == EPIPE ? 0 : attachment->output_errno;
		return 1;
	}
	if (attachment->refused)
		return pf_error_refused(which, attachment->refused, reterr);
	*ret = attachment->exit;
	ret->typed_signal = pf_typed_signal(attachment->typed, attachment->terminal.modes_fd, ret);
	return 0;
}

/* Initializes the attachment. */
static void fill_attachment(struct attachment *attachment, const struct pf_connection *connection,
			    int wake, int in_fd, int out_fd, int detach_key)
{
	int is_terminal = isatty(out_fd);

	attachment->socket = connection->socket;
	attachment->wake = wake;
	attachment->in_fd = in_fd;
	attachment->out_fd = out_fd;
	attachment->key.key = detach_key;
	attachment->last = '\n';
	attachment->sequence = -1;
	attachment->is_terminal = isatty(in_fd);
	attachment->exit.reason = PFLASK_LOST;
	attachment->out = (struct pf_text){.data = attachment->out_data,
					   .room = sizeof(attachment->out_data)};
	pf_screen_start(&attachment->screen, is_terminal ? PF_SCREEN_ATTACH : PF_SCREEN_BYTES);
	pf_terminal_look(&attachment->terminal, in_fd, out_fd, -1);
	attachment->terminal.monitor = connection->socket;
	attachment->terminal.out_fd = is_terminal ? out_fd : -1;
}

/* Attaches to the monitor of a detached container. Returns as pf_attach() does. */
static int attach(const pflask_container *container, int in_fd, int out_fd, int detach_key,
		  struct pflask_exit *ret, struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	struct pf_aim aim;
	int r = pf_aim_at(container, &aim, reterr);

	if (r == 0)
		r = pf_connect_output(&aim.target, out_fd, &connection, reterr);
	if (r < 0)
		return r;
	PF_CLEANUP_FD int socket = connection.socket;
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	fill_attachment(attachment, &connection, pf_interrupted_fd(container), in_fd, out_fd,
			detach_key);
	int size = attachment->terminal.size_fd;
	r = pf_ask_output(aim.target.which, &connection, PF_WANT_ATTACH,
			  size < 0 ? 0 : pf_terminal_size(size), reterr);
	if (r == 0)
		r = run(attachment, reterr);
	if (r == 0 && attachment->is_interrupted)
		r = pf_error_interrupted(container, reterr);
	if (r == 0)
		r = report_end(attachment, aim.target.which, ret, reterr);
	free(attachment);
	return r;
}

int pf_attach(pflask_container *container, int in_fd, int out_fd, int detach_key,
	      struct pflask_exit *ret, struct pflask_error *reterr)
{
	if (container->opened)
		return attach(container, in_fd, out_fd, detach_key, ret, reterr);
	int r = pf_relay(container, in_fd, out_fd, ret);
	return r < 0 ? pf_error_internal(reterr, -r, "monitor: %s", pf_errno_text(-r)) : r;
}
