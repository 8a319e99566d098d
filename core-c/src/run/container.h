/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's side of a container: starts, signals and ends it. */
#ifndef PF_CONTAINER_H
#define PF_CONTAINER_H

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/limits.h"
#include "common/log_file.h"
#include "common/protocol/wire.h"
#include "pflask.h"
#include "src/base/origins.h"
#include "src/base/plan_notes.h"
#include "src/host/host_path.h"
#include "src/terminal/channel.h"

/* Interval between attempts to continue a monitor that sends nothing. */
#define PF_CONTINUE_MSEC 200
#define PF_GONE_MSEC 1000 /* time limit for the end of a detached container's monitor */

struct pflask_plan {
	void *data;
	size_t size;
	int escape_key;
	struct pf_origins origins;
	struct pf_plan_fds fds; /* descriptors of the paths in options; the plan owns them */
	/* The plan as text and as JSON, made when first asked for; or NULL. */
	char *text, *json;
	struct pf_plan_notes notes;
};

/* Work in several steps, for a caller that must not wait: the search of pflask_open() for a
 * detached container, or the start of a command by pflask_exec(). */
struct pf_pending {
	/* Does a step. Returns 1 if the work is complete, 0 if more steps follow, or -errno with
	 * *reterr filled in. Sets `msec`, the time limit until the next step. */
	int (*step)(pflask_container *container, struct pflask_error *reterr);
	void (*free)(struct pf_pending *pending);
	int msec;
};

/* The data of a handle of pflask_open(). */
struct pf_opened {
	struct pflask_record record;
	int kept;  /* file of the container's kept end (kept.h), or -1 */
	int wake;  /* eventfd that interrupts the functions that relay output */
	int error; /* -errno if the monitor has answered with an error, else 0 */
	char which[];
};

struct pflask_container {
	/* The pid of the process that made the handle; a forked child only has a copy. */
	pid_t owner;
	/* Protects the monitor's messages and the members about the end of the container. */
	atomic_flag lock;
	pid_t monitor; /* pid of the monitor if it is a child of `owner`, else 0 */
	int socket;    /* connection to the monitor */
	/* With PFLASK_NOWAIT: bell, readable after each message of the monitor; or -1. */
	int bell;
	/* The plan, while a start with PFLASK_NOWAIT is not complete; or NULL. */
	const pflask_plan *starting;
	/* Work of pflask_open() or pflask_exec() that is not complete, or NULL. */
	struct pf_pending *pending;
	struct pf_opened *opened; /* data of a handle of pflask_open(), or NULL */
	/* Data of the thread that registers the container with machined, or NULL. */
	struct pf_registration *registration;
	int64_t step_at; /* time at which the next step is due without a message, or 0 */
	/* Until READY, the reading end of the pipe that tells whether the command may have run
	 * (pf_make_mark()); or -1. */
	int mark;
	int init_pidfd;
	int pty_master; /* pty master of the container, or -1 */
	int escape_key; /* escape key, which ends the container, or PF_NO_ESCAPE_KEY */
	/* Pipes that replace the caller's descriptors (channel.h), or NULL. */
	struct pf_channel *channels;
	struct pf_log_file log; /* file of --log-file */
	int is_log_new;         /* this start has created the log file */
	struct pflask_info info;
	/* Limits that the plan leaves out (plan_notes.h), or NULL. */
	char *left_out;
	/* Parents and name of the container's cgroups; the other members are not used. */
	struct pf_cgroups cgroups;
	/* Interfaces of the host that were moved into the container. */
	struct pf_moved_link *moved_links;
	size_t moved_link_count;
	/* Network namespaces of container and host, for `moved_links`; or -1. */
	int netns, host_netns;
	int is_detached;   /* the container outlives the handle */
	int is_foreground; /* signals of the calling program are forwarded to the container */
	/* A thread relays the terminal, and handles the monitor's messages. */
	int is_relayed;
	/* The command has ended and `exit` is known; the monitor waits for DRAINED. */
	int is_draining;
	/* Time at which the monitor must have ended the command, as from pf_now_msec(); or 0. */
	int64_t timeout_at;
	int has_init_ended; /* init has ended, and the monitor should report the end soon */
	/* Number of further attempts to continue the monitor after a request to end. */
	int attempts_left;
	int stopped_attempts; /* number of consecutive attempts in which the monitor was stopped */
	int end_signal;       /* signal by which the caller has asked to end the container, or 0 */
	/* Number of attempts since init ended although the end was requested. */
	int silent_attempts;
	/* After the death of the monitor during the start: time at which its processes must have
	 * ended; or 0. */
	int64_t start_lost_at;
	/* After the death of the monitor: time at which init must have ended; or 0. */
	int64_t lost_at;
	int is_init_killed; /* init was killed after the death of the monitor */
	/* The handle is from pflask_exec() or pflask_open(), so its monitor is not trusted. */
	int is_guest;
	int is_debugged; /* PFLASK_DEBUG is set: the start is printed on stderr */
	int has_ended;
	struct pflask_exit exit;
	int client_count;
	/* Sockets of clients, to be sent to the monitor when the start is complete. */
	int clients[PF_LIMIT_clients];
};

/* Makes an empty handle of a container. Returns NULL if there is no memory. */
pflask_container *pf_container_new(void);

int pf_start(const pflask_plan *plan, const int stdio[3], uint32_t flags, pflask_container **ret,
	     struct pflask_error *reterr);

/* Completes the start after READY: releases what only the start needed. */
void pf_finish_start(pflask_container *container, const pflask_plan *plan);

/* Tells the monitor that the caller has relayed all output (DRAINED). The monitor waits for this
 * message before it ends. */
void pf_let_go_on(pflask_container *container);

/* Handles the messages of the monitor that have come. Returns 1 if the container has ended and
 * container->exit is filled in, else 0. If the command has ended and the monitor waits for the
 * relay of all output, sets container->is_draining; pf_wait() then lets the monitor continue. With
 * `may_wait`, waits for the end of init if the monitor is dead. */
int pf_container_read(pflask_container *container, int may_wait);

/* Returns a descriptor to poll together with the socket, because the socket shows nothing while the
 * container has stopped the monitor: the pidfd of init, or -1. If *ret_timeout is not -1, the
 * caller must call pf_container_wake() after this number of milliseconds. If the monitor is dead,
 * this is the time limit for the end of init, and the caller must then call pf_container_read(). */
int pf_container_watch(pflask_container *container, int *ret_timeout);

/* Handles the result of poll(2): `init_has_ended` tells whether init has ended, and `is_timeout`
 * whether the time of pf_container_watch() has passed without an event. After a timeout, sends
 * SIGCONT to the monitor, or kills a monitor that does not continue. */
void pf_container_wake(pflask_container *container, int init_has_ended, int is_timeout);

/* Checks the flags of a start. Returns 0 or -errno with *reterr filled in. */
int pf_check_flags(uint32_t flags, struct pflask_error *reterr);

/* With PFLASK_FOREGROUND in `flags`, replaces terminals of the caller by pipes
 * (pf_channels_open()). Returns 0, or -errno with *reterr filled in. */
int pf_open_channels(pflask_container *container, const int stdio[3], uint32_t flags,
		     unsigned wanted, int ret_handed[3], struct pflask_error *reterr);

/* Copies the result of an EXITED or STOPPED message. Clears typed_signal, which only the process
 * that relays the terminal knows. */
void pf_take_exit(struct pflask_exit *ret, const struct pf_received *got);

/* With PFLASK_FOREGROUND in `flags`, takes the signals of the calling program
 * (pf_foreground_take()). Returns 0, or -errno with *reterr filled in. */
int pf_take_foreground(pflask_container *container, uint32_t flags, struct pflask_error *reterr);

/* Records the cgroups that the monitor will make, so that the caller can remove them if the monitor
 * is killed. */
void pf_note_cgroups(pflask_container *container, const pflask_plan *plan, pid_t monitor);

/* Waits for a monitor that is about to end, if the monitor is a child of the caller. */
void pf_reap_monitor(pflask_container *container);

/* Takes the status of a monitor that is about to end, without waiting. `late_msec` is the time
 * since the monitor must have ended, and is negative before this time. Kills a late monitor.
 * Returns 0 if the monitor has not ended. Returns 1 if the monitor has ended, or does not end. */
int pf_reap_monitor_now(pflask_container *container, int64_t late_msec);

/* Closes a handle whose container has not started. If a signal has meanwhile asked to end the
 * container, sends this signal to the calling program, because there is no command. */
void pf_abandon_container(pflask_container *container);

/* Does a step of container->pending, and frees container->pending after the last step. Returns the
 * result of the step. */
int pf_pending_step(pflask_container *container, struct pflask_error *reterr);

/* Checks that a container has started, and that this process has made its handle. Returns 0,
 * -ECHILD or -EINPROGRESS. */
int pf_check_started(const pflask_container *container);

/* For a detached container that has ended: tells whether its monitor has ended, or ends within
 * timeout_ms. A monitor cleans up and sends its last message before it ends. */
int pf_is_detached_gone(const pflask_container *container, int timeout_ms);

/* Tells whether the calling process is a forked child of the process that made the handle. Such a
 * child must not read messages of the monitor, which its parent would then miss. */
int pf_is_copy(const pflask_container *container);

int pf_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret);
int pf_kill(pflask_container *container, int signal);

/* Asks the monitor of a detached container to set the size of the terminal, without waiting. */
int pf_resize(const pflask_container *container, int rows, int cols);

/* Sends a new socket to the monitor of a container that is not detached. The other end of the
 * socket becomes a client of the monitor. Before the start is complete, keeps the socket. If the
 * socket cannot be sent, answers the other end with DONE, as a monitor does for a client that the
 * monitor refuses.
 * Takes ownership of the socket. */
void pf_add_client(pflask_container *container, int socket);

/* Sends the sockets that pf_add_client() has kept. If one cannot be sent, it is closed. */
void pf_send_clients(pflask_container *container);

pflask_container *pf_close(pflask_container *container);

#endif
