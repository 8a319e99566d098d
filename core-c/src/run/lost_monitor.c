/* SPDX-License-Identifier: BSD-2-Clause */
/* Cleans up in the calling process after a monitor was killed (lost_monitor.h). */
#define _GNU_SOURCE
#include "lost_monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/net/return_link.h"
#include "common/sys.h"

int pf_make_mark(pflask_container *container)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	container->mark = ends[0];
	return ends[1];
}

int pf_may_have_run(const pflask_container *container, int timeout_ms)
{
	struct pollfd mark = {.fd = container->mark, .events = POLLIN};
	int n;

	do
		n = poll(&mark, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n == 0 ? -EAGAIN : (mark.revents & POLLIN) != 0;
}

/* Returns moved interfaces to the host, if the monitor has not done so. Returns the name of the
 * first interface that could not be returned, with *ret_errno set, or NULL. */
static const char *return_moved(const pflask_container *container, int *ret_errno)
{
	const char *lost = NULL;

	for (size_t i = 0; i < container->moved_link_count; i++) {
		int r = pf_return_link(&container->moved_links[i], container->netns,
				       container->host_netns);
		if (r == 0 || lost)
			continue;
		*ret_errno = -r;
		lost = container->moved_links[i].name;
	}
	return lost;
}

static const char *undo(const pflask_container *container, int *ret_errno)
{
	const char *lost = return_moved(container, ret_errno);

	pf_cgroups_remove(&container->cgroups);
	return lost;
}

void pf_clean_up_lost_container(const pflask_container *container)
{
	int error;

	undo(container, &error);
}

/* Waits for the end of init. The kernel kills init when the monitor dies. Without a pid namespace,
 * init notices the death of the monitor, kills its descendants and exits. Kills an init that does
 * not end. Does not signal the command of a monitor that is not trusted (`is_guest`): its pidfd
 * came from the monitor, and may belong to any process. The kernel kills such a command together
 * with its monitor (PR_SET_PDEATHSIG(2const)). */
int pf_lose_container(pflask_container *container, int may_wait)
{
	struct pollfd init = {.fd = container->init_pidfd, .events = POLLIN};
	int error = 0;

	const int64_t now = pf_now_msec();

	if (!container->lost_at) {
		container->lost_at = now + PF_ORPHAN_MSEC;
		/* A stopped init could not kill its descendants. */
		if (init.fd >= 0 && !container->is_guest)
			pf_pidfd_send_signal(init.fd, SIGCONT);
	}
	const int left = now < container->lost_at ? (int)(container->lost_at - now) : 0;
	if (init.fd >= 0 && poll(&init, 1, may_wait ? left : 0) <= 0) {
		if (!may_wait && left)
			return 0;
		if (!container->is_guest && !container->is_init_killed++) {
			pf_pidfd_send_signal(init.fd, SIGKILL);
			container->lost_at = 0;
			return pf_lose_container(container, may_wait);
		}
	}
	const char *lost = undo(container, &error);
	container->exit.reason = PFLASK_LOST;
	if (lost) {
		container->exit.link_errno = error;
		snprintf(container->exit.link, sizeof(container->exit.link), "%s", lost);
	}
	return 1;
}
