/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that push input into terminals, as if a user had typed it (CVE-2017-5226). */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

/* Stores a byte at an address that a 32-bit system call can use, and returns the address. The byte
 * is the "x" to push, or the number of the paste operation. */
static char *low_byte(char byte)
{
	char *place = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (place == MAP_FAILED)
		misused("push-input: mmap");
	*place = byte;
	return place;
}

static void print(const char *name, int fd, long result)
{
	printf("%s.%d %s\n", name, fd, outcome(result));
}

#ifdef __x86_64__
#include <errno.h>

#define X32_BIT 0x40000000

/* Makes a 32-bit call of ioctl(2). */
static long ioctl_of_i386(int fd, unsigned long request, char *argument)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54), "b"((long)fd), "c"(request), "d"(argument)
			 : "memory", "r8", "r9", "r10", "r11");
	result = (int)result;
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

static void push_otherwise(int fd, unsigned long request, char *argument)
{
	print("i386", fd, ioctl_of_i386(fd, request, argument));
	print("x32", fd, syscall(X32_BIT | 514, fd, request, argument));
	print("x32-bit", fd, syscall(X32_BIT | SYS_ioctl, fd, request, argument));
}
#else
static void push_otherwise(int fd, unsigned long request, char *argument)
{
	(void)fd;
	(void)request;
	(void)argument;
}
#endif

/*
 * push-input: tries each way to push a byte into the standard descriptors, and to paste the
 * selection of a virtual console. Terminals other than virtual consoles refuse to paste (ENOTTY).
 */
static int push_input(int count, char **words)
{
	const unsigned long high = 1ul << 32; /* the kernel ignores the upper 32 bits */

	(void)count;
	(void)words;
	for (int fd = 0; fd < 3; fd++) {
		char *byte = low_byte('x');
		print("push", fd, syscall(SYS_ioctl, fd, (unsigned long)TIOCSTI, byte));
		print("push-high", fd, syscall(SYS_ioctl, fd, TIOCSTI | high, byte));
		push_otherwise(fd, TIOCSTI, byte);
		byte = low_byte(3);
		print("paste", fd, syscall(SYS_ioctl, fd, (unsigned long)TIOCLINUX, byte));
		print("paste-high", fd, syscall(SYS_ioctl, fd, TIOCLINUX | high, byte));
	}
	return flushed();
}

const struct verb input_verbs[] = {
	{"push-input", push_input, false},
	{NULL, NULL, false},
};
