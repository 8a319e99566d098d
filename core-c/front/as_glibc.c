/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces functions of musl that must act in the front as in glibc. The two libraries keep
 * different signals for themselves. With musl's functions, a command could see whether the front or
 * Bun has started the command.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>

/* Leaves out signals 32 and 33, which glibc keeps for itself. musl's own sigfillset(3) also leaves
 * out 34, because musl keeps 34 for itself, too. In glibc, 34 is SIGRTMIN. */
int sigfillset(sigset_t *set)
{
	const uint64_t all = ~(3ull << 31);

	memset(set, 0, sizeof(*set));
	memcpy(set, &all, sizeof(all));
	return 0;
}
