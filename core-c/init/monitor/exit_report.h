/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the structures that tell the caller how a process or a container has ended. */
#ifndef PF_EXIT_REPORT_H
#define PF_EXIT_REPORT_H

#include "monitor.h"

/* Fills in the exit status and the resource usage of a process that started at `started_usec`. */
void pf_fill_exit(int status, const struct rusage *usage, uint64_t started_usec,
		  struct pflask_exit *ret);

/* Refines the reason PFLASK_SIGNALED: to PFLASK_KILLED if pflask has sent the SIGKILL
 * (`was_killed`), and to PFLASK_SECCOMP if the filter of system calls has caused the signal. */
void pf_explain_signal(const struct pf_run *run, int was_killed, struct pflask_exit *ret);

/* Fills in how a container ended, from the wait status of init. Also fills in two errors of the
 * network: an interface that could not be returned to the host, and a network program (pasta,
 * slirp4netns) that died. */
void pf_fill_end(const struct monitor *monitor, int init_status, const struct rusage *usage,
		 struct pflask_exit *ret);

/* Fills in the errors of listing and copying the changes. `error` is the -errno of the whole step,
 * or 0. */
void pf_fill_changes(const struct monitor *monitor, int error, struct pflask_exit *ret);

#endif
