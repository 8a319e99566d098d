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
#include <time.h>
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

#define MONITOR_MSEC (PF_LIMIT_endSeconds * 1000) /* time limit for the end of a monitor */
#define KILLED_MSEC 1000                          /* time limit for the end of a killed monitor */
/* Number of attempts to reap a traced monitor, 1 ms apart. */
#define TRACER_TRIES 100

void pf_note_cgroups(pflask_container *container, const pflask_plan *plan, pid_t monitor)
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

static int await_end(int pidfd, int msec)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int n;

	do
		n = poll(&end, 1, msec);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

/* Reaps the monitor. First continues it, because a container without a pid namespace may have
 * stopped it, and kills it after MONITOR_MSEC. A tracer of the monitor gets its status first, and
 * can withhold it for ever (ptrace(2)), so the wait for the status is limited, too. */
void pf_reap_monitor(pflask_container *container)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	pid_t pid = container->monitor;
	PF_CLEANUP_FD int end = pid > 0 ? pf_pidfd_open(pid) : -1;
	int tries = TRACER_TRIES;

	if (pid <= 0)
		return;
	kill(pid, SIGCONT);
	if (end >= 0 && !await_end(end, MONITOR_MSEC)) {
		kill(pid, SIGKILL);
		await_end(end, KILLED_MSEC);
	}
	while (end < 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	while (end >= 0 && waitpid(pid, NULL, WNOHANG) == 0 && tries-- > 0)
		nanosleep(&pause, NULL);
	container->monitor = 0;
}

int pf_reap_monitor_now(pflask_container *container, int64_t late_msec)
{
	const pid_t pid = container->monitor;

	if (pid <= 0)
		return 1;
	kill(pid, late_msec < 0 ? SIGCONT : SIGKILL);
	if (waitpid(pid, NULL, WNOHANG) == 0 && late_msec < KILLED_MSEC)
		return 0;
	container->monitor = 0;
	return 1;
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
	pf_note_cgroups(container, plan, pid);
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
	if (container->has_ended || !pf_plan_find(plan->data, PF_OP_control)) {
		pf_send_clients(container);
		return;
	}
	/* The process that was started has forked the monitor of a detached container, and has
	 * ended. */
	container->is_detached = 1;
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

/* Returns the standard descriptors that pipes replace (channel.h): an input that is a terminal and,
 * with a log, an output that does not go to the command's own terminal. */
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

/* Starts a detached container. If the command's input is the caller's terminal, the command gets
 * /dev/null instead, because other programs will use the terminal. The output of a command without
 * a terminal goes to the log through a pipe of the monitor. */
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

int pf_check_flags(uint32_t flags, struct pflask_error *reterr)
{
	if (flags & ~(uint32_t)(PFLASK_FOREGROUND | PFLASK_NOWAIT))
		return pf_error_internal(reterr, EINVAL, "unknown flags: 0x%x", flags);
	if (flags == (PFLASK_FOREGROUND | PFLASK_NOWAIT))
		return pf_error_internal(reterr, EINVAL,
					 "a start in the foreground cannot return early");
	return 0;
}

/* Checks the flags and the descriptors of a start. A closed standard descriptor is allowed, and is
 * closed for the command, too. */
static int check_arguments(const int stdio[3], uint32_t flags, struct pflask_error *reterr)
{
	int r = pf_check_flags(flags, reterr);

	for (int i = 0; r == 0 && i < 3; i++)
		if (stdio[i] > 2 && fcntl(stdio[i], F_GETFD) < 0)
			r = pf_error_internal(reterr, EBADF, "descriptor %d: %s", stdio[i],
					      pf_errno_text(EBADF));
	return r;
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

/* Kills a container, and also its monitor if the monitor does not answer. */
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
	/* With shutdown(2), the connection ends even if the registration's descriptor is still
	 * open. */
	if (container->registration && !pf_is_copy(container))
		shutdown(container->socket, SHUT_RDWR);
	pf_forget_registration(container);
	pf_drop_fd(&container->socket);
	pf_drop_fd(&container->bell);
	pf_drop_fd(&container->mark);
	pf_drop_fd(&container->init_pidfd);
	pf_drop_fd(&container->pty_master);
	pf_drop_fd(&container->log.fd);
	while (container->client_count > 0)
		close(container->clients[--container->client_count]);
	pf_channels_free(container->channels);
	container->channels = NULL;
}

/* Ends a container by closing the socket to its monitor, and waits for the monitor. */
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
	if (container->pending)
		container->pending->free(container->pending);
	if (container->opened) {
		pf_drop_fd(&container->opened->kept);
		pf_drop_fd(&container->opened->wake);
	}
	free(container->opened);
	free(container->moved_links);
	free(container->left_out);
	free(container);
	return NULL;
}
