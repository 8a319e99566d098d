/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that attack a control socket as clients, and a verb that poses as the server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "common/protocol/wire.h"
#include "probe.h"

enum { MOST = 1024 };

int client_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (!path || strlen(path) >= sizeof(address.sun_path))
		misused("a path of a socket is missing");
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int client_ask(int fd, uint32_t version, uint32_t want, uint32_t has)
{
	struct pf_message message = {
		.type = PF_MESSAGE_REQUEST,
		.length = sizeof(message.body.request),
		.body.request = {.version = version, .want = want, .has = has},
	};
	size_t size = offsetof(struct pf_message, body) + sizeof(message.body.request);

	return send(fd, &message, size, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int client_introduce(int fd)
{
	static char answer[sizeof(struct pf_message)];

	if (client_ask(fd, PF_CONTROL_VERSION, PF_WANT_RECORD, 0) < 0)
		return -1;
	return recv(fd, answer, sizeof(answer), 0) > 0 ? 0 : -1;
}

/* Reads until the other side closes. Prints the number of received messages. */
static void until_closed(int fd, const char *name)
{
	static char buffer[1 << 17];
	int messages = 0;
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		messages++;
	printf("%s closed %d\n", name, messages);
	fflush(stdout);
}

/* Turns pairs of hexadecimal digits into bytes. Returns the number of bytes. */
static size_t from_hex(const char *hex, unsigned char *bytes, size_t room)
{
	size_t length = strlen(hex) / 2;

	if (length > room)
		misused("too many bytes");
	for (size_t i = 0; i < length; i++) {
		char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return length;
}

/* knock PATH [HEX...]: connects, sends datagrams, and waits until the other side closes. */
static int knock(int count, char **words)
{
	int fd = client_connect(words[1]);

	printf("connect %s\n", outcome(fd));
	fflush(stdout);
	if (fd < 0)
		return 0;
	for (int i = 2; i < count; i++) {
		unsigned char bytes[MOST];
		size_t length = from_hex(words[i], bytes, sizeof(bytes));

		printf("send %s\n", outcome(send(fd, bytes, length, MSG_NOSIGNAL)));
	}
	until_closed(fd, "knock");
	close(fd);
	return 0;
}

/* knock-huge PATH SIZE: sends one datagram of zeros, and waits until the other side closes. */
static int knock_huge(int count, char **words)
{
	size_t size = count > 2 ? (size_t)number(words[2]) : 0;
	char *bytes = calloc(1, size);
	int fd = client_connect(words[1]);

	printf("connect %s\n", outcome(fd));
	if (fd < 0 || !bytes)
		return 0;
	printf("send %s\n", outcome(send(fd, bytes, size, MSG_NOSIGNAL)));
	fflush(stdout);
	free(bytes);
	until_closed(fd, "knock");
	close(fd);
	return 0;
}

/* knock-fds PATH: sends a byte with many descriptors, before and after a request for the record. */
static int knock_fds(int count, char **words)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * 200)];
		struct cmsghdr align;
	} control = {0};
	char byte = 0;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = client_connect(words[1]);

	(void)count;
	printf("connect %s\n", outcome(fd));
	if (fd < 0)
		return 0;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * 200);
	for (int i = 0; i < 200; i++)
		memcpy(CMSG_DATA(header) + sizeof(int) * (size_t)i, &fd, sizeof(fd));
	printf("early %s\n", outcome(sendmsg(fd, &message, MSG_NOSIGNAL)));
	printf("introduce %s\n", outcome(client_introduce(fd)));
	printf("send %s\n", outcome(sendmsg(fd, &message, MSG_NOSIGNAL)));
	fflush(stdout);
	until_closed(fd, "knock");
	close(fd);
	return 0;
}

/* crowd PATH N [WANT]: connects N times, sends the request WANT, if given, and keeps the
 * connections open. */
static int crowd(int count, char **words)
{
	long wanted = count > 2 ? number(words[2]) : 1;
	uint32_t want = count > 3 ? (uint32_t)number(words[3]) : 0;
	int got = 0;

	for (long i = 0; i < wanted; i++) {
		int fd = client_connect(words[1]);

		got += fd >= 0 && (!want || client_ask(fd, PF_CONTROL_VERSION, want, 0) == 0);
	}
	printf("crowd %d\n", got);
	return flushed();
}

/* ask PATH VERSION WANT HAS: sends a well-formed request with these numbers, and waits until the
 * other side closes. */
static int ask(int count, char **words)
{
	int fd = client_connect(words[1]);

	if (count < 5)
		misused("ask PATH VERSION WANT HAS");
	printf("connect %s\n", outcome(fd));
	if (fd < 0)
		return flushed();
	printf("send %s\n",
	       outcome(client_ask(fd, (uint32_t)number(words[2]), (uint32_t)number(words[3]),
				  (uint32_t)number(words[4]))));
	shutdown(fd, SHUT_WR);
	until_closed(fd, "ask");
	close(fd);
	return flushed();
}

/* half PATH: connects, shuts its writing half of the connection, and waits until the other side
 * closes. */
static int half_open(int count, char **words)
{
	int fd = client_connect(words[1]);

	(void)count;
	printf("connect %s\n", outcome(fd));
	fflush(stdout);
	if (fd < 0)
		return 0;
	shutdown(fd, SHUT_WR);
	until_closed(fd, "half");
	close(fd);
	return 0;
}

/* Sends a request EXEC with wrong descriptors in place of the plan and the pipe. */
static int ask_nonsense(int fd, int not_a_plan)
{
	struct pf_message message = {
		.type = PF_MESSAGE_REQUEST,
		.length = sizeof(message.body.request),
		.body.request = {PF_CONTROL_VERSION, PF_WANT_EXEC, PF_HAS_PLAN, 0, 0, 0},
	};
	const int fds[] = {not_a_plan, not_a_plan};
	union {
		char space[CMSG_SPACE(sizeof(fds))];
		struct cmsghdr align;
	} control = {0};
	struct iovec vector = {&message,
			       offsetof(struct pf_message, body) + sizeof(message.body.request)};
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};

	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	return sendmsg(fd, &header, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* abandon PATH N: N times, requests a command that cannot run, and disconnects immediately. */
static int abandon(int count, char **words)
{
	long wanted = count > 2 ? number(words[2]) : 1;
	int got = 0;

	for (long i = 0; i < wanted; i++) {
		int fd = client_connect(words[1]);

		got += fd >= 0 && client_introduce(fd) == 0 && ask_nonsense(fd, fd) == 0;
		close(fd);
	}
	printf("abandoned %d\n", got);
	return flushed();
}

/* impostor PATH: accepts one client, and prints the size of the client's first message. */
static int impostor(int count, char **words)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char buffer[4096];
	ssize_t got;
	int client;

	(void)count;
	if (strlen(words[1]) >= sizeof(address.sun_path))
		misused(words[1]);
	memcpy(address.sun_path, words[1], strlen(words[1]) + 1);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0)
		misused("bind");
	printf("listening\n");
	fflush(stdout);
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	got = recv(client, buffer, sizeof(buffer), 0);
	printf("impostor got %zd\n", got);
	return 0;
}

const struct verb socket_verbs[] = {
	{"knock", knock, false},
	{"knock-huge", knock_huge, false},
	{"knock-fds", knock_fds, false},
	{"crowd", crowd, false},
	{"half", half_open, false},
	{"ask", ask, false},
	{"abandon", abandon, false},
	{"impostor", impostor, false},
	{NULL, NULL, false},
};
