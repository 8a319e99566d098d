/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of glibc for the front. The functions of musl know other signals, so a command could
 * see whether the front or Bun has started it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>

/* glibc keeps signals 32 and 33 for itself, and musl signal 34, too: SIGRTMIN of glibc. */
int sigfillset(sigset_t *set)
{
	const uint64_t all = ~(3ull << 31);

	memset(set, 0, sizeof(*set));
	memcpy(set, &all, sizeof(all));
	return 0;
}
