/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the monitor. */
#ifndef PF_MONITOR_H
#define PF_MONITOR_H

#include <limits.h>

#include "common/limits.h"
#include "init/base/run.h"

#define MONITOR_CLIENTS PF_LIMIT_clients
#define OUTPUT_ENDLESS UINT64_MAX

/* The result of listing or copying the changes: 0 or an errno, and the path at which the first
 * error occurred. */
struct pf_outcome {
	int error;
	char path[4 * PATH_MAX]; /* path of an overlay, followed by a path below the overlay */
};

struct pf_changes_result {
	struct pf_outcome list, copy;
};

struct overlay {
	int32_t index; /* index of the overlay operation in the plan */
	int upperdir, lowerdir;
	/* Lowest layer, a directory of the host, if `lowerdir` is an overlay of several layers; or
	 * -1. */
	int host;
};

enum client_state {
	CLIENT_NONE,
	CLIENT_NEW,        /* has connected, and has sent no request that the monitor serves */
	CLIENT_WAITS,      /* waits for the end of the container */
	CLIENT_LOGS,       /* gets the kept output, up to `end` */
	CLIENT_FOLLOWS,    /* gets the kept output, and then new output */
	CLIENT_ATTACHED,   /* gets output, and sends input for the terminal */
	CLIENT_HAS_COMMAND /* runs its own command in the container (--exec) */
};

/* A command of --exec, which a client runs in the container. */
struct client_command {
	pid_t joiner; /* pid of the joiner (joiner.h), or 0 */
	pid_t pid;    /* pid of the command; 0 until the joiner has ended */
	/* Memory shared with the joiner, for the pid of the command's process. */
	volatile pid_t *forked;
	/* The joiner may have forked: messages may come from the command's process. */
	int may_fork;
	int pidfd;
	/* Socket for reports of the start; open until the command is executed. */
	int report_socket;
	int pty_master;         /* pty master of the command's own terminal, or -1 */
	int has_terminal;       /* the command has a terminal of its own */
	int has_announced_exec; /* the process has announced its execve(2) */
	int has_failed;
	int was_killed;           /* pflask has killed the command */
	uint64_t pending_signals; /* signals that came before execve(2); bit N-1 is signal N */
	uint64_t started_usec;
	/* Number of memory kills in the container before the command's start. */
	uint64_t memory_kills;
	int32_t timeout_msec, kill_msec; /* time limits that the request has set */
	uint64_t timeout;                /* time at which to end the command, or 0 */
	uint64_t deadline;               /* time at which to kill the command, or 0 */
	int has_timed_out;
};

struct client {
	enum client_state state;
	int fd;   /* connection to the client; -1: the client is gone, but its command still runs */
	int bell; /* the client's bell (caller.h), or -1 */
	int is_trusted;
	uint64_t number; /* sequence number of the client */
	uint64_t place;  /* position of the next output byte to send (ring.h) */
	/* Position at which the kept output ends; OUTPUT_ENDLESS: the client also gets new
	 * output. */
	uint64_t end;
	uint64_t held_usec; /* time for which the container has waited for this client to read */
	int is_slow; /* the client reads too slowly, and the container no longer waits for it */
	size_t input_start, input_end;
	struct client_command command;
	/* Input that the terminal has not taken yet; large, so the last member. */
	char input[PF_INPUT_MAX];
};

struct monitor {
	uint64_t started_usec; /* time of the start, on the monotonic clock */
	/* The pid of the command in the monitor's pid namespace; 0: not yet executed. */
	pid_t leader_pid;
	int keyring_errno;
	int pty_master;           /* the pty master, until it is sent to the caller; or -1 */
	int is_ready;             /* the command has been executed */
	uint64_t pending_signals; /* signals that came before `is_ready`; bit N-1 is signal N */
	int manifest_error;       /* -errno if the end of the manifest could not be written, or 0 */
	int has_failed;
	int waits_for_terminal; /* the monitor waits until the caller has relayed all output */
	struct pf_failed failed;
	int has_status;
	int status;     /* wait status of the command, which init has reported */
	int was_killed; /* pflask has killed the container */
	size_t used_mount_point_count, overlay_count;
	/* Memory that the monitor shares with the child for the changes, or NULL. */
	struct pf_changes_result *changes_result;
	uint64_t deadline; /* time at which to kill the set-up or the container, or 0 */
	/* At the deadline, a pid 1 that handles this signal is not killed; 0: kill it in any
	 * case. */
	int deadline_signal;
	/* Time at which the time limit of the set-up or the command passes, or 0. */
	uint64_t timeout;
	int has_timed_out;   /* the time limit of the command has passed */
	size_t client_count; /* number of entries of `clients` up to the last used entry */
	uint64_t client_number;
	/* No client is accepted before this time, because accept4(2) has failed. */
	uint64_t deaf_until;
	/* When the container began to wait for clients to read its output; 0: no wait. */
	uint64_t held_since;
	uint64_t started_real_usec; /* time of the start, in microseconds since 1970 */
	int has_ended;              /* the container has ended, but clients may still lack output */
	int pty_slave;              /* open pty slave of the container's terminal, or -1 */
	struct pf_ecma48 parser;    /* state of the parser at the tail of the ring buffer */
	struct pf_modes modes;      /* terminal modes at the tail of the ring buffer */

	size_t unreaped_count;
	/* Children that have ended or were killed, and must be reaped again (unreaped.h). */
	pid_t unreaped[MONITOR_CLIENTS];

	struct pf_run run;
	/* Used mount points; each descriptor has a shared lock. */
	int used_mount_points[PF_PLAN_MOUNTS + PF_PLAN_SOURCES];
	struct overlay overlays[PF_PLAN_SOURCES];
	/* Clients of a detached container, and commands of the caller in the container. */
	struct client clients[MONITOR_CLIENTS];
};

static inline int pf_is_detached(const struct monitor *monitor)
{
	return monitor->run.outside.detached.listener >= 0;
}

#endif
