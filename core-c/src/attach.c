/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal of a detached container, for who is attached to it (attach.h). As in the relay of a
 * foreground container there is one thread, and a side that can not take more stops the other side
 * from being read; but what is between is a monitor, which does not wait for ever.
 */
#define _GNU_SOURCE
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "control.h"
#include "error.h"
#include "foreground.h"
#include "terminal.h"

enum { WATCH_IN, WATCH_OUT, WATCH_MONITOR, WATCH_COUNT };

struct attachment {
	int socket;
	int in_fd; /* -1: at its end */
	int out_fd;
	int is_terminal; /* in_fd is one */
	int key;
	int is_leaving; /* the key was typed, or the terminal hung up */
	int has_ended;  /* the monitor has said its last, */
	int refused;    /* or why it does not serve us */
	int output_errno;
	struct pflask_exit exit;
	size_t in_size, out_start, out_end;
	char in[PF_INPUT_MAX];
	char out[PF_OUTPUT_MAX];
};

static int has_output(const struct attachment *attachment)
{
	return attachment->out_start < attachment->out_end;
}

static int is_transient(ssize_t result)
{
	return result == -EAGAIN || result == -EINTR;
}

static void read_input(struct attachment *attachment)
{
	ssize_t n = read(attachment->in_fd, attachment->in, sizeof(attachment->in));

	if (n < 0 && is_transient(-errno))
		return;
	if (n <= 0) {
		attachment->is_leaving = attachment->is_terminal;
		attachment->in_fd = -1;
		return;
	}
	attachment->in_size = (size_t)n;
	char *key = attachment->is_terminal && attachment->key >= 0
			    ? memchr(attachment->in, attachment->key, (size_t)n)
			    : NULL;
	if (!key)
		return;
	attachment->in_size = (size_t)(key - attachment->in);
	attachment->is_leaving = 1;
}

static void send_input(struct attachment *attachment)
{
	const struct iovec parts[2] = {{attachment->in, attachment->in_size}, {NULL, 0}};

	if (attachment->in_size > 0 &&
	    pf_send_bytes(attachment->socket, PF_MESSAGE_INPUT, parts) != -EAGAIN)
		attachment->in_size = 0; /* or nobody is left to read it */
}

/* Nobody is left to read it: so there is nobody who types either. */
static void lose_output(struct attachment *attachment, int error)
{
	attachment->output_errno = error;
	attachment->is_leaving = 1;
	attachment->in_size = 0;
	attachment->out_start = attachment->out_end = 0;
}

static void write_output(struct attachment *attachment)
{
	size_t size = attachment->out_end - attachment->out_start;
	ssize_t n = write(attachment->out_fd, attachment->out + attachment->out_start,
			  size < PIPE_BUF ? size : PIPE_BUF);

	if (n >= 0) {
		attachment->out_start += (size_t)n;
	} else if (!is_transient(-errno)) {
		lose_output(attachment, errno);
	}
}

static void hear_monitor(struct attachment *attachment)
{
	struct pf_received got;
	int r = pf_receive_bytes(attachment->socket, MSG_DONTWAIT, &got, attachment->out,
				 sizeof(attachment->out));

	if (r == -EAGAIN)
		return;
	if (r == 1)
		pf_close_received(&got, 0);
	if (r == 1 && got.message.type == PF_MESSAGE_OUTPUT) {
		attachment->out_start = 0;
		attachment->out_end = got.message.length;
	} else if (r == 1 && got.message.type == PF_MESSAGE_EXITED) {
		attachment->exit = got.message.body.exited;
		attachment->has_ended = 1;
	} else if (r != 1 || got.message.type != PF_MESSAGE_MISSED) {
		if (r == 1 && got.message.type == PF_MESSAGE_DONE)
			attachment->refused = got.message.body.done.number;
		attachment->has_ended = 1;
	}
}

/* Of the output it is wanted to know in any case when nobody is left to read it. */
static void step(struct attachment *attachment)
{
	int wants_input = attachment->in_size == 0 && !attachment->is_leaving;
	short monitor = (short)((has_output(attachment) ? 0 : POLLIN) |
				(attachment->in_size > 0 ? POLLOUT : 0));
	struct pollfd fds[WATCH_COUNT] = {
		[WATCH_IN] = {.fd = wants_input ? attachment->in_fd : -1, .events = POLLIN},
		[WATCH_OUT] = {.fd = attachment->out_fd,
			       .events = has_output(attachment) ? POLLOUT : 0},
		[WATCH_MONITOR] = {.fd = attachment->has_ended || !monitor ? -1
									   : attachment->socket,
				   .events = monitor},
	};

	if (poll(fds, WATCH_COUNT, -1) <= 0)
		return;
	if (fds[WATCH_IN].revents)
		read_input(attachment);
	if (fds[WATCH_MONITOR].revents || attachment->in_size > 0)
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
	if (attachment->is_leaving)
		return attachment->in_size == 0 || attachment->has_ended;
	return attachment->has_ended && !has_output(attachment);
}

static int ask(const char *which, const struct pf_connection *connection, enum pf_want want,
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

/* Relays with the caller's terminal, if it is one, in raw mode. */
static int run(struct attachment *attachment, struct pf_terminal *terminal,
	       struct pflask_error *reterr)
{
	int r = pf_foreground_attach(terminal);

	if (r < 0)
		return pf_error_internal(reterr, -r, "another container is in the foreground");
	while (!is_over(attachment))
		step(attachment);
	pf_foreground_leave();
	return 0;
}

/* Says how it went. */
static int tell(const struct attachment *attachment, const char *which, struct pflask_exit *ret,
		struct pflask_error *reterr)
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
	return 0;
}

static int check_output(int fd, struct pflask_error *reterr)
{
	if (fcntl(fd, F_GETFD) >= 0)
		return 0;
	return pf_error_internal(reterr, errno, "output: %s", strerror(errno));
}

int pf_attach(const char *which, int in_fd, int out_fd, int detach_key, struct pflask_exit *ret,
	      struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	struct pf_terminal terminal;
	int r = check_output(out_fd, reterr);

	if (r == 0)
		r = pf_connect(which, &connection, reterr);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int socket = connection.socket;
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	attachment->socket = socket;
	attachment->in_fd = in_fd;
	attachment->out_fd = out_fd;
	attachment->key = detach_key;
	attachment->is_terminal = isatty(in_fd);
	attachment->exit.reason = PFLASK_LOST;
	pf_terminal_look(&terminal, in_fd, out_fd, -1);
	terminal.monitor = socket;
	r = ask(which, &connection, PF_WANT_ATTACH,
		terminal.size_fd < 0 ? 0 : pf_terminal_size(terminal.size_fd), reterr);
	if (r == 0)
		r = run(attachment, &terminal, reterr);
	if (r == 0)
		r = tell(attachment, which, ret, reterr);
	free(attachment);
	return r;
}

/* Returns 1, or -errno of what failed to be written. */
static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		struct pollfd room = {.fd = fd, .events = POLLOUT};
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EAGAIN)
			poll(&room, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		data += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 1;
}

/* Copies output until there is no more. Returns 0, the errno that the monitor says, or -errno. */
static int copy_output(int socket, int out_fd)
{
	char *data = malloc(PF_OUTPUT_MAX);
	struct pf_received got;
	int r = data ? 1 : -ENOMEM;

	while (r == 1) {
		struct pollfd fds[] = {{.fd = socket, .events = POLLIN}, {.fd = out_fd}};
		poll(fds, 2, -1);
		if (fds[1].revents & (POLLERR | POLLHUP)) {
			r = -EPIPE;
			break;
		}
		r = pf_receive_bytes(socket, MSG_DONTWAIT, &got, data, PF_OUTPUT_MAX);
		if (r == 1)
			pf_close_received(&got, 0);
		if (r == -EAGAIN)
			r = 1;
		else if (r == 1 && got.message.type == PF_MESSAGE_OUTPUT)
			r = write_all(out_fd, data, got.message.length);
		else if (r == 1 && got.message.type == PF_MESSAGE_DONE)
			r = got.message.body.done.number;
		else if (r == 1 && got.message.type != PF_MESSAGE_MISSED)
			r = 0;
	}
	free(data);
	return r;
}

int pf_logs(const char *which, int out_fd, int follow, struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	int r = check_output(out_fd, reterr);

	if (r == 0)
		r = pf_connect(which, &connection, reterr);
	if (r < 0)
		return r;
	PF_CLEANUP_FD int socket = connection.socket;
	r = ask(which, &connection, follow ? PF_WANT_FOLLOW : PF_WANT_LOGS, 0, reterr);
	if (r < 0)
		return r;
	r = copy_output(socket, out_fd);
	if (r > 0)
		return pf_error_refused(which, r, reterr);
	return r < 0 && r != -EPIPE ? pf_error_internal(reterr, -r, "output: %s", strerror(-r)) : 0;
}
