/* SPDX-License-Identifier: BSD-2-Clause */
/* A container that was started, as its caller sees it. */
#ifndef PF_CONTAINER_H
#define PF_CONTAINER_H

#include <stddef.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/protocol/wire.h"
#include "pflask.h"
#include "src/base/origins.h"
#include "src/host/host_path.h"
#include "src/terminal/channel.h"

struct pflask_plan {
	void *data;
	size_t size;
	struct pf_origins origins;
	struct pf_held held; /* descriptors of paths that options name */
	char *text;          /* made when it is asked for */
};

struct pflask_container {
	pid_t owner;   /* process that has made the handle: a fork has only a copy of it */
	pid_t monitor; /* child of the owner; 0: the monitor is somebody else's */
	int socket;    /* to the monitor */
	int init_pidfd;
	int master;                  /* of the container's terminal, or -1 */
	struct pf_channel *channels; /* terminals of the caller that are copied, or NULL */
	struct pflask_info info;
	char cgroup[PF_CGROUP_NAME]; /* "": it has none of its own */
	struct pf_moved *moved;      /* interfaces that it has of the host */
	size_t moved_count;
	int net, host_net; /* their network namespaces, or -1 */
	int detached;      /* it does not end with its handle */
	int foreground;    /* it has the signals of the calling program */
	int stopped;       /* the monitor waits until its terminal is drained; `exit` is known */
	int init_ended;    /* init has; the monitor is about to say how */
	int attempts;      /* to continue the monitor, which has been asked to end the container */
	int stops;         /* attempts in a row after which it was found stopped */
	int asked;         /* the signal that has asked for an end, or 0 */
	int silence;       /* attempts since init has ended, if an end was asked for */
	int is_guest;      /* a command of pf_exec(): what its monitor says may be a lie */
	int is_debugged;   /* the start is told on stderr (PFLASK_DEBUG) */
	int ended;
	struct pflask_exit exit;
};

/* Makes a handle, which has nothing yet. Returns NULL where there is no memory. */
pflask_container *pf_container_new(void);

int pf_start(const pflask_plan *plan, const int stdio[3], uint32_t flags, pflask_container **ret,
	     struct pflask_error *reterr);

/* Takes what the monitor has to say without waiting, once its socket is readable. Returns 1 when
 * the container has ended and container->exit is filled in, else 0. Where nothing runs in it any
 * more, but the monitor waits for its terminal to be drained, container->stopped is set: pf_wait()
 * lets it go on. */
int pf_container_read(pflask_container *container);

/* What to wait for beside the socket, because the container may have stopped the monitor: the end
 * of init (a descriptor, or -1), and a time (milliseconds, or -1) after which the monitor is
 * continued, or killed where that does not help. */
int pf_container_watch(const pflask_container *container, int *ret_timeout);

/* Takes what has come of that: whether init has ended, and whether the time has passed without any
 * event. */
void pf_container_wake(pflask_container *container, int init_has_ended, int is_timeout);

/* Makes pipes in the place of terminals (pf_channels_open()): for a program that stands for the
 * command, and copies. Returns 0 or -errno with *reterr filled in. */
int pf_open_channels(pflask_container *container, const int stdio[3], uint32_t flags,
		     unsigned wanted, int ret_handed[3], struct pflask_error *reterr);

/* Keeps what a monitor says of a command that has been executed: pids, a pidfd, and the master of a
 * pty where there is one. Other descriptors are closed. */
void pf_take_ready(pflask_container *container, struct pf_received *got);

/* Takes what a monitor says of the end. What was typed a monitor cannot know. */
void pf_take_exit(struct pflask_exit *ret, const struct pf_received *got);

/* Where flags say so: takes the signals of the program for a container (pf_foreground_take()).
 * Returns 0 or -errno with *reterr filled in. */
int pf_take_foreground(pflask_container *container, uint32_t flags, struct pflask_error *reterr);

/* Closes a handle whose container has not started. A signal that has asked for an end meanwhile is
 * the program's: there is no command to get it. */
void pf_give_up(pflask_container *container);

/* Tells whether the calling process is a fork of the one that has made a handle. What one of them
 * reads from the monitor's socket, the other never sees: the copy must leave the socket alone. */
int pf_is_copy(const pflask_container *container);

int pf_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret);
int pf_kill(pflask_container *container, int signal);
pflask_container *pf_close(pflask_container *container);

#endif
