/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of the C library that must act in the front as in glibc. musl keeps other signals for
 * itself, so a command could otherwise see whether the front or Bun has started the command.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>

/* glibc keeps signals 32 and 33 for itself. musl also keeps 34, which is SIGRTMIN in glibc, so
 * musl's own sigfillset(3) leaves 34 out. */
int sigfillset(sigset_t *set)
{
	const uint64_t all = ~(3ull << 31);

	memset(set, 0, sizeof(*set));
	memcpy(set, &all, sizeof(all));
	return 0;
}
