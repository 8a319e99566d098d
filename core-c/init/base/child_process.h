/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a child of the monitor that has the ids of a container, or those of its user: the
 * container may stop it or kill it (kill(2) asks for the ids alone), so no wait lasts for ever.
 */
#ifndef PF_CHILD_PROCESS_H
#define PF_CHILD_PROCESS_H

#include <sys/types.h>

/* Waits for a child that is about to end, and continues it first. When the time is over, kills it
 * and waits for a moment more. Returns 0 with *ret_status filled in, as wait(2) does, or
 * -ETIMEDOUT where the child had to be killed. */
int pf_await_child(pid_t pid, int msec, int *ret_status);

/* The same while the caller may ask for an end: the child is killed then. `caller` is the socket to
 * the caller. Returns 0, -ETIMEDOUT, or -EINTR where the caller has asked, or has gone. */
int pf_await_asked(pid_t pid, int msec, int caller, int *ret_status);

/* Writes how a child has ended: "exit status 1", "signal 9". */
#define PF_ENDED_SIZE 40
void pf_describe_end(int status, char ret[PF_ENDED_SIZE]);

/* Kills a child, and waits for a moment. Returns 0, or -ETIMEDOUT where a file system holds the
 * child, or the child is a zombie whose tracer does not wait for it (ptrace(2)). */
int pf_kill_child(pid_t pid);

#endif
