/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor knows besides the plan it executes. */
#ifndef PF_MONITOR_H
#define PF_MONITOR_H

#include "run.h"

struct layered {
	int32_t index; /* of the overlay operation */
	int upper, lower;
};

struct monitor {
	uint64_t started_usec; /* monotonic clock */
	pid_t leader_pid;      /* the command, as seen from outside; 0: not executed yet */
	int keyring_errno;
	int master;       /* the pty's, until the caller has it; or -1 */
	int ready;        /* the command has been executed */
	uint64_t pending; /* signals that came before that, bit N-1 for signal N */
	int has_failed;
	struct pf_failed failed;
	int has_status;
	int status; /* the command's, as the reaper reported it */
	size_t used_count, layered_count;
	char *failed_at;   /* path where changes could not be told, shared with who tells them */
	uint64_t deadline; /* when a pid 1 that handles no signal, or set-up, is killed; 0: never */
	int deadline_signal;
	struct pf_run run;
	int used[PF_PLAN_MOUNTS + PF_PLAN_SOURCES]; /* mount points, with a shared lock on each */
	struct layered layered[PF_PLAN_SOURCES];
};

/* Sets what is not zero to nothing; the rest is zero already, and not touched: it would be copied
 * by every fork. */
void pf_monitor_init(struct monitor *monitor);

/* Takes a message of init, before the command was executed. Returns 0 or -errno. */
int pf_take_used(struct monitor *monitor, const struct pf_received *got);
int pf_take_layered(struct monitor *monitor, const struct pf_received *got);

/* After the end of the container: a child lists and copies what it has changed, which SIGTERM ends.
 * Its exit status is 0 or an errno. Returns its pid, 0 where there is nothing to do, or -errno. */
int pf_clear_up(struct monitor *monitor, int *ret_pidfd);

/* Looks after a container from the clone to its end. */
void pf_monitor_loop(struct monitor *monitor);

/* Tells the caller that an operation of the monitor failed, after removing what it had made. */
void pf_monitor_fail(struct monitor *monitor, int error);

#endif
