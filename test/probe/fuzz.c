/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb that sends random messages to a control socket. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "common/protocol/wire.h"
#include "probe.h"

enum { MOST_BYTES = 8192, MOST_FDS = 8 };

static uint64_t state;

/* Returns a random number below a limit (xorshift64*). Equal seeds give equal attacks. */
static uint32_t chance(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717u) >> 33) % below;
}

/* Fills a datagram with a header that may be valid and a body that may be a request. */
static size_t invent(unsigned char *bytes)
{
	size_t length = chance(8) ? chance(300) : chance(MOST_BYTES);
	struct pf_message message = {.type = PF_MESSAGE_REQUEST};

	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)chance(256);
	if (chance(4) == 0)
		return length;
	message.type = chance(2) ? PF_MESSAGE_REQUEST : chance(PF_MESSAGE_COUNT + 1);
	message.length = chance(4) || length < 8 ? (uint32_t)sizeof(message.body.request)
						 : (uint32_t)length - 8;
	message.body.request.version = chance(8) ? PF_CONTROL_VERSION : chance(4);
	message.body.request.want = chance(PF_WANT_EXEC + 2);
	message.body.request.has = chance(2) ? 0 : chance(64);
	/* Another signal could end the container, but the container must still run at the end. */
	message.body.request.signal = SIGCONT;
	memcpy(bytes, &message, 8 + sizeof(message.body.request));
	return chance(4) || length < 8 ? 8 + sizeof(message.body.request) : length;
}

/* Sends a datagram with up to MOST_FDS descriptors of random kinds. */
static void send_some(int socket, const int *kinds, int kind_count)
{
	static unsigned char bytes[MOST_BYTES + sizeof(struct pf_message)];
	union {
		char space[CMSG_SPACE(sizeof(int) * MOST_FDS)];
		struct cmsghdr align;
	} control = {0};
	struct iovec vector = {bytes, invent(bytes)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	size_t fds = chance(2) ? 0 : 1 + chance(MOST_FDS);

	if (fds > 0) {
		struct cmsghdr *header = &control.align;

		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * fds);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * fds);
		for (size_t i = 0; i < fds; i++)
			memcpy(CMSG_DATA(header) + sizeof(int) * i,
			       &kinds[chance((uint32_t)kind_count)], sizeof(int));
	}
	sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/*
 * fuzz PATH N SEED: makes N connections, and sends one to three datagrams on each, with random
 * bytes, lengths and descriptors. On half of the connections, first asks for the record. Prints the
 * number of connections and the number of requests for the record.
 */
static int fuzz(int count, char **words)
{
	long wanted = count > 3 ? number(words[2]) : 0, taken = 0, introduced = 0;
	int pair[2], kinds[5];

	if (count < 4)
		misused("fuzz PATH N SEED");
	state = (uint64_t)number(words[3]) * 2 + 1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		misused("socketpair");
	kinds[0] = open("/dev/null", O_RDWR);
	kinds[1] = open("/proc/self/ns/mnt", O_RDONLY);
	kinds[2] = open("/", O_RDONLY | O_DIRECTORY);
	kinds[3] = pair[0];
	kinds[4] = open("/proc/self/exe", O_RDONLY);
	for (long i = 0; i < wanted; i++) {
		int fd = client_connect(words[1]);

		if (fd >= 0) {
			taken++;
			introduced += chance(2) && client_introduce(fd) == 0;
			for (uint32_t left = 1 + chance(3); left > 0; left--)
				send_some(fd, kinds, 5);
		}
		close(fd);
	}
	printf("fuzzed %ld\nintroduced %ld\n", taken, introduced);
	return flushed();
}

const struct verb fuzz_verbs[] = {
	{"fuzz", fuzz, false},
	{NULL, NULL, false},
};
