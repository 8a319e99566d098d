/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for descriptors (poll_fds.h). */
#define _GNU_SOURCE
#include "poll_fds.h"

#include "common/sys.h"

int pf_poll(struct pollfd *fds, size_t count, int timeout_msec)
{
	struct pollfd open[PF_POLL_MAX];
	nfds_t opened = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		if (fds[i].fd >= 0)
			open[opened++] = fds[i];
	int r = pf_sys_result(poll(open, opened, timeout_msec));
	for (size_t i = 0; i < count; i++)
		fds[i].revents = fds[i].fd >= 0 && r > 0 ? open[at++].revents : 0;
	return r;
}
