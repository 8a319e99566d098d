/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for descriptors (polling.h). */
#include "polling.h"

#include <errno.h>

int pf_poll(struct pollfd *fds, size_t count, int timeout_msec)
{
	struct pollfd open[PF_POLL_MAX];
	nfds_t opened = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		if (fds[i].fd >= 0)
			open[opened++] = fds[i];
	int r = poll(open, opened, timeout_msec);
	int error = r < 0 ? -errno : 0;
	for (size_t i = 0; i < count; i++)
		fds[i].revents = fds[i].fd >= 0 && r > 0 ? open[at++].revents : 0;
	return r < 0 ? error : r;
}
