/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "caller.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/sys.h"

/* Ignores errors of send(2): if the socket is full, its unread bytes wake the caller anyway. */
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

/* Refuses the client of the next message. The caller's pidfd makes room for the client's socket for
 * a moment. Returns -EMFILE, or 0 if the caller has ended meanwhile. */
static int refuse_client(struct pf_outside *outside, struct pf_received *got)
{
	struct pf_message answer;

	pf_drop_fd(&outside->caller_pidfd);
	if (pf_receive(outside->caller_socket, MSG_DONTWAIT, got) == 1) {
		pf_message_init(&answer, PF_MESSAGE_DONE);
		answer.body.done.number = EMFILE;
		if (got->fd_count == 1)
			pf_send_now(got->fds[0], &answer, NULL, 0);
		pf_close_received(got, 0);
	}
	outside->caller_pidfd = pf_pidfd_open(outside->caller_pid);
	return outside->caller_pidfd < 0 || getppid() != outside->caller_pid ? 0 : -EMFILE;
}

/* Removes a message from the socket only if the monitor has room for its descriptors. */
int pf_receive_from_caller(struct pf_run *run, struct pf_received *ret)
{
	const int socket = run->outside.caller_socket;
	int r = pf_receive(socket, MSG_DONTWAIT | MSG_PEEK, ret);

	if (r == 1)
		recv(socket, NULL, 0, MSG_DONTWAIT);
	return r == -EMFILE ? refuse_client(&run->outside, ret) : r;
}
