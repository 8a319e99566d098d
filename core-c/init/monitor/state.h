/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor knows besides the plan it executes. */
#ifndef PF_STATE_H
#define PF_STATE_H

#include <limits.h>

#include "init/base/run.h"

#define MONITOR_CLIENTS 64
#define OUTPUT_ENDLESS UINT64_MAX

/* How telling of the changes in one way went: 0 or an errno, and at which path. */
struct pf_outcome {
	int error;
	char path[4 * PATH_MAX]; /* two paths below one another */
};

struct pf_told {
	struct pf_outcome changes, keep;
};

struct layered {
	int32_t index; /* of the overlay operation */
	int upper, lower;
};

enum client_state {
	CLIENT_NONE,
	CLIENT_NEW,      /* it may ask for something */
	CLIENT_WAITS,    /* for the end */
	CLIENT_LOGS,     /* gets what there was of the output, up to `end` */
	CLIENT_FOLLOWS,  /* and what comes */
	CLIENT_ATTACHED, /* and types */
	CLIENT_EXECUTES  /* has a command of its own in the container */
};

/* A command that a client has asked for. */
struct executed {
	pid_t joiner; /* its parent, until that has joined the container; or 0 */
	pid_t pid;    /* 0: not known yet */
	int pidfd;
	int report;      /* until the command is executed */
	int master;      /* of its terminal, or -1 */
	int is_about_to; /* call execve */
	int has_failed;
	uint64_t pending; /* signals for it, as the monitor's */
	uint64_t started_usec;
};

struct client {
	enum client_state state;
	int fd; /* -1: it is gone, but not its command */
	int is_trusted;
	uint64_t number;    /* they come one after the other */
	uint64_t place;     /* in the output: what it gets next */
	uint64_t end;       /* of what was kept when it asked; OUTPUT_ENDLESS once it knows that */
	uint64_t held_usec; /* for how long it made the container wait */
	int is_slow;        /* it is not waited for, until it has caught up */
	size_t input_start, input_end;
	char input[PF_INPUT_MAX]; /* not typed yet */
	struct executed executed;
};

struct monitor {
	uint64_t started_usec; /* monotonic clock */
	pid_t leader_pid;      /* the command, as seen from outside; 0: not executed yet */
	int keyring_errno;
	int master;       /* the pty's, until the caller has it; or -1 */
	int ready;        /* the command has been executed */
	uint64_t pending; /* signals that came before that, bit N-1 for signal N */
	int has_failed;
	int waits_for_terminal; /* until the caller has shown what was written to it */
	struct pf_failed failed;
	int has_status;
	int status; /* the command's, as the reaper reported it */
	size_t used_count, layered_count;
	struct pf_told *told; /* what was not, shared with who tells it; or NULL */
	uint64_t deadline; /* when a pid 1 that handles no signal, or set-up, is killed; 0: never */
	int deadline_signal;
	size_t client_count; /* after the last that there is */
	uint64_t client_number;
	uint64_t deaf_until;        /* when clients are accepted again: there was no room for one */
	uint64_t held_since;        /* the command waits for the slowest client; or 0 */
	uint64_t started_real_usec; /* since 1970 */
	int has_ended;              /* the container has: what is left of its output is served */
	int peer;                   /* the container's side of its terminal, kept open; or -1 */
	struct pf_ecma48 parser;    /* at the tail of the ring: where its output begins, */
	struct pf_modes modes;      /* and what was switched on before */

	size_t unreaped_count;
	pid_t unreaped[MONITOR_CLIENTS]; /* children that could not be waited for yet */

	struct pf_run run;
	int used[PF_PLAN_MOUNTS + PF_PLAN_SOURCES]; /* mount points, with a shared lock on each */
	struct layered layered[PF_PLAN_SOURCES];
	struct client clients[MONITOR_CLIENTS]; /* of a detached container */
};

static inline int pf_is_detached(const struct monitor *monitor)
{
	return monitor->run.outside.detached.listener >= 0;
}

#endif
