/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb for the host that signals a process of --exec at a chosen moment of the process's life. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "probe.h"

enum { OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD };
enum { OWN_STOP = SIGTRAP | 0x80 }; /* the signal of a stop at a system call */

static struct {
	pid_t monitor, joiner, command;
	bool is_joiner, is_command; /* whether the joiner and the command get the signal */
	long calls; /* the number of system calls before the signal; -1: at the fork */
	int signal;
} moment;

/* Waits until a traced process stops. Returns the status, or -1 if no traced process is left. */
static int await_stop(pid_t *ret_pid)
{
	int status;

	do
		*ret_pid = waitpid(-1, &status, __WALL);
	while (*ret_pid > 0 && !WIFSTOPPED(status));
	return *ret_pid > 0 ? status : -1;
}

static pid_t new_child(pid_t parent)
{
	unsigned long pid = 0;

	ptrace(PTRACE_GETEVENTMSG, parent, NULL, &pid);
	return (pid_t)pid;
}

/* Sends the signal, and ends. The end of the tracer releases all traced processes. A process that
 * has got SIGSTOP stops before its next instruction. */
static int strike(void)
{
	if (moment.is_joiner)
		kill(moment.joiner, moment.signal);
	if (moment.is_command)
		kill(moment.command, moment.signal);
	printf("moment ok\n");
	return flushed();
}

/* Waits until the monitor has forked the joiner. Releases the monitor. */
static int await_joiner(void)
{
	int status;

	while (waitpid(moment.monitor, &status, __WALL) > 0 && WIFSTOPPED(status)) {
		const int event = status >> 16;

		if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE) {
			moment.joiner = new_child(moment.monitor);
			ptrace(PTRACE_DETACH, moment.monitor, NULL, NULL);
			return 0;
		}
		ptrace(PTRACE_CONT, moment.monitor, NULL, event ? 0 : WSTOPSIG(status));
	}
	return -1;
}

/* Follows the joiner and its child to the moment. Returns whether the moment has come. */
static bool follow(void)
{
	const bool is_at_fork = moment.calls < 0;
	bool is_entry = false, has_forked = false, has_child_stopped = false;
	long calls = 0;
	pid_t pid;
	int status;

	while ((status = await_stop(&pid)) >= 0) {
		const bool is_target = pid == (moment.is_joiner ? moment.joiner : moment.command);
		const int event = status >> 16;

		if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE) {
			moment.command = new_child(pid);
			has_forked = true;
		} else if (pid != moment.joiner) {
			has_child_stopped = true;
		}
		if (has_forked && is_at_fork && has_child_stopped)
			return true;
		if (is_target && WSTOPSIG(status) == OWN_STOP)
			is_entry = !is_entry;
		if (is_target && !is_at_fork && (event == PTRACE_EVENT_STOP || is_entry) &&
		    calls++ == moment.calls)
			return true;
		if (is_at_fork && (has_forked || pid != moment.joiner))
			continue; /* the process waits for the moment */
		ptrace(PTRACE_SYSCALL, pid, NULL,
		       WSTOPSIG(status) == OWN_STOP || event ? 0 : WSTOPSIG(status));
	}
	return false;
}

/*
 * at-moment MONITOR WHO CALLS SIGNAL: waits until a monitor serves --exec, and sends a signal. WHO
 * is the process that joins the container ("joiner"), the child that becomes the command
 * ("command"), or "both". The moment is before the system call number CALLS of this process. If
 * CALLS is "fork", the moment is when the child exists and has executed no instruction. Prints
 * "moment ok", or "moment over" if the processes have ended before.
 */
static int at_moment(int count, char **words)
{
	if (count != 5)
		misused("at-moment: MONITOR WHO CALLS SIGNAL");
	moment.monitor = (pid_t)number(words[1]);
	moment.is_joiner = strcmp(words[2], "command") != 0;
	moment.is_command = strcmp(words[2], "joiner") != 0;
	moment.calls = strcmp(words[3], "fork") == 0 ? -1 : number(words[3]);
	moment.signal = (int)number(words[4]);
	printf("traced %s\n",
	       outcome(ptrace(PTRACE_SEIZE, moment.monitor, NULL, (void *)(intptr_t)OPTIONS)));
	fflush(stdout);
	if (await_joiner() == 0 && follow())
		return strike();
	printf("moment over\n");
	return flushed();
}

const struct verb moment_verbs[] = {
	{"at-moment", at_moment, false},
	{NULL, NULL, false},
};
