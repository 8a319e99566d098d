/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for the start of a container (await_ready.h). */
#define _GNU_SOURCE
#include "await_ready.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer_register.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/protocol/plan.h"
#include "debug_start.h"
#include "lost_monitor.h"
#include "src/base/error.h"
#include "src/explain/operation_error.h"

static int is_pty_master(int fd)
{
	int number;

	return ioctl(fd, TIOCGPTN, &number) == 0;
}

void pf_take_ready(pflask_container *container, struct pf_received *got)
{
	size_t taken = got->fd_count > 1 && is_pty_master(got->fds[1]) ? 2 : 1;
	const struct pf_ready *ready = &got->message.body.ready;

	container->info = (struct pflask_info){.monitor_pid = ready->monitor_pid,
					       .init_pid = ready->init_pid,
					       .leader_pid = ready->leader_pid,
					       .keyring_errno = ready->keyring_errno,
					       .namespaces = ready->namespaces};
	container->init_pidfd = got->fds[0];
	pf_drop_fd(&container->mark);
	if (taken == 2)
		container->pty_master = got->fds[1];
	pf_close_received(got, taken);
}

/* Handles a MOVED message, which tells the state of an interface of the host. The monitor sends it
 * before and after it moves the interface. Returns 0 or -ENOMEM. */
static int take_moved(pflask_container *container, struct pf_received *got)
{
	const struct pf_moved_link *moved = &got->message.body.moved;
	size_t count = container->moved_link_count;

	if (container->netns < 0 && got->fd_count == 2) {
		container->netns = got->fds[0];
		container->host_netns = got->fds[1];
	} else {
		for (size_t i = 0; i < got->fd_count; i++)
			close(got->fds[i]);
	}
	if (count > 0 && strcmp(container->moved_links[count - 1].name, moved->name) == 0) {
		container->moved_links[count - 1] = *moved;
		return 0;
	}
	struct pf_moved_link *grown = realloc(container->moved_links, (count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[count] = *moved;
	container->moved_links = grown;
	container->moved_link_count++;
	return 0;
}

static int is_of_set_up(uint32_t type)
{
	return type == PF_MESSAGE_MOVED || type == PF_MESSAGE_REGISTER;
}

/* Handles the end of a monitor that was killed during the start. The status of a failed start
 * means that the command has not run. So if the command may have run, the start is told as a
 * success, and the container as ended. The pid of a detached monitor is then not known. Without
 * `may_wait`, returns PF_START_SILENT while the monitor, or a process that may still execute the
 * command, has not yet ended. */
static int lose_monitor(pflask_container *container, const pflask_plan *plan, int may_wait,
			struct pflask_error *reterr)
{
	const int64_t now = pf_now_msec();

	if (!container->start_lost_at)
		container->start_lost_at = now + PF_ORPHAN_MSEC;
	if (!pf_plan_find(plan->data, PF_OP_control) && container->monitor > 0)
		container->info.monitor_pid = container->monitor;
	const int is_over = may_wait || now >= container->start_lost_at;
	if (may_wait)
		pf_reap_monitor(container);
	else if (!pf_reap_monitor_now(container, now - container->start_lost_at))
		return PF_START_SILENT;
	const int may_have_run = pf_may_have_run(container, may_wait ? PF_ORPHAN_MSEC : 0);
	if (may_have_run == -EAGAIN && !is_over)
		return PF_START_SILENT;
	if (may_have_run != 1)
		return pf_error_internal(reterr, ECHILD,
					 "pflask-init: ended before the command started");
	pf_lose_container(container, 1);
	container->has_ended = 1;
	return 0;
}

int pf_take_start(pflask_container *container, const pflask_plan *plan, int flags,
		  struct pflask_error *reterr)
{
	struct pf_received got;
	int r = pf_debug_receive(container, plan, flags, &got);

	if (r == -EAGAIN)
		return PF_START_SILENT;
	if (r != 1)
		return lose_monitor(container, plan, !(flags & MSG_DONTWAIT), reterr);
	if (got.message.type == PF_MESSAGE_DETACHED) {
		pf_note_cgroups(container, plan, got.message.body.detached.pid);
		return PF_START_GOES_ON;
	}
	if (is_of_set_up(got.message.type)) {
		r = got.message.type == PF_MESSAGE_MOVED
			    ? take_moved(container, &got)
			    : pf_answer_register(container, plan, &got.message.body.machine);
		return r == -ENOMEM ? pf_error_internal(reterr, -r, "out of memory")
				    : PF_START_GOES_ON;
	}
	if (got.message.type == PF_MESSAGE_FAILED) {
		const struct pf_failed *failed = &got.message.body.failed;
		return pf_error_operation(reterr, plan->data, &plan->origins, failed);
	}
	if (got.message.type == PF_MESSAGE_READY && got.fd_count > 0) {
		pf_take_ready(container, &got);
		return PF_START_DONE;
	}
	return pf_error_internal(reterr, EBADMSG, "pflask-init: sent a malformed message");
}

void pf_continue_start(const pflask_container *container)
{
	if (container->monitor > 0)
		kill(container->monitor, SIGCONT);
}

/* Waits for a message. Without a message, sends SIGCONT to the monitor, which the command may have
 * stopped. */
static void await_message(const pflask_container *container)
{
	struct pollfd fd = {.fd = container->socket, .events = POLLIN};
	int n;

	do {
		n = poll(&fd, 1, PF_CONTINUE_MSEC);
		if (n == 0)
			pf_continue_start(container);
	} while (n == 0 || (n < 0 && errno == EINTR));
}

int pf_await_ready(pflask_container *container, const pflask_plan *plan,
		   struct pflask_error *reterr)
{
	int r;

	do {
		await_message(container);
		r = pf_take_start(container, plan, 0, reterr);
	} while (r == PF_START_GOES_ON);
	return r;
}
