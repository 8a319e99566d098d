/* SPDX-License-Identifier: BSD-2-Clause */
/* Ties a process of the container to the monitor (await_monitor.h). */
#define _GNU_SOURCE
#include "await_monitor.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

void pf_die_with_parent(const struct pf_run *run)
{
	struct pollfd monitor = {.fd = run->monitor_socket, .events = 0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&monitor, 1, 0) > 0 && monitor.revents & (POLLHUP | POLLERR))
		_exit(1); /* the monitor was already dead */
}

/* While waiting, receives the mount trees that only the monitor can open or make. */
void pf_await_monitor(struct pf_run *run)
{
	struct pf_received got;

	if (run->inside.may_go)
		return;
	while (pf_receive(run->monitor_socket, 0, &got) == 1) {
		uint32_t slot = got.message.body.source.slot;
		if (got.message.type == PF_MESSAGE_GO) {
			run->inside.may_go = 1;
			return;
		}
		if (got.message.type != PF_MESSAGE_SOURCE || got.fd_count != 1 ||
		    slot >= PF_PLAN_SOURCES)
			break;
		run->inside.source[slot] = got.fds[0];
	}
	_exit(1);
}
