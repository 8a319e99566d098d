/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Follows a container step by step, for an event loop that polls the bell (step.h). The loop cannot
 * poll the monitor's socket instead, because the event loops of some languages read each descriptor
 * that they poll, and would take the messages. The bytes of the bell have no meaning. The bell is a
 * socket and not a pipe, because Bun reads a pipe in a thread (0.30 ms for one container), and a
 * socket without a thread (0.03 ms).
 */
#define _GNU_SOURCE
#include "step.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "await_ready.h"
#include "common/clock.h"
#include "src/base/error.h"
#include "src/find/request.h"

/* Interval between checks whether a monitor has ended, or an init without a monitor. A closed
 * descriptor does not show the end, because an ending process closes its descriptors one by one. */
#define SOON_MSEC 1

int pf_make_bell(pflask_container *container, int *ret)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -errno;
	container->bell = ends[0];
	*ret = ends[1];
	return 0;
}

int pf_take_bell(pflask_container *container)
{
	int bell = container->bell;

	container->bell = -1;
	return bell < 0 ? -EINVAL : bell;
}

/* Tells whether a step is due. If the monitor has sent nothing until then, a SIGSTOP may have
 * stopped the monitor. */
static int is_late(const pflask_container *container)
{
	return container->step_at && pf_now_msec() >= container->step_at;
}

static int step_start(pflask_container *container, struct pflask_error *reterr)
{
	const pflask_plan *plan = container->starting;
	int r;

	do
		r = pf_take_start(container, plan, MSG_DONTWAIT, reterr);
	while (r == PF_START_GOES_ON);
	if (r == PF_START_SILENT && is_late(container))
		pf_continue_start(container);
	if (r != PF_START_DONE)
		return r < 0 ? r : PFLASK_STEP_NONE;
	pf_finish_start(container, plan);
	return PFLASK_STEP_STARTED;
}

static int has_init_ended(int pidfd)
{
	struct pollfd init = {.fd = pidfd, .events = POLLIN};

	return pidfd >= 0 && poll(&init, 1, 0) == 1;
}

/* Handles the messages of a running container. Sends SIGCONT to a monitor that is silent for too
 * long, and kills it after too many attempts. Sets *ret_msec to the time until the next step, as
 * pf_container_watch() does. */
static void step_running(pflask_container *container, int *ret_msec)
{
	const int is_silent = is_late(container);

	pf_container_read(container, 0);
	pf_let_go_on(container);
	int init = pf_container_watch(container, ret_msec);
	pf_container_wake(container, has_init_ended(init), is_silent);
	pf_container_watch(container, ret_msec);
	if (container->lost_at && !container->has_ended)
		*ret_msec = SOON_MSEC;
}

/* Tells whether the monitor of a container that has ended is gone, too. A monitor ends immediately
 * after its last message, and has nothing left to do when it has closed the connection, so the wait
 * takes no time. */
static int is_monitor_gone(pflask_container *container)
{
	char byte;

	if (container->opened)
		return container->opened->kept >= 0 || pf_is_detached_gone(container, 0);
	if (container->monitor > 0 &&
	    recvfrom(container->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL, NULL) == 0)
		pf_reap_monitor(container);
	return container->monitor <= 0;
}

static int step(pflask_container *container, int *ret_msec, struct pflask_error *reterr)
{
	*ret_msec = -1;
	if (pf_is_copy(container))
		return pf_error_internal(reterr, ECHILD,
					 "the container belongs to another process");
	if (container->starting) {
		int r = step_start(container, reterr);
		*ret_msec = r == PFLASK_STEP_STARTED   ? 0 /* more messages may have come */
			    : container->start_lost_at ? SOON_MSEC
						       : PF_CONTINUE_MSEC;
		return r;
	}
	if (container->pending) {
		const int r = pf_pending_step(container, reterr);
		*ret_msec = r == 0 ? container->pending->msec : 0;
		return r == 1 ? PFLASK_STEP_STARTED : r;
	}
	step_running(container, ret_msec);
	if (!container->has_ended)
		return PFLASK_STEP_NONE;
	if (container->opened && container->opened->error)
		return pf_error_refused(container->opened->which, -container->opened->error,
					reterr);
	*ret_msec = SOON_MSEC;
	return is_monitor_gone(container) ? PFLASK_STEP_ENDED : PFLASK_STEP_NONE;
}

int pf_step(pflask_container *container, int *ret_msec, struct pflask_error *reterr)
{
	int r = step(container, ret_msec, reterr);

	container->step_at = *ret_msec < 0 ? 0 : pf_now_msec() + *ret_msec;
	return r;
}
