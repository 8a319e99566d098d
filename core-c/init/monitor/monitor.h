/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the monitor. */
#ifndef PF_MONITOR_H
#define PF_MONITOR_H

#include <limits.h>

#include "common/limits.h"
#include "init/base/run.h"

#define MONITOR_CLIENTS PF_LIMIT_clients
#define OUTPUT_ENDLESS UINT64_MAX

/* The result of listing or copying the changes: 0 or an errno, and the path of the first error. */
struct pf_outcome {
	int error;
	char path[4 * PATH_MAX]; /* the path of a layer, followed by a path below the layer */
};

struct pf_changes_result {
	struct pf_outcome list, copy;
};

struct overlay {
	int32_t index; /* index of the overlay operation */
	int upperdir, lowerdir;
	int host; /* the directory of the host, if `lowerdir` is an overlay of trials; or -1 */
};

enum client_state {
	CLIENT_NONE,
	CLIENT_NEW,        /* may send a request */
	CLIENT_WAITS,      /* waits for the end of the container */
	CLIENT_LOGS,       /* gets the kept output, up to `end` */
	CLIENT_FOLLOWS,    /* gets new output, too */
	CLIENT_ATTACHED,   /* gets new output, and sends input */
	CLIENT_HAS_COMMAND /* runs its own command in the container */
};

/* A command that a client runs. */
struct client_command {
	pid_t joiner;           /* process that joins the container and forks the command; or 0 */
	pid_t pid;              /* pid of the command; 0: not known before the end of the joiner */
	volatile pid_t *forked; /* pid that the kernel writes when the joiner forks the command */
	int may_fork;           /* messages may come from the command's process */
	int pidfd;
	int report_socket;      /* open until the command is executed */
	int pty_master;         /* master of the command's terminal, or -1 */
	int has_terminal;       /* the command has a terminal of its own */
	int has_announced_exec; /* the process is about to call execve */
	int has_failed;
	int was_killed;           /* pflask has killed the command */
	uint64_t pending_signals; /* signals that came before the execution; bit N-1 is signal N */
	uint64_t started_usec;
	uint64_t memory_kills; /* memory kills of the container before the command's start */
	int32_t timeout_msec, kill_msec; /* time limits of the request */
	uint64_t timeout;                /* when to end the command; 0: never */
	uint64_t deadline;               /* when to kill the command; 0: never */
	int has_timed_out;
};

struct client {
	enum client_state state;
	int fd;   /* connection; -1: the client is gone, but its command still runs */
	int bell; /* the client's bell (caller.h), or -1 */
	int is_trusted;
	uint64_t number;    /* number of the client, counted from the start */
	uint64_t place;     /* position of the next output byte to send */
	uint64_t end;       /* end of the kept output; OUTPUT_ENDLESS: the client gets new output */
	uint64_t held_usec; /* time for which the container waited for the client */
	int is_slow; /* the container no longer waits for this client, which reads too slowly */
	size_t input_start, input_end;
	struct client_command command;
	char input[PF_INPUT_MAX]; /* input that the terminal has not taken yet; large, so last */
};

struct monitor {
	uint64_t started_usec; /* monotonic clock */
	pid_t leader_pid;      /* the command's pid outside the container; 0: not yet executed */
	int keyring_errno;
	int pty_master;           /* the pty master, until it is sent to the caller; or -1 */
	int is_ready;             /* the command has been executed */
	uint64_t pending_signals; /* signals that came before `is_ready`; bit N-1 is signal N */
	int manifest_error;       /* -errno if the end of the manifest could not be written, or 0 */
	int has_failed;
	int waits_for_terminal; /* waits until the caller has relayed all output */
	struct pf_failed failed;
	int has_status;
	int status;     /* wait status of the command, from init */
	int was_killed; /* pflask has killed the container */
	size_t used_mount_point_count, overlay_count;
	/* Memory that the child for the changes shares, or NULL. */
	struct pf_changes_result *changes_result;
	uint64_t deadline;   /* when to kill the set-up or the container; 0: never */
	int deadline_signal; /* a pid 1 that handles this signal is not killed; 0: kill any pid 1 */
	uint64_t timeout;    /* when the time of the set-up or the command is over; 0: never */
	int has_timed_out;   /* the time of the command was over */
	size_t client_count; /* index after the last used entry */
	uint64_t client_number;
	uint64_t deaf_until; /* accept4(2) has failed; no client is accepted before this time */
	uint64_t held_since; /* start of the wait for clients; 0: no wait */
	uint64_t started_real_usec; /* since the Epoch */
	int has_ended;              /* the container has ended, but output may be left */
	int pty_slave;              /* the pty slave, kept open; or -1 */
	struct pf_ecma48 parser;    /* state at the tail of the ring buffer */
	struct pf_modes modes;      /* terminal modes at the tail */

	size_t unreaped_count;
	pid_t unreaped[MONITOR_CLIENTS]; /* children that the monitor must still wait for */

	struct pf_run run;
	int used_mount_points[PF_PLAN_MOUNTS +
			      PF_PLAN_SOURCES]; /* mount points, each with a shared lock */
	struct overlay overlays[PF_PLAN_SOURCES];
	struct client clients[MONITOR_CLIENTS]; /* clients of a detached container */
};

static inline int pf_is_detached(const struct monitor *monitor)
{
	return monitor->run.outside.detached.listener >= 0;
}

#endif
