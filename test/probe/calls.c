/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls by number, in each ABI that the kernel has for this processor. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

#define ARGUMENTS 6

static long native(long number, const long *a)
{
	return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#ifdef __x86_64__
#define X32_BIT 0x40000000

static long x32(long number, const long *a)
{
	return native(X32_BIT | number, a);
}

/* Makes a 32-bit call with two arguments. The other arguments are 0. */
static long i386(long number, const long *a)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a[0]), "c"(a[1]), "d"(0L), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	result = (int)result;
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}
#endif

static const struct {
	const char *name;
	long (*call)(long number, const long *arguments);
} abis[] = {
	{"native", native},
#ifdef __x86_64__
	{"x32", x32},
	{"i386", i386},
#endif
};

/* call ABI NUMBER[:ARGUMENT]...: makes the calls. Missing arguments are 0. */
static int call(int count, char **words)
{
	size_t abi = 0;

	if (count < 3)
		misused("call ABI NUMBER[:ARGUMENT]...");
	while (strcmp(abis[abi].name, words[1]) != 0)
		if (++abi == sizeof(abis) / sizeof(abis[0]))
			misused(words[1]);
	for (int i = 2; i < count; i++) {
		long arguments[ARGUMENTS] = {0}, given = 0;
		char *rest = words[i], *word = strsep(&rest, ":");
		long which = number(word);
		for (char *next = strsep(&rest, ":"); next; next = strsep(&rest, ":"))
			arguments[given++] = number(next);
		printf("%s.%ld %s\n", words[1], which, outcome(abis[abi].call(which, arguments)));
	}
	return 0;
}

const struct verb call_verbs[] = {{"call", call, false}, {0}};
