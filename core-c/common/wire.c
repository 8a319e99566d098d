/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending and receiving of messages (wire.h). */
#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER offsetof(struct pf_message, body)

static const size_t body_length[] = {
	[PF_MESSAGE_START] = sizeof(struct pf_start),
	[PF_MESSAGE_SIGNAL] = sizeof(struct pf_signal),
	[PF_MESSAGE_READY] = sizeof(struct pf_ready),
	[PF_MESSAGE_FAILED] = sizeof(struct pf_failed),
	[PF_MESSAGE_EXITED] = sizeof(struct pflask_exit),
	[PF_MESSAGE_SKIPPED] = sizeof(struct pf_skipped),
	[PF_MESSAGE_TERMINAL] = 0,
	[PF_MESSAGE_EXEC] = 0,
	[PF_MESSAGE_MAKER] = 0,
	[PF_MESSAGE_MAKE] = sizeof(struct pf_make),
	[PF_MESSAGE_MADE] = sizeof(struct pf_made),
	[PF_MESSAGE_USED] = 0,
	[PF_MESSAGE_LAYERED] = sizeof(struct pf_layered),
	[PF_MESSAGE_SOURCE] = sizeof(struct pf_source),
	[PF_MESSAGE_GO] = 0,
	[PF_MESSAGE_HANDOVER] = 0,
	[PF_MESSAGE_MOVED] = sizeof(struct pf_moved),
	[PF_MESSAGE_STATUS] = sizeof(struct pf_status),
};

#define TYPES (sizeof(body_length) / sizeof(body_length[0]))

/* Room for the descriptors and for one set of credentials. */
union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(PF_WIRE_FDS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

void pf_message_init(struct pf_message *message, enum pf_message_type type)
{
	memset(message, 0, sizeof(*message));
	message->type = type;
	message->length = (uint32_t)body_length[type];
}

static void attach_fds(struct msghdr *header, union ancillary *room, const int *fds, size_t count)
{
	header->msg_control = room;
	header->msg_controllen = CMSG_SPACE(count * sizeof(int));
	struct cmsghdr *part = CMSG_FIRSTHDR(header);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(part), fds, count * sizeof(int));
}

int pf_send(int socket, const struct pf_message *message, const int *fds, size_t fd_count)
{
	union ancillary room;
	struct iovec vector = {(void *)message, HEADER + message->length};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
	ssize_t n;

	if (fd_count > PF_WIRE_FDS)
		return -EINVAL;
	memset(&room, 0, sizeof(room));
	if (fd_count > 0)
		attach_fds(&header, &room, fds, fd_count);
	do
		n = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Keeps the descriptors that fit; the sender may be hostile and send more. */
static void take_fds(struct pf_received *got, const struct cmsghdr *part, int *too_many)
{
	size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;
		memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
		if (got->fd_count < PF_WIRE_FDS) {
			got->fds[got->fd_count++] = fd;
		} else {
			close(fd);
			*too_many = 1;
		}
	}
}

static void take_sender(struct pf_received *got, const struct cmsghdr *part)
{
	struct ucred sender;

	memcpy(&sender, CMSG_DATA(part), sizeof(sender));
	got->sender = sender.pid;
}

static int well_formed(const struct pf_received *got, const struct msghdr *header, ssize_t n)
{
	const struct pf_message *message = &got->message;

	if (header->msg_flags & (MSG_TRUNC | MSG_CTRUNC) || n < (ssize_t)HEADER)
		return 0;
	if (message->type < PF_MESSAGE_START || message->type >= TYPES)
		return 0;
	return message->length == body_length[message->type] &&
	       (size_t)n == HEADER + message->length;
}

int pf_receive(int socket, int flags, struct pf_received *ret)
{
	union ancillary room;
	struct iovec vector = {&ret->message, sizeof(ret->message)};
	struct msghdr header = {.msg_iov = &vector,
				.msg_iovlen = 1,
				.msg_control = &room,
				.msg_controllen = sizeof(room)};
	int too_many = 0;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	do
		n = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	for (struct cmsghdr *p = CMSG_FIRSTHDR(&header); p; p = CMSG_NXTHDR(&header, p)) {
		if (p->cmsg_type == SCM_RIGHTS)
			take_fds(ret, p, &too_many);
		else if (p->cmsg_type == SCM_CREDENTIALS)
			take_sender(ret, p);
	}
	if (n == 0 && ret->fd_count == 0)
		return 0;
	if (!too_many && well_formed(ret, &header, n))
		return 1;
	for (size_t i = 0; i < ret->fd_count; i++)
		close(ret->fds[i]);
	ret->fd_count = 0;
	return header.msg_flags & MSG_CTRUNC && !too_many ? -EMFILE : -EBADMSG;
}

int pf_socketpair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}
