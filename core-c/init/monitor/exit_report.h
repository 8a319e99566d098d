/* SPDX-License-Identifier: BSD-2-Clause */
/* How a process or a container has ended, in the words of the caller. */
#ifndef PF_EXIT_REPORT_H
#define PF_EXIT_REPORT_H

#include "state.h"

/* Says how a process ended and what it used since `started_usec`. */
void pf_fill_exit(int status, const struct rusage *usage, uint64_t started_usec,
		  struct pflask_exit *ret);

/* Says how a container ended whose init has this status, and what its network has left. */
void pf_fill_end(const struct monitor *monitor, int init_status, const struct rusage *usage,
		 struct pflask_exit *ret);

/* Says what was not listed or copied of the changes; `error` is why, or 0. */
void pf_fill_changes(const struct monitor *monitor, int error, struct pflask_exit *ret);

#endif
