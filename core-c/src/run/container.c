/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a container, and exchanges messages with its monitor (container.h). */
#define _GNU_SOURCE
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "await_ready.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/protocol/plan.h"
#include "common/protocol/wire.h"
#include "common/signals.h"
#include "common/sys.h"
#include "debug_start.h"
#include "foreground.h"
#include "helper.h"
#include "log_open.h"
#include "lost_monitor.h"
#include "register_thread.h"
#include "send_plan.h"
#include "src/base/error.h"
#include "src/base/inherited_fds.h"
#include "src/base/numbers.h"
#include "step.h"

#define MONITOR_MSEC (PF_LIMIT_endSeconds * 1000) /* time for a monitor to end */
#define MOST_ATTEMPTS 50
#define MOST_STOPS 20
#define MOST_SILENCE 150 /* attempts, for twice the longest grace time of a monitor */

/* Records the cgroups that the monitor makes, so that the caller can remove them if the monitor is
 * killed. */
static void note_cgroups(pflask_container *container, const pflask_plan *plan, pid_t monitor)
{
	struct pf_cgroups *cgroups = &container->cgroups;
	int knows_parents = cgroups->count > 0;

	for (uint32_t i = 0; i < pf_plan_count(plan->data); i++) {
		const struct pf_op *op = pf_plan_op(plan->data, i);
		if (op->code != PF_OP_cgroup || cgroups->count == PF_CGROUPS)
			continue;
		pf_cgroup_name(pf_plan_string(plan->data, op->arg[2]), monitor, cgroups->name);
		if (!knows_parents)
			cgroups->parents[cgroups->count++] = pf_dup((int)op->arg[3], 3);
	}
}

int pf_take_foreground(pflask_container *container, uint32_t flags, struct pflask_error *reterr)
{
	int r = flags & PFLASK_FOREGROUND ? pf_foreground_take(container) : 0;

	return r < 0 ? pf_error_internal(reterr, -r, "another container is in the foreground") : 0;
}

/* Continues the monitor, because a container without a pid namespace may have stopped the monitor.
 * Kills the monitor after MONITOR_MSEC. */
void pf_reap_monitor(pflask_container *container)
{
	pid_t pid = container->monitor;
	struct pollfd end = {.fd = pid > 0 ? pf_pidfd_open(pid) : -1, .events = POLLIN};

	if (pid <= 0)
		return;
	kill(pid, SIGCONT);
	if (end.fd >= 0 && poll(&end, 1, MONITOR_MSEC) == 0)
		kill(pid, SIGKILL);
	pf_drop_fd(&end.fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	container->monitor = 0;
}

int pf_open_channels(pflask_container *container, const int stdio[3], uint32_t flags,
		     unsigned wanted, int ret_handed[3], struct pflask_error *reterr)
{
	const unsigned now = flags & PFLASK_FOREGROUND ? wanted : 0;
	int r = pf_channels_open(stdio, now, &container->log, &container->channels, ret_handed);

	return r < 0 ? pf_error_internal(reterr, -r, "cannot create a pipe: %s", pf_errno_text(-r))
		     : 0;
}

/* Starts the monitor, and sends the plan while the monitor prepares itself. */
static int start_monitor(pflask_container *container, const pflask_plan *plan, const int stdio[3],
			 int changes, uint32_t flags, struct pflask_error *reterr)
{
	PF_CLEANUP_FD int bell = -1;
	int pair[2] = {-1, -1};
	int r = flags & PFLASK_NOWAIT ? pf_make_bell(container, &bell) : 0;

	if (r == 0)
		r = pf_socketpair(pair);

	if (r < 0)
		return pf_error_internal(reterr, -r, "cannot create a socket pair: %s",
					 pf_errno_text(-r));
	container->socket = pair[0];
	pid_t pid = pf_helper_start(pair[1], reterr);
	close(pair[1]);
	pf_debug_started(container, pid);
	if (pid < 0)
		return pid;
	container->monitor = pid;
	note_cgroups(container, plan, pid);
	r = pf_send_plan(container, plan, stdio, changes, bell);
	pf_debug_sent(container, r);
	return r < 0 ? pf_error_internal(reterr, -r, "cannot start pflask-init: %s",
					 pf_errno_text(-r))
		     : 0;
}

static void note_timeout(pflask_container *container, const pflask_plan *plan)
{
	const struct pf_op *op = pf_plan_find(plan->data, PF_OP_timeout);

	if (op)
		container->timeout_at = pf_now_msec() + (int64_t)op->arg[0];
}

void pf_finish_start(pflask_container *container, const pflask_plan *plan)
{
	container->starting = NULL;
	pf_close_unsent_fds(plan);
	note_timeout(container, plan);
	if (container->has_ended || !pf_plan_find(plan->data, PF_OP_control))
		return;
	/* The helper has forked the monitor of a detached container, and has ended. */
	container->is_detached = 1;
	note_cgroups(container, plan, container->info.monitor_pid);
	pf_reap_monitor(container);
}

static int start(pflask_container *container, const pflask_plan *plan, const int stdio[3],
		 uint32_t flags, struct pflask_error *reterr)
{
	PF_CLEANUP_FD int changes = -1;
	int r = pf_open_changes(plan, &changes, reterr);

	if (r == 0)
		r = pf_take_foreground(container, flags, reterr);
	if (r == 0)
		r = start_monitor(container, plan, stdio, changes, flags, reterr);
	if (r < 0)
		return r;
	pf_foreground_forward(container);
	if (flags & PFLASK_NOWAIT) {
		container->starting = plan;
		return 0;
	}
	r = pf_await_ready(container, plan, reterr);
	if (r == 0)
		pf_finish_start(container, plan);
	return r;
}

/* Returns the descriptors that pipes replace: an input that is a terminal; and, with a log, output
 * that does not go to the command's own terminal. */
static unsigned wanted_channels(const pflask_container *container, const pflask_plan *plan)
{
	const struct pf_op *stdio = pf_plan_find(plan->data, PF_OP_stdio);
	const int has_terminal = pf_plan_find(plan->data, PF_OP_terminal) != NULL;
	unsigned wanted = has_terminal ? 0 : PF_CHANNEL_INPUT;

	for (unsigned i = 1; container->log.fd >= 0 && i < 3; i++)
		if (!has_terminal || !stdio ||
		    (stdio->arg[0] >> i * PF_STDIO_BITS & 3) == PF_STDIO_CALLER)
			wanted |= 1u << i;
	return wanted;
}

static int start_attached(pflask_container *container, const pflask_plan *plan, const int stdio[3],
			  uint32_t flags, struct pflask_error *reterr)
{
	const unsigned wanted = wanted_channels(container, plan);
	int handed[3] = {-1, -1, -1};

	if (wanted & ~PF_CHANNEL_INPUT && !(flags & PFLASK_FOREGROUND))
		return pf_error_field(reterr, "logFile", EINVAL,
				      "without a terminal, requires PFLASK_FOREGROUND");
	int r = pf_open_channels(container, stdio, flags, wanted, handed, reterr);
	if (r < 0)
		return r;
	r = start(container, plan, handed, flags, reterr);
	pf_channels_hand_over(stdio, handed);
	return r;
}

/* Starts a detached container. If the command's input is a terminal, the command gets /dev/null
 * instead of the terminal, because other programs will use the terminal. The output of a command
 * without a terminal goes to the log through a pipe of the monitor. */
static int start_detached(pflask_container *container, const pflask_plan *plan, const int stdio[3],
			  uint32_t flags, struct pflask_error *reterr)
{
	const int has_terminal = pf_plan_find(plan->data, PF_OP_terminal) != NULL;
	const int is_input = !has_terminal && pf_is_inherited(stdio[0]) && isatty(stdio[0]);
	PF_CLEANUP_FD int empty = is_input ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
	const int none[3] = {-1, -1, -1};
	const int *output = container->log.fd >= 0 ? none : stdio;
	const int own[3] = {is_input ? empty : stdio[0], output[1], output[2]};

	return start(container, plan, has_terminal ? none : own, flags, reterr);
}

/* Checks the flags and the descriptors. A closed standard descriptor is allowed, and is closed for
 * the command, too. */
static int check_arguments(const int stdio[3], uint32_t flags, struct pflask_error *reterr)
{
	if (flags & ~(uint32_t)(PFLASK_FOREGROUND | PFLASK_NOWAIT))
		return pf_error_internal(reterr, EINVAL, "unknown flags: 0x%x", flags);
	if (flags == (PFLASK_FOREGROUND | PFLASK_NOWAIT))
		return pf_error_internal(reterr, EINVAL,
					 "a start in the foreground cannot return early");
	for (int i = 0; i < 3; i++)
		if (stdio[i] > 2 && fcntl(stdio[i], F_GETFD) < 0)
			return pf_error_internal(reterr, EBADF, "descriptor %d: %s", stdio[i],
						 pf_errno_text(EBADF));
	return 0;
}

pflask_container *pf_container_new(void)
{
	pflask_container *container = calloc(1, sizeof(*container));

	if (!container)
		return NULL;
	container->owner = getpid();
	container->bell = container->socket = container->init_pidfd = container->pty_master =
		container->mark = -1;
	container->netns = container->host_netns = container->log.fd = -1;
	return container;
}

int pf_start(const pflask_plan *plan, const int stdio[3], uint32_t flags, pflask_container **ret,
	     struct pflask_error *reterr)
{
	int error = check_arguments(stdio, flags, reterr);

	if (error < 0)
		return error;
	pflask_container *container = pf_container_new();
	if (!container)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	container->escape_key = plan->escape_key;
	pf_debug_begin(container);
	if (plan->notes.left_out)
		container->left_out = strdup(plan->notes.left_out);
	int r = pf_log_open(container, plan, reterr);
	if (r == 0)
		r = pf_plan_find(plan->data, PF_OP_control)
			    ? start_detached(container, plan, stdio, flags, reterr)
			    : start_attached(container, plan, stdio, flags, reterr);
	if (r < 0)
		pf_abandon_container(container);
	else
		*ret = container;
	return r;
}

void pf_abandon_container(pflask_container *container)
{
	pf_foreground_forward(container);
	int signal = container->is_foreground ? container->end_signal : 0;

	pf_close(container);
	if (signal)
		raise(signal);
}

void pf_take_exit(struct pflask_exit *ret, const struct pf_received *got)
{
	*ret = got->message.body.exited;
	ret->typed_signal = 0;
}

int pf_container_read(pflask_container *container)
{
	struct pf_received got;

	if (container->has_ended)
		return 1;
	int r = pf_receive(container->socket, MSG_DONTWAIT, &got);
	if (r == -EAGAIN)
		return 0;
	if (r == 1 && got.message.type == PF_MESSAGE_STOPPED) {
		container->is_draining = 1;
		pf_take_exit(&container->exit, &got);
		return 0;
	}
	if (r == 1 && got.message.type == PF_MESSAGE_EXITED)
		pf_take_exit(&container->exit, &got);
	else
		pf_await_lost_container(container);
	container->has_ended = 1;
	return 1;
}

/* Returns the milliseconds until the monitor must end the command, or -1 if the command has no time
 * limit. When this time has passed, the caller continues a monitor that the container has
 * stopped. */
static int time_left(const pflask_container *container)
{
	if (!container->timeout_at)
		return -1;
	int64_t left = container->timeout_at - pf_now_msec();
	return left < PF_CONTINUE_MSEC ? PF_CONTINUE_MSEC : (int)left;
}

int pf_container_watch(const pflask_container *container, int *ret_timeout)
{
	int is_ours = container->monitor > 0 && !container->has_ended;
	int is_ending = container->has_init_ended || container->attempts_left > 0;

	*ret_timeout = !is_ours ? -1 : is_ending ? PF_CONTINUE_MSEC : time_left(container);
	return is_ours && !container->has_init_ended ? container->init_pidfd : -1;
}

static int is_stopped(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* Continues the monitor, because a container without a pid namespace may stop the monitor again and
 * again. Kills the monitor after too many attempts. */
static void urge(pflask_container *container)
{
	container->attempts_left -= container->attempts_left > 0;
	container->stopped_attempts =
		is_stopped(container->monitor) ? container->stopped_attempts + 1 : 0;
	container->silent_attempts += container->has_init_ended && container->end_signal;
	int is_lost = container->stopped_attempts > MOST_STOPS ||
		      container->silent_attempts > MOST_SILENCE;
	kill(container->monitor, is_lost ? SIGKILL : SIGCONT);
}

void pf_container_wake(pflask_container *container, int init_has_ended, int is_timeout)
{
	if (is_timeout && container->monitor > 0 && !container->has_ended)
		urge(container);
	container->has_init_ended |= init_has_ended;
}

void pf_let_go_on(pflask_container *container)
{
	struct pf_message message;

	if (!container->is_draining)
		return;
	container->is_draining = 0;
	pf_message_init(&message, PF_MESSAGE_DRAINED);
	pf_send(container->socket, &message, NULL, 0);
}

int pf_is_copy(const pflask_container *container)
{
	return container->owner != getpid();
}

/* Returns the smaller of a time slice and the time until `end`. A slice of -1 is endless. */
static int timeout_of(int slice, int64_t end)
{
	if (end == INT64_MAX)
		return slice;
	int64_t left = end - pf_now_msec();
	left = left < 0 ? 0 : left;
	return slice >= 0 && slice < left ? slice : (int)left;
}

int pf_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret)
{
	const int64_t end = timeout_ms < 0 ? INT64_MAX : pf_now_msec() + timeout_ms;

	if (pf_is_copy(container))
		return -ECHILD;
	if (container->starting)
		return -EINPROGRESS;
	while (!container->has_ended) {
		pf_let_go_on(container);
		int slice;
		struct pollfd fds[] = {
			{.fd = container->socket, .events = POLLIN},
			{.fd = pf_container_watch(container, &slice), .events = POLLIN}};
		int r = poll(fds, 2, timeout_of(slice, end));
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0 && fds[0].revents)
			pf_container_read(container);
		else if (r == 0 && pf_now_msec() >= end)
			return -ETIMEDOUT;
		if (r >= 0)
			pf_container_wake(container, fds[1].revents, r == 0);
	}
	*ret = container->exit;
	return 0;
}

static int is_end(int signal)
{
	return pf_is_end_signal(signal) || signal == SIGKILL;
}

int pf_kill(pflask_container *container, int signal)
{
	struct pf_message message;

	if (signal < 1 || signal > 64)
		return -EINVAL;
	if (pf_is_copy(container))
		return -ECHILD;
	if (container->has_ended)
		return -ESRCH;
	if (container->monitor > 0)
		kill(container->monitor, SIGCONT); /* the container may have stopped the monitor */
	if (is_end(signal)) {
		container->end_signal = signal;
		container->attempts_left = MOST_ATTEMPTS;
		pf_stop_registration(container);
	}
	pf_message_init(&message, PF_MESSAGE_SIGNAL);
	message.body.signal.number = signal;
	int r = pf_send_now(container->socket, &message);
	return r == -EPIPE || r == -ECONNRESET ? -ESRCH : r;
}

/* Kills a container. Kills the monitor, too, if the monitor does not answer. */
static void end(pflask_container *container)
{
	struct pflask_exit ended;

	pf_kill(container, SIGKILL);
	if (pf_wait(container, MONITOR_MSEC, &ended) != -ETIMEDOUT || container->monitor <= 0)
		return;
	kill(container->monitor, SIGKILL);
	pf_wait(container, -1, &ended);
}

static void drop(pflask_container *container)
{
	/* The descriptor of the registration keeps the connection open. */
	if (container->registration && !pf_is_copy(container))
		shutdown(container->socket, SHUT_RDWR);
	pf_forget_registration(container);
	pf_drop_fd(&container->socket);
	pf_drop_fd(&container->bell);
	pf_drop_fd(&container->mark);
	pf_drop_fd(&container->init_pidfd);
	pf_drop_fd(&container->pty_master);
	pf_drop_fd(&container->log.fd);
	pf_channels_free(container->channels);
	container->channels = NULL;
}

/* Ends a container, and waits for the monitor. The monitor kills the container when the socket is
 * closed. */
static void end_all(pflask_container *container)
{
	int started = container->init_pidfd >= 0;

	if (started && !container->has_ended && !container->is_detached)
		end(container);
	if (!started)
		pf_log_remove(container);
	drop(container);
	pf_reap_monitor(container);
	if (!started)
		pf_clean_up_lost_container(container);
}

pflask_container *pf_close(pflask_container *container)
{
	if (!container)
		return NULL;
	if (container->is_foreground)
		pf_foreground_restore(container);
	if (pf_is_copy(container))
		drop(container);
	else
		end_all(container);
	pf_drop_fd(&container->netns);
	pf_drop_fd(&container->host_netns);
	for (int i = 0; i < container->cgroups.count; i++)
		pf_drop_fd(&container->cgroups.parents[i]);
	free(container->moved_links);
	free(container->left_out);
	free(container);
	return NULL;
}
