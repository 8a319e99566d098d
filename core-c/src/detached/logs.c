/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies a detached container's kept output to a file, a pipe or a terminal (attach.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attach.h"
#include "common/cleanup.h"
#include "common/limits.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/run/foreground.h"
#include "src/terminal/put_back.h"
#include "src/terminal/screen.h"

struct logs {
	int socket;
	int wake; /* can be read after pf_interrupt() */
	int is_interrupted;
	struct pf_kept *kept; /* the output of a container that has ended; or NULL */
	int has_heard;        /* the monitor has sent a message */
	int is_late;          /* the first message of the monitor was EXITED */
	int out_fd;
	int timeout_ms; /* time to wait for each message; -1: no limit */
	int refused;    /* errno of a refusal or of a malformed message, or 0 */
	struct pf_terminal terminal;
	struct pf_screen screen;
	struct pf_put_back put_back;
	struct pf_text out;
	char got[PF_OUTPUT_MAX];
	char out_data[PF_OUTPUT_MAX + PF_SCREEN_MORE];
};

/* Ends the copying because of pf_interrupt(). Returns 0. */
static int interrupt(struct logs *logs)
{
	logs->is_interrupted = 1;
	return 0;
}

/* Writes all output in `out`. Returns 1; 0 after an interruption; or -errno. */
static int write_all(struct logs *logs)
{
	size_t done = 0;

	while (done < logs->out.size) {
		struct pollfd room[] = {{.fd = logs->out_fd, .events = POLLOUT},
					{.fd = logs->wake, .events = POLLIN}};
		ssize_t n = pf_put_back_write(&logs->put_back, &logs->screen.shown, &logs->terminal,
					      logs->out_fd, logs->out_data + done,
					      logs->out.size - done);
		if (n == -EAGAIN)
			poll(room, 2, -1);
		else if (n < 0 && n != -EINTR)
			return (int)n;
		if (room[1].revents)
			return interrupt(logs);
		done += n > 0 ? (size_t)n : 0;
	}
	return 1;
}

/* Records that there is no more output to copy. `refused` is the errno if the monitor has refused
 * or not answered, else 0. Returns 0. */
static int end(struct logs *logs, int refused)
{
	logs->refused = refused;
	return 0;
}

/* Handles a message. Returns 1; 0 at the end; or -errno. */
static int handle_message(struct logs *logs, const struct pf_message *message)
{
	const struct pf_missed *missed = &message->body.missed;

	logs->out.size = 0;
	logs->is_late = !logs->has_heard && message->type == PF_MESSAGE_EXITED;
	logs->has_heard = 1;
	if (message->type == PF_MESSAGE_OUTPUT)
		pf_screen_feed(&logs->screen, logs->got, message->length, &logs->out);
	else if (message->type == PF_MESSAGE_MISSED)
		pf_screen_cut(&logs->screen, &missed->parser, &missed->modes, &logs->out);
	else if (message->type != PF_MESSAGE_LIVE)
		return end(logs, message->type == PF_MESSAGE_EXITED ? 0 : pf_refusal(message));
	return write_all(logs);
}

/* Copies output until the end. Returns 0 or -errno. */
static int copy(struct logs *logs)
{
	struct pf_received got;
	int r = 1;

	while (r == 1) {
		struct pollfd fds[] = {{.fd = logs->socket, .events = POLLIN},
				       {.fd = logs->out_fd},
				       {.fd = logs->wake, .events = POLLIN}};
		if (poll(fds, 3, logs->timeout_ms) == 0)
			return end(logs, EHOSTDOWN);
		if (fds[2].revents)
			return interrupt(logs);
		if (fds[1].revents & (POLLERR | POLLHUP))
			return -EPIPE;
		r = pf_receive_bytes(logs->socket, MSG_DONTWAIT | PF_DROP_FDS, &got, logs->got,
				     sizeof(logs->got));
		if (r == 1)
			r = handle_message(logs, &got.message);
		else
			r = r == -EAGAIN ? 1 : end(logs, -r);
	}
	return r;
}

/* Copies the kept output of a container that has ended. Returns 0 or -errno. */
static int copy_kept(struct logs *logs)
{
	struct pf_message message;
	int r;

	while ((r = pf_kept_next(logs->kept, &message, logs->got)) == 1) {
		r = handle_message(logs, &message);
		if (r < 0)
			return r;
	}
	return end(logs, -r);
}

static int copy_all(struct logs *logs)
{
	return logs->kept ? copy_kept(logs) : copy(logs);
}

/* Copies the output to a terminal or file. Restores a terminal after the output, or when a signal
 * ends the program. */
static int run(struct logs *logs)
{
	int is_terminal = isatty(logs->out_fd);

	logs->out = (struct pf_text){.data = logs->out_data, .room = sizeof(logs->out_data)};
	pf_screen_start(&logs->screen, is_terminal ? PF_SCREEN_LOG : PF_SCREEN_BYTES);
	pf_terminal_look(&logs->terminal, -1, -1, -1);
	if (!is_terminal)
		return copy_all(logs);
	logs->terminal.out_fd = logs->out_fd;
	int r = pf_foreground_attach(&logs->terminal);
	if (r < 0)
		return r;
	r = copy_all(logs);
	pf_foreground_leave();
	return r;
}

/* Prints the output of a monitor, or of a kept end. Returns 0 or -errno. */
static int print(const char *which, int out_fd, struct logs *logs, struct pflask_error *reterr)
{
	logs->out_fd = out_fd;
	int r = run(logs);
	if (logs->refused)
		return pf_error_refused(which, logs->refused, reterr);
	if (r == -EBUSY)
		return pf_error_internal(reterr, -r, "another container is in the foreground");
	return r < 0 && r != -EPIPE ? pf_error_internal(reterr, -r, "output: %s", pf_errno_text(-r))
				    : 0;
}

static int print_kept(const char *which, int out_fd, struct logs *logs, struct pf_kept *kept,
		      struct pflask_error *reterr)
{
	logs->kept = kept;
	return kept->has_log ? print(which, out_fd, logs, reterr)
			     : pf_error_refused(which, ENOTTY, reterr);
}

/* Asks the monitor for the output, and prints it. */
static int print_live(const struct pf_target *target, int out_fd, int follow, struct logs *logs,
		      struct pflask_error *reterr)
{
	struct pf_connection connection;
	int r = pf_connect_output(target, out_fd, &connection, reterr);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int socket = connection.socket;
	r = pf_ask_output(target->which, &connection, follow ? PF_WANT_FOLLOW : PF_WANT_LOGS, 0,
			  reterr);
	if (r < 0)
		return r;
	logs->socket = socket;
	logs->timeout_ms = follow ? -1 : PF_LIMIT_endSeconds * 1000;
	return print(target->which, out_fd, logs, reterr);
}

/* Prints the output that was kept when the container ended. Returns -ESRCH without a message if
 * there is no such output. */
static int print_end(const pflask_container *container, const char *which, int out_fd,
		     struct logs *logs, struct pflask_error *reterr)
{
	struct pf_kept kept;

	if (container->opened && container->opened->kept >= 0) {
		int r = pf_kept_read(container->opened->kept, &kept);
		return r < 0 ? pf_error_refused(which, -r, reterr)
			     : print_kept(which, out_fd, logs, &kept, reterr);
	}
	if (pf_open_kept(which, &kept) < 0)
		return -ESRCH;
	int r = print_kept(which, out_fd, logs, &kept, reterr);
	pf_kept_close(&kept);
	return r;
}

static int print_any(const pflask_container *container, int out_fd, int follow, struct logs *logs,
		     struct pflask_error *reterr)
{
	struct pf_aim aim;
	int r = pf_aim_at(container, &aim, reterr);

	if (r < 0)
		return r;
	if (!container->opened || container->opened->kept < 0) {
		r = print_live(&aim.target, out_fd, follow, logs, reterr);
		if (r != -ESRCH && !logs->is_late)
			return r;
	}
	int other = print_end(container, aim.target.which, out_fd, logs, reterr);
	return other == -ESRCH ? r : other;
}

int pf_logs(const pflask_container *container, int out_fd, int follow, struct pflask_error *reterr)
{
	struct logs *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	logs->wake = pf_interrupted_fd(container);
	int r = print_any(container, out_fd, follow, logs, reterr);
	if (r == 0 && logs->is_interrupted)
		r = pf_error_interrupted(container, reterr);
	free(logs);
	return r;
}
