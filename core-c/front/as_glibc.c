/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions that do in the front what they do in glibc. The functions of musl know other signals,
 * which would show whether the front or Bun has run a command.
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
