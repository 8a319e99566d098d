/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the clocks (clock.h). */
#define _GNU_SOURCE
#include "clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	/* Makes a system call, because the page faults of the vdso would take longer. */
	syscall(SYS_clock_gettime, clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t pf_now_usec(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t pf_now_msec(void)
{
	return (int64_t)(pf_now_usec() / 1000);
}

uint64_t pf_real_usec(void)
{
	return read_clock(CLOCK_REALTIME);
}
