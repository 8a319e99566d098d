/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "answer_fds.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/sys.h"

void pf_answer_forget_linger(const struct pf_received *got)
{
	const struct linger none = {0};

	for (size_t i = 0; i < got->fd_count; i++)
		setsockopt(got->fds[i], SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

void pf_answer_open_leader(struct pf_received *got)
{
	const int leader = pf_pidfd_open(got->message.body.ready.leader_pid);

	got->fds[0] = leader < 0 ? pf_pidfd_open(getpid()) : leader;
	got->fd_count = got->fds[0] >= 0;
}

int pf_answer_is_pidfd(const struct pf_received *got)
{
	return got->fd_count > 0 && pf_pidfd_send_signal(got->fds[0], 0) != -EBADF;
}
