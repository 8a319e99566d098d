/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "caller.h"

#include <sys/socket.h>

/* Ignores errors of send(2). A full socket has unread bytes, and so wakes the caller anyway. */
void pf_ring(const struct pf_run *run)
{
	if (run->outside.bell >= 0)
		send(run->outside.bell, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int pf_tell_caller(const struct pf_run *run, const struct pf_message *message, const int *fds,
		   size_t fd_count)
{
	int r = pf_send(run->outside.caller_socket, message, fds, fd_count);

	pf_ring(run);
	return r;
}
