/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for children of the monitor. The children run with ids of the container or of the
 * container's user. Processes with the same ids can stop or kill such a child, because kill(2)
 * checks only ids. So every wait has a time limit.
 */
#ifndef PF_CHILD_PROCESS_H
#define PF_CHILD_PROCESS_H

#include <sys/resource.h>
#include <sys/types.h>

/* Continues a child that is about to end (SIGCONT), and waits for its end. After `msec`
 * milliseconds, kills the child and waits a moment longer. Returns 0 with the status of wait(2) in
 * *ret_status, or -ETIMEDOUT if the function has killed the child. */
int pf_await_child(pid_t pid, int msec, int *ret_status);

/* Waits as pf_await_child() does, but also kills the child when the caller asks to end the
 * container. `caller` is the socket to the caller. Returns 0, -ETIMEDOUT, or -EINTR if the caller
 * has asked to end the container or is gone. */
int pf_await_child_or_caller(pid_t pid, int msec, int caller, int *ret_status);

/* Writes how a child has ended: "exit status 1", "signal 9". */
#define PF_ENDED_SIZE 40
void pf_describe_end(int status, char ret[PF_ENDED_SIZE]);

/* Kills a child, and waits a moment for its end. Returns 0, or -ETIMEDOUT if a file system blocks
 * the child, or if the tracer of the dead child does not wait (ptrace(2)). */
int pf_kill_child(pid_t pid);

/* Waits for init, so that the kernel frees init's pid. The wait is limited to a second: without a
 * pid namespace, a process of the container can trace init, and keep init a zombie until all
 * descendants are killed. Returns the status of wait(2), or SIGKILL after the time limit. */
int pf_reap_init(pid_t pid, struct rusage *ret_usage);

#endif
