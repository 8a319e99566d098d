/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the structures that tell the caller how a process or a container has ended. */
#ifndef PF_EXIT_REPORT_H
#define PF_EXIT_REPORT_H

#include "monitor.h"

/* Fills in how a process has ended, and its resource usage. The process started at
 * `started_usec`. */
void pf_fill_exit(int status, const struct rusage *usage, uint64_t started_usec,
		  struct pflask_exit *ret);

/* Replaces the reason "a signal killed the process" if SIGKILL came from pflask (`was_killed`), or
 * if the filter of system calls caused the signal. */
void pf_explain_signal(const struct pf_run *run, int was_killed, struct pflask_exit *ret);

/* Fills in how a container has ended, from the wait status of init. Also fills in errors of the
 * network: an interface that could not be moved back, or a network program that died. */
void pf_fill_end(const struct monitor *monitor, int init_status, const struct rusage *usage,
		 struct pflask_exit *ret);

/* Fills in the changes that could not be listed or copied. `error` is the -errno of the whole step,
 * or 0. */
void pf_fill_changes(const struct monitor *monitor, int error, struct pflask_exit *ret);

#endif
