/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that read, write and stress standard input, standard output and the terminal. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* lines N: prints the numbers from 1 to N, one number a line, as fast as possible. */
static int lines(int count, char **words)
{
	long last = number(count > 1 ? words[1] : NULL);

	for (long i = 1; i <= last; i++)
		printf("%ld\n", i);
	return flushed();
}

static int say(int count, char **words)
{
	for (int i = 1; i < count; i++)
		printf("%s%s", words[i], i + 1 < count ? " " : "\n");
	return flushed();
}

static int complain(int count, char **words)
{
	for (int i = 1; i < count; i++)
		fprintf(stderr, "%s\n", words[i]);
	return 0;
}

/* wait-for TEXT: reads stdin byte by byte until the text appears. */
static int wait_for(int count, char **words)
{
	const char *text = count > 1 ? words[1] : "\n";
	size_t matched = 0;
	char byte;

	fflush(stdout);
	while (text[matched] && read(0, &byte, 1) == 1)
		matched = byte == text[matched] ? matched + 1 : (size_t)(byte == text[0]);
	printf("%s\n", text[matched] ? "end-of-file" : "seen");
	return flushed();
}

static uint32_t crc32(uint32_t crc, const unsigned char *bytes, size_t length)
{
	crc = ~crc;
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

/* raw: makes the terminal pass every byte unchanged, in both directions. */
static int raw(int count, char **words)
{
	struct termios modes;

	(void)count;
	(void)words;
	if (tcgetattr(0, &modes) < 0) {
		printf("raw %s\n", outcome(-1));
		return 0;
	}
	cfmakeraw(&modes);
	tcsetattr(0, TCSANOW, &modes);
	printf("ready\r\n");
	return flushed();
}

/* count N [MILLISECONDS]: reads N bytes of stdin, with pauses of MILLISECONDS, if given. Prints the
 * CRC-32 of the bytes. */
static int count_bytes(int count, char **words)
{
	long wanted = number(count > 1 ? words[1] : NULL), total = 0;
	long pause = count > 2 ? number(words[2]) : 0;
	unsigned char bytes[4096];
	uint32_t crc = 0;

	fflush(stdout);
	while (total < wanted) {
		size_t most = wanted - total < 4096 ? (size_t)(wanted - total) : sizeof(bytes);
		ssize_t length = read(0, bytes, most);

		if (length <= 0)
			break;
		crc = crc32(crc, bytes, (size_t)length);
		total += length;
		nanosleep(&(struct timespec){.tv_nsec = pause * 1000000}, NULL);
	}
	printf("bytes %ld %08x\r\n", total, crc);
	return flushed();
}

/* spew N: writes N bytes of a pattern with every byte value, directly by write(2). */
static int spew(int count, char **words)
{
	long left = number(count > 1 ? words[1] : NULL);
	unsigned char bytes[65536];
	unsigned state = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1103515245u + 12345u;
		bytes[i] = (unsigned char)(state >> 16);
	}
	fflush(stdout);
	while (left > 0) {
		size_t most = left < (long)sizeof(bytes) ? (size_t)left : sizeof(bytes);
		ssize_t length = write(1, bytes, most);

		if (length < 0) {
			fprintf(stderr, "spew %s\n", outcome(-1));
			return 1;
		}
		left -= length;
	}
	return 0;
}

/* steal: tries to make each standard descriptor the controlling terminal. */
static int steal_terminal(int count, char **words)
{
	(void)count;
	(void)words;
	for (int fd = 0; fd < 3; fd++)
		printf("steal.%d %s\n", fd, outcome(ioctl(fd, TIOCSCTTY, 0)));
	fflush(stdout);
	return 0;
}

/*
 * reopen PATH: closes every descriptor of the terminal, and later opens the terminal again.
 * Meanwhile no process has the terminal open. When systemd changes the service on the console,
 * systemd closes and reopens the console in this way.
 */
static int reopen(int count, char **words)
{
	const char *path = count > 1 ? words[1] : "/dev/console";
	int fd;

	fflush(stdout);
	for (fd = 0; fd < 3; fd++)
		close(fd);
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	fd = open(path, O_RDWR);
	if (fd != 0 || dup(0) != 1 || dup(0) != 2)
		_exit(98);
	printf("reopened\n");
	return flushed();
}

/* same-terminal PATH...: prints whether a path is the same terminal as stdin. */
static int same_terminal(int count, char **words)
{
	struct stat input;

	fstat(0, &input);
	for (int i = 1; i < count; i++) {
		int fd = open(words[i], O_RDWR | O_NOCTTY | O_CLOEXEC);
		struct stat info = {0};

		if (fd < 0 || fstat(fd, &info) < 0)
			printf("same.%s %s\n", words[i], outcome(-1));
		else
			printf("same.%s %s\n", words[i],
			       info.st_rdev == input.st_rdev ? "yes" : "no");
		close(fd);
	}
	return 0;
}

/* new-terminal: opens /dev/ptmx like a terminal emulator, and prints the name of the slave. */
static int new_terminal(int count, char **words)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *name = fd >= 0 && unlockpt(fd) == 0 ? ptsname(fd) : NULL;

	(void)count;
	(void)words;
	printf("ptmx %s %s\n", outcome(fd), name ? name : "-");
	printf("pts %s\n", outcome(name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1));
	return 0;
}

const struct verb stream_verbs[] = {
	{"lines", lines, false},
	{"say", say, false},
	{"complain", complain, false},
	{"wait-for", wait_for, false},
	{"raw", raw, false},
	{"count", count_bytes, false},
	{"spew", spew, false},
	{"steal", steal_terminal, false},
	{"reopen", reopen, false},
	{"same-terminal", same_terminal, false},
	{"new-terminal", new_terminal, false},
	{NULL, NULL, false},
};
