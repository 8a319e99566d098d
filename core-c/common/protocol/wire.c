/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends and receives messages (wire.h). */
#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message_check.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

#define HEADER offsetof(struct pf_message, body)

/* For each type of message: the length of the body, and the number of descriptors. */
static const struct shape {
	uint32_t length; /* length of the body; if the body is bytes, the maximum length */
	uint16_t fds;    /* maximum number of descriptors */
	uint16_t is_bytes;
} shapes[] = {
#define PF_EMPTY(name, route, descriptors, text) [PF_MESSAGE_##name] = {0, descriptors, 0},
#define PF_BODY(name, route, type, descriptors, text) \
	[PF_MESSAGE_##name] = {sizeof(type), descriptors, 0},
#define PF_BYTES(name, route, most, descriptors, text) [PF_MESSAGE_##name] = {most, descriptors, 1},
#include "defs/messages.def"
};

/* Room for the control data of a message: the descriptors and one set of credentials. */
union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(PF_WIRE_FDS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

void pf_message_init(struct pf_message *message, enum pf_message_type type)
{
	memset(message, 0, HEADER + shapes[type].length); /* later bytes are never sent or read */
	message->type = type;
	message->length = shapes[type].length;
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

static int send_message(int socket, const struct pf_message *message, const int *fds,
			size_t fd_count, int flags)
{
	union ancillary room;
	struct iovec vector = {(void *)message, HEADER + message->length};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
	ssize_t n;

	if (fd_count > shapes[message->type].fds)
		return -EINVAL;
	memset(&room, 0, sizeof(room));
	if (fd_count > 0)
		attach_fds(&header, &room, fds, fd_count);
	do
		n = sendmsg(socket, &header, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int pf_send(int socket, const struct pf_message *message, const int *fds, size_t fd_count)
{
	return send_message(socket, message, fds, fd_count, 0);
}

int pf_send_now(int socket, const struct pf_message *message, const int *fds, size_t fd_count)
{
	return send_message(socket, message, fds, fd_count, MSG_DONTWAIT);
}

/* Keeps the descriptors that fit into `got`, and closes all others: a hostile sender may send too
 * many. */
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

int pf_message_fits(const struct pf_message *message, int takes_bytes)
{
	if (message->type == PF_MESSAGE_NONE || message->type >= PF_MESSAGE_COUNT)
		return 0;
	const struct shape *shape = &shapes[message->type];
	return shape->is_bytes ? takes_bytes && message->length <= shape->length
			       : message->length == shape->length;
}

static int well_formed(const struct pf_received *got, const struct msghdr *header, ssize_t n,
		       int takes_bytes)
{
	const struct pf_message *message = &got->message;

	return !(header->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && n >= (ssize_t)HEADER &&
	       pf_message_fits(message, takes_bytes) && (size_t)n == HEADER + message->length;
}

void pf_close_received(struct pf_received *got, size_t first)
{
	while (got->fd_count > first)
		close(got->fds[--got->fd_count]);
}

/* Receives a message with its body in the buffer `body`, which is ret->message.body or a buffer of
 * the caller. If the body is not bytes, copies the body from the caller's buffer to
 * ret->message.body. */
static int receive(int socket, int flags, struct pf_received *ret, struct iovec *body)
{
	union ancillary room;
	struct iovec vector[] = {{&ret->message, HEADER}, *body};
	const int drops_fds = flags & PF_DROP_FDS;
	struct msghdr header = {.msg_iov = vector,
				.msg_iovlen = 2,
				.msg_control = drops_fds ? NULL : &room,
				.msg_controllen = drops_fds ? 0 : sizeof(room)};
	int takes_bytes = body->iov_base != &ret->message.body;
	int too_many = 0, resets = 0;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	/* If the peer closed its socket with messages unread, recvmsg(2) first returns ECONNRESET,
	 * and then the messages that the peer had sent. */
	do
		n = recvmsg(socket, &header, (flags & ~PF_DROP_FDS) | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (drops_fds)
		header.msg_flags &= ~MSG_CTRUNC; /* the message had descriptors */
	for (struct cmsghdr *p = CMSG_FIRSTHDR(&header); p; p = CMSG_NXTHDR(&header, p)) {
		if (p->cmsg_type == SCM_RIGHTS)
			take_fds(ret, p, &too_many);
		else if (p->cmsg_type == SCM_CREDENTIALS)
			take_sender(ret, p);
	}
	if (n == 0 && ret->fd_count == 0)
		return 0;
	if (!too_many && well_formed(ret, &header, n, takes_bytes)) {
		if (takes_bytes && !shapes[ret->message.type].is_bytes)
			memcpy(&ret->message.body, body->iov_base, ret->message.length);
		if (pf_message_is_sound(&ret->message))
			return 1;
	}
	pf_close_received(ret, 0);
	return header.msg_flags & MSG_CTRUNC && !too_many ? -EMFILE : -EBADMSG;
}

int pf_receive(int socket, int flags, struct pf_received *ret)
{
	struct iovec body = {&ret->message.body, sizeof(ret->message.body)};

	return receive(socket, flags, ret, &body);
}

int pf_receive_bytes(int socket, int flags, struct pf_received *ret, char *buffer, size_t size)
{
	struct iovec body = {buffer, size};

	return receive(socket, flags, ret, &body);
}

int pf_send_bytes(int socket, enum pf_message_type type, const struct iovec parts[2])
{
	uint32_t head[2] = {type, (uint32_t)(parts[0].iov_len + parts[1].iov_len)};
	struct iovec vector[] = {{head, sizeof(head)}, parts[0], parts[1]};
	struct msghdr header = {.msg_iov = vector, .msg_iovlen = 3};
	ssize_t n;

	_Static_assert(sizeof(head) == HEADER, "type and length");
	do
		n = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

void pf_refuse_fds(int socket, int refuse)
{
	int takes = !refuse;

	setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &takes, sizeof(takes));
}

int pf_socketpair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}
