/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for children of the monitor that run with ids of the container or of the container's user.
 * A process of the container with the same ids can stop or kill such a child, because kill(2)
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

/* Describes how a child ended, from its wait status: "exit status 1", "signal 9". */
#define PF_ENDED_SIZE 40
void pf_describe_end(int status, char ret[PF_ENDED_SIZE]);

/* Kills a child, and waits for its end for a limited time. Returns 0, or -ETIMEDOUT if the child
 * does not end (a file system blocks the child), or if its tracer does not release the zombie
 * (ptrace(2)). */
int pf_kill_child(pid_t pid);

/* Reaps init, which has ended, so that the kernel frees the pid. Waits at most a second: without a
 * pid namespace, a process of the container can trace init, and can keep init a zombie until that
 * process is killed. Returns the wait status of init, or SIGKILL after the time limit. */
int pf_reap_init(pid_t pid, struct rusage *ret_usage);

#endif
