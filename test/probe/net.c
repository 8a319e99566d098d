/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that print the interfaces of the network, and send and receive traffic. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* TRIES is the number of attempts, because a link or an address may need a moment to come up. */
enum { TRIES = 300, BLOCK = 65536, ANSWER = 64 };

/* The pause between two attempts. */
static const struct timespec moment = {.tv_nsec = 50000000};

/* links: prints name, state, MTU and hardware address of every interface. */
static int links(int count, char **words)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *names = if_nameindex();

	(void)count;
	(void)words;
	for (struct if_nameindex *name = names; name && name->if_index; name++) {
		struct ifreq flags = {0}, mtu = {0}, hardware = {0};
		unsigned char *mac = (unsigned char *)hardware.ifr_hwaddr.sa_data;

		snprintf(flags.ifr_name, sizeof(flags.ifr_name), "%s", name->if_name);
		mtu = hardware = flags;
		ioctl(fd, SIOCGIFFLAGS, &flags);
		ioctl(fd, SIOCGIFMTU, &mtu);
		ioctl(fd, SIOCGIFHWADDR, &hardware);
		printf("link %s %s %d %02x:%02x:%02x:%02x:%02x:%02x\n", name->if_name,
		       flags.ifr_flags & IFF_UP ? "up" : "down", mtu.ifr_mtu, mac[0], mac[1],
		       mac[2], mac[3], mac[4], mac[5]);
	}
	close(fd);
	return 0;
}

static int prefix_length(const struct sockaddr *mask)
{
	const struct sockaddr_in *v4 = (const void *)mask;
	const struct sockaddr_in6 *v6 = (const void *)mask;
	const void *bytes = mask->sa_family == AF_INET ? (const void *)&v4->sin_addr
						       : (const void *)&v6->sin6_addr;
	size_t size = mask->sa_family == AF_INET ? sizeof(v4->sin_addr) : sizeof(v6->sin6_addr);
	int bits = 0;

	for (size_t i = 0; i < size; i++)
		bits += __builtin_popcount(((const unsigned char *)bytes)[i]);
	return bits;
}

/* addresses: prints the addresses of every interface in CIDR notation. */
static int addresses(int count, char **words)
{
	struct ifaddrs *list = NULL;

	(void)count;
	(void)words;
	if (getifaddrs(&list) < 0)
		printf("address! %s\n", outcome(-1));
	for (struct ifaddrs *one = list; one; one = one->ifa_next) {
		char text[NI_MAXHOST];
		socklen_t size = sizeof(struct sockaddr_in);

		if (!one->ifa_addr || !one->ifa_netmask || one->ifa_addr->sa_family == AF_PACKET)
			continue;
		if (one->ifa_addr->sa_family == AF_INET6)
			size = sizeof(struct sockaddr_in6);
		if (getnameinfo(one->ifa_addr, size, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
			continue;
		printf("address %s %s/%d\n", one->ifa_name, text, prefix_length(one->ifa_netmask));
	}
	freeifaddrs(list);
	return 0;
}

/* gateways: prints the gateways of the IPv4 default routes. */
static int gateways(int count, char **words)
{
	FILE *file = fopen("/proc/self/net/route", "re");
	char line[256], name[IFNAMSIZ + 1];

	(void)count;
	(void)words;
	if (!file) {
		printf("gateway! %s\n", outcome(-1));
		return 0;
	}
	while (fgets(line, sizeof(line), file)) {
		unsigned to, via;

		if (sscanf(line, "%16s %x %x", name, &to, &via) == 3 && to == 0)
			printf("gateway %s %s\n", inet_ntoa((struct in_addr){via}), name);
	}
	fclose(file);
	return 0;
}

struct place {
	struct sockaddr_storage address;
	socklen_t size;
};

/* Parses a numeric ADDRESS and PORT. A link-local address needs "%INTERFACE" at its end. */
static struct place place_of(int count, char **words)
{
	const char *port = count > 2 ? words[2] : NULL;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *found;
	struct place place = {0};

	hints.ai_socktype = SOCK_DGRAM;
	if (count < 2 || getaddrinfo(words[1], port, &hints, &found) != 0)
		misused("ADDRESS PORT");
	memcpy(&place.address, found->ai_addr, found->ai_addrlen);
	place.size = found->ai_addrlen;
	freeaddrinfo(found);
	return place;
}

/* Returns a bound socket. Tries several times, because a new IPv6 address needs a moment. */
static int bound(const struct place *place, int type)
{
	int fd = socket(place->address.ss_family, type | SOCK_CLOEXEC, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	for (int i = 0; i < TRIES; i++) {
		if (bind(fd, (const void *)&place->address, place->size) == 0)
			return fd;
		if (errno != EADDRNOTAVAIL)
			break;
		nanosleep(&moment, NULL);
	}
	printf("bind %s\n", outcome(-1));
	fflush(stdout);
	close(fd);
	return -1;
}

static int connected(const struct place *place)
{
	for (int i = 0; i < TRIES; i++) {
		int fd = socket(place->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (const void *)&place->address, place->size) == 0)
			return fd;
		close(fd);
		nanosleep(&moment, NULL);
	}
	return -1;
}

/* The initial value of the hash FNV-1a. By this hash, a test compares the sent and the received
 * bytes. */
static const uint32_t HASH = 2166136261u;

static uint32_t hashed(uint32_t hash, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

/*
 * The length of the header of a stream. The header holds the length of the stream. The end of file
 * cannot mark the end of the stream, because some user-mode networks lose the reply after the
 * sender has shut its half of the connection.
 */
enum { HEADER = 16 };

static bool read_all(int fd, unsigned char *bytes, size_t length)
{
	for (size_t have = 0; have < length;) {
		ssize_t got = read(fd, bytes + have, length - have);

		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

static bool write_all(int fd, const unsigned char *bytes, size_t length)
{
	for (size_t have = 0; have < length;) {
		ssize_t sent = write(fd, bytes + have, length - have);

		if (sent <= 0)
			return false;
		have += (size_t)sent;
	}
	return true;
}

/* tcp-serve ADDRESS PORT: accepts one connection, and answers with size and hash of the received
 * bytes. */
static int serve_stream(int count, char **words)
{
	struct place place = place_of(count, words);
	int listener = bound(&place, SOCK_STREAM), fd;
	unsigned char bytes[BLOCK] = "";
	uint32_t hash = HASH;
	long total = 0, wanted = 0;

	if (listener < 0 || listen(listener, 8) < 0)
		return 1;
	printf("listening\n");
	fflush(stdout);
	fd = accept(listener, NULL, NULL);
	if (read_all(fd, bytes, HEADER))
		wanted = number((char *)bytes);
	while (total < wanted) {
		long left = wanted - total < BLOCK ? wanted - total : BLOCK;

		if (!read_all(fd, bytes, (size_t)left))
			break;
		hash = hashed(hash, bytes, (size_t)left);
		total += left;
	}
	memset(bytes, 0, ANSWER);
	snprintf((char *)bytes, ANSWER, "%ld %08x", total, hash);
	if (!write_all(fd, bytes, ANSWER))
		printf("answer! %s\n", outcome(-1));
	/* Wait until the other side closes, because the other side has then received the answer. */
	while (read(fd, bytes + ANSWER, 1) > 0)
		;
	printf("served %s\n", (char *)bytes);
	close(fd);
	close(listener);
	return flushed();
}

/* tcp-send ADDRESS PORT BYTES: sends a pattern, and prints its size and hash, and the answer. */
static int send_stream(int count, char **words)
{
	struct place place = place_of(count, words);
	long left = number(count > 3 ? words[3] : NULL);
	unsigned char bytes[BLOCK] = "", answer[ANSWER] = "";
	uint32_t hash = HASH;
	int fd = connected(&place);
	bool good;

	printf("connect %s\nsent %ld", outcome(fd), left);
	snprintf((char *)bytes, HEADER, "%ld", left);
	good = fd >= 0 && write_all(fd, bytes, HEADER);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 251);
	while (good && left > 0) {
		long length = left < BLOCK ? left : BLOCK;

		good = write_all(fd, bytes, (size_t)length);
		hash = hashed(hash, bytes, (size_t)length);
		left -= length;
	}
	good = good && read_all(fd, answer, sizeof(answer));
	printf(" %08x\nanswer %s\n", hash, good ? (char *)answer : "none");
	close(fd);
	return flushed();
}

/* udp-serve ADDRESS PORT: sends every datagram back, until the process is killed. */
static int serve_datagrams(int count, char **words)
{
	struct place place = place_of(count, words);
	int fd = bound(&place, SOCK_DGRAM);

	if (fd < 0)
		return 1;
	printf("listening\n");
	fflush(stdout);
	for (;;) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		char bytes[2048];
		ssize_t got = recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from, &size);

		if (got >= 0)
			sendto(fd, bytes, (size_t)got, 0, (void *)&from, size);
	}
}

/* Sends once, and waits a moment for an answer. Returns whether an answer can be read. */
static bool exchanged_once(int fd, const struct place *place, const void *bytes, size_t length)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	sendto(fd, bytes, length, 0, (const void *)&place->address, place->size);
	if (poll(&wait, 1, 100) == 1 && !(wait.revents & POLLERR))
		return true;
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return false;
}

/* Sends until an answer can be read. Returns false if no answer comes. */
static bool exchanged(int fd, const struct place *place, const void *bytes, size_t length)
{
	for (int i = 0; i < TRIES; i++)
		if (exchanged_once(fd, place, bytes, length))
			return true;
	return false;
}

/* udp-send ADDRESS PORT TEXT: sends a datagram until an answer comes, and prints the answer. */
static int send_datagram(int count, char **words)
{
	struct place place = place_of(count, words);
	const char *text = count > 3 ? words[3] : "datagram";
	int fd = socket(place.address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char answer[2048] = "";

	if (!exchanged(fd, &place, text, strlen(text)) ||
	    recv(fd, answer, sizeof(answer) - 1, 0) < 0)
		printf("udp! nothing\n");
	else
		printf("udp %s\n", answer);
	close(fd);
	return flushed();
}

static uint16_t checksum(const void *bytes, size_t length)
{
	const uint16_t *words = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i < length / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* Tells whether the next packet answers an echo request. On IPv4, a raw socket receives the IP
 * header, too. */
static bool is_echo_reply(int fd, bool v6, int type)
{
	unsigned char bytes[2048];
	ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
	ssize_t header = !v6 && type == SOCK_RAW ? (ssize_t)sizeof(struct ip) : 0;

	return got > header && bytes[header] == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY);
}

/* Sends ICMP echo requests until an answer comes, at most TRIES times. Skips other packets, such as
 * neighbour discovery. */
static int echo(const char *name, int type, int count, char **words)
{
	struct place place = place_of(count > 2 ? 2 : count, words);
	bool v6 = place.address.ss_family == AF_INET6, answered = false;
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC,
			v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
	struct icmphdr v4_request = {.type = ICMP_ECHO, .un.echo.id = htons(77)};
	struct icmp6_hdr v6_request = {.icmp6_type = ICMP6_ECHO_REQUEST};

	if (fd < 0) {
		printf("%s %s\n", name, outcome(-1));
		return 0;
	}
	v4_request.checksum = checksum(&v4_request, sizeof(v4_request));
	for (int i = 0; i < TRIES && !answered; i++)
		answered =
			exchanged_once(fd, &place, v6 ? (void *)&v6_request : (void *)&v4_request,
				       v6 ? sizeof(v6_request) : sizeof(v4_request)) &&
			is_echo_reply(fd, v6, type);
	printf("%s %s\n", name, answered ? "ok" : "unanswered");
	close(fd);
	return flushed();
}

/* ping ADDRESS: uses a raw socket, which requires CAP_NET_RAW. */
static int ping(int count, char **words)
{
	return echo("ping", SOCK_RAW, count, words);
}

/* ping-socket ADDRESS: uses a ping socket, which the kernel permits to some groups only
 * (icmp(7)). */
static int ping_socket(int count, char **words)
{
	return echo("ping-socket", SOCK_DGRAM, count, words);
}

const struct verb net_verbs[] = {
	{"links", links, false},
	{"addresses", addresses, false},
	{"gateways", gateways, false},
	{"tcp-serve", serve_stream, false},
	{"tcp-send", send_stream, false},
	{"udp-serve", serve_datagrams, false},
	{"udp-send", send_datagram, false},
	{"ping", ping, false},
	{"ping-socket", ping_socket, false},
	{NULL, NULL, false},
};
