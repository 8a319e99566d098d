/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts, signals and ends a container: the caller's side. */
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

#define PF_CONTINUE_MSEC 200 /* time between attempts to continue a silent monitor */
#define PF_GONE_MSEC 1000    /* time for the monitor of a detached container to end */

struct pflask_plan {
	void *data;
	size_t size;
	int escape_key;
	struct pf_origins origins;
	struct pf_plan_fds fds; /* descriptors of the paths in options */
	char *text, *json;      /* text and JSON of the plan, made on demand */
	struct pf_plan_notes notes;
};

/* Work that may take several steps: pflask_open() searches for a detached container, or
 * pflask_exec() starts a command in such a container. */
struct pf_pending {
	/* Takes a step. Returns 1 if the work is done; 0 if more steps follow; or -errno with
	 * *reterr filled in. Sets `msec`, the time until the next step if no event comes first. */
	int (*step)(pflask_container *container, struct pflask_error *reterr);
	void (*free)(struct pf_pending *pending);
	int msec;
};

/* The data of a container that was opened by name or pid. */
struct pf_opened {
	struct pflask_record record;
	int kept;  /* file of the kept end, or -1 */
	int wake;  /* eventfd that interrupts a function that relays output */
	int error; /* -errno if the monitor has answered with an error, else 0 */
	char which[];
};

struct pflask_container {
	pid_t owner;      /* process that made the handle; a forked child has only a copy */
	atomic_flag lock; /* protects the messages of the monitor, and the end of the container */
	pid_t monitor;    /* pid of the monitor if it is a child of the owner, else 0 */
	int socket;       /* connection to the monitor */
	int bell;         /* readable after each message of the monitor (PFLASK_NOWAIT); or -1 */
	const pflask_plan *starting; /* the plan, until a start with PFLASK_NOWAIT has ended */
	struct pf_pending *pending;  /* other work that is not done yet, or NULL */
	struct pf_opened *opened;    /* data of pf_open_container(), or NULL */
	struct pf_registration
		*registration; /* data of the thread that registers the container, or NULL */
	int64_t step_at;       /* time of the next step without a message, or 0 */
	int mark;              /* reading end of the pipe of pf_make_mark(), until READY; or -1 */
	int init_pidfd;
	int pty_master;              /* pty master of the container, or -1 */
	int escape_key;              /* key that ends the container, or PF_NO_ESCAPE_KEY */
	struct pf_channel *channels; /* the caller's descriptors that pflask relays, or NULL */
	struct pf_log_file log;      /* the file for all output */
	int is_log_new;              /* this start has made the file */
	struct pflask_info info;
	char *left_out;                    /* copy of left_out of the plan, or NULL */
	struct pf_cgroups cgroups;         /* only the parents and the name of the cgroups */
	struct pf_moved_link *moved_links; /* interfaces that were moved from the host */
	size_t moved_link_count;
	int netns, host_netns; /* network namespaces for the interfaces in `moved_links`, or -1 */
	int is_detached;       /* the container outlives the handle */
	int is_foreground;     /* the container gets the caller's signals */
	int is_relayed;        /* a thread relays, and takes the messages of the monitor */
	int is_draining;       /* the monitor waits for DRAINED; `exit` is known */
	int64_t timeout_at;    /* when the monitor must end the command, or 0 (pf_now_msec()) */
	int has_init_ended;    /* init has ended, so the monitor should report soon */
	int attempts_left;     /* attempts left to continue the monitor after a request to end */
	int stopped_attempts;  /* attempts in a row in which the monitor was stopped */
	int end_signal;        /* signal that asked to end the container, or 0 */
	int silent_attempts;   /* attempts after init has ended and an end was requested */
	int64_t start_lost_at; /* when the processes of a start without a monitor must have ended,
				* or 0 */
	int64_t lost_at;       /* when an init without a monitor must have ended, or 0 */
	int is_init_killed;    /* an init without a monitor was killed */
	int is_guest;          /* a command of pf_exec(): its monitor is not trusted */
	int is_debugged;       /* the start is printed on stderr (PFLASK_DEBUG) */
	int has_ended;
	struct pflask_exit exit;
	int client_count;
	int clients[PF_LIMIT_clients]; /* sockets for the monitor, until the start has ended */
};

/* Makes an empty handle. Returns NULL if there is no memory. */
pflask_container *pf_container_new(void);

int pf_start(const pflask_plan *plan, const int stdio[3], uint32_t flags, pflask_container **ret,
	     struct pflask_error *reterr);

/* Ends the start after READY: releases the data that only the start needed. */
void pf_finish_start(pflask_container *container, const pflask_plan *plan);

/* Allows the monitor to continue if the monitor waits until the caller has drained the terminal. */
void pf_let_go_on(pflask_container *container);

/* Receives a message of the monitor, without waiting for a message. Returns 1 if the container has
 * ended and container->exit is filled in, else 0. Sets container->is_draining if the command has
 * ended and the monitor waits until the caller has drained the terminal; pf_wait() then lets the
 * monitor continue. With `may_wait`, waits for an init whose monitor is gone. */
int pf_container_read(pflask_container *container, int may_wait);

/* Returns a descriptor to poll together with the socket. The socket alone is not enough: the
 * container may have stopped the monitor. The descriptor reports the end of init; -1 means that
 * there is no descriptor. If *ret_timeout is not -1, the caller must call pf_container_wake() after
 * this number of milliseconds. If the monitor was killed, this is the time in which init must end,
 * and the caller must then call pf_container_read(). */
int pf_container_watch(pflask_container *container, int *ret_timeout);

/* Handles the result of the poll. `init_has_ended` is set if init has ended; `is_timeout` is set if
 * the milliseconds of pf_container_watch() have passed without an event. After a timeout, continues
 * the monitor, or kills a monitor that does not continue. */
void pf_container_wake(pflask_container *container, int init_has_ended, int is_timeout);

/* Checks the flags of a start. Returns 0 or -errno with *reterr filled in. */
int pf_check_flags(uint32_t flags, struct pflask_error *reterr);

/* Replaces terminals with pipes (pf_channels_open()) if `flags` has PFLASK_FOREGROUND. Returns 0 or
 * -errno with *reterr filled in. */
int pf_open_channels(pflask_container *container, const int stdio[3], uint32_t flags,
		     unsigned wanted, int ret_handed[3], struct pflask_error *reterr);

/* Takes an EXITED or STOPPED message. Sets typed_signal to 0, because only the process that relays
 * the terminal can find this signal. */
void pf_take_exit(struct pflask_exit *ret, const struct pf_received *got);

/* Takes the signals of the program for a container (pf_foreground_take()) if `flags` has
 * PFLASK_FOREGROUND. Returns 0 or -errno with *reterr filled in. */
int pf_take_foreground(pflask_container *container, uint32_t flags, struct pflask_error *reterr);

/* Records the cgroups that a monitor makes, so that the caller can remove them if the monitor is
 * killed. */
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

/* Takes a step of container->pending, and returns the result of the step. Frees container->pending
 * after the last step. */
int pf_pending_step(pflask_container *container, struct pflask_error *reterr);

/* Checks whether a container has started, and belongs to this process. Otherwise, the caller may
 * not use the container. Returns 0, -ECHILD or -EINPROGRESS. */
int pf_check_started(const pflask_container *container);

/* For a detached container that has ended: tells whether the monitor has ended, too, or ends within
 * timeout_ms. Before its end, the monitor cleans up and sends its last message. */
int pf_is_detached_gone(const pflask_container *container, int timeout_ms);

/* Tells whether the calling process is a forked child of the process that made a handle. Such a
 * child must not read from the monitor's socket, because the owner would miss the message. */
int pf_is_copy(const pflask_container *container);

int pf_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret);
int pf_kill(pflask_container *container, int signal);

/* Asks the monitor of a detached container to set the size of the terminal, without waiting. */
int pf_resize(const pflask_container *container, int rows, int cols);

/* Sends a socket to the monitor of a container that is not detached. The other end of the socket is
 * a client of the monitor. If the container has not started yet, keeps the socket until the start.
 * If the socket cannot be sent, sends DONE to the client, as a monitor that refuses the client
 * does. Takes ownership of the socket. */
void pf_add_client(pflask_container *container, int socket);

/* Sends the sockets that pf_add_client() has kept. If a socket cannot be sent, its client finds the
 * socket closed. */
void pf_send_clients(pflask_container *container);

pflask_container *pf_close(pflask_container *container);

#endif
