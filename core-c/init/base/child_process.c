/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "child_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/protocol/wire.h"
#include "common/signals.h"
#include "common/sys.h"

#define SLICE_MSEC 50 /* interval between checks for a message of the caller */
/* Time limit for the end of a killed child; only a file system can delay the end for long. */
#define KILLED_MSEC 2000
#define REAP_TRIES 1000 /* number of attempts to reap a child, 1 ms apart */

/* Waits at most `msec` milliseconds for a child to end. Returns 1 with the status of the child,
 * else 0. Checks the child every millisecond if there is no pidfd (RLIMIT_NOFILE). */
static int ends_within(pid_t pid, int pidfd, int msec, int *ret_status)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int slice = pidfd >= 0 ? msec : 1;

	for (; msec >= 0; msec -= slice) {
		if (waitpid(pid, ret_status, WNOHANG) == pid)
			return 1;
		poll(&end, 1, msec < slice ? msec : slice);
	}
	return waitpid(pid, ret_status, WNOHANG) == pid;
}

void pf_describe_end(int status, char ret[PF_ENDED_SIZE])
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

	strcpy(ret, WIFSIGNALED(status) ? "signal " : "exit status ");
	pf_write_decimal((uint64_t)number, ret + strlen(ret));
}

int pf_kill_child(pid_t pid)
{
	PF_CLEANUP_FD int pidfd = pf_pidfd_open(pid);
	int status;

	kill(pid, SIGKILL);
	return ends_within(pid, pidfd, KILLED_MSEC, &status) ? 0 : -ETIMEDOUT;
}

/* Tells whether the caller is gone, or has sent a signal that asks to end the container. Only peeks
 * at the next message: the loop of the monitor receives the message later. */
static int is_end_asked(int caller)
{
	struct pf_message message;
	ssize_t n = recv(caller, &message, sizeof(message), MSG_PEEK | MSG_DONTWAIT);

	if (n <= 0 || message.type != PF_MESSAGE_SIGNAL)
		return n == 0;
	return message.body.signal.number == SIGKILL ||
	       pf_is_end_signal(message.body.signal.number);
}

int pf_await_child_or_caller(pid_t pid, int msec, int caller, int *ret_status)
{
	/* The pid cannot be reused before waitpid(2). */
	PF_CLEANUP_FD int pidfd = pf_pidfd_open(pid);
	int r = -ETIMEDOUT;

	kill(pid, SIGCONT);
	for (; msec > 0 && r == -ETIMEDOUT; msec -= SLICE_MSEC) {
		if (ends_within(pid, pidfd, SLICE_MSEC, ret_status))
			return 0;
		if (is_end_asked(caller))
			r = -EINTR;
	}
	kill(pid, SIGKILL);
	ends_within(pid, pidfd, KILLED_MSEC, ret_status);
	return r;
}

int pf_await_child(pid_t pid, int msec, int *ret_status)
{
	return pf_await_child_or_caller(pid, msec, -1, ret_status);
}

int pf_reap_init(pid_t pid, struct rusage *ret_usage)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int status = SIGKILL;

	for (int i = 0; i < REAP_TRIES && wait4(pid, &status, WNOHANG, ret_usage) == 0; i++)
		nanosleep(&pause, NULL);
	return status;
}
