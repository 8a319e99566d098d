/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "child_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/sys.h"

#define KILLED_MSEC 2000 /* a killed process ends at once, unless a file system holds it */

/* Returns 1 with the status of a child that has ended within a time, else 0. There may be no
 * room for a pidfd: then the child is looked at each millisecond. */
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
	pf_decimal((uint64_t)number, ret + strlen(ret));
}

int pf_kill_child(pid_t pid)
{
	PF_CLEANUP_FD int pidfd = pf_pidfd_open(pid);
	int status;

	kill(pid, SIGKILL);
	return ends_within(pid, pidfd, KILLED_MSEC, &status) ? 0 : -ETIMEDOUT;
}

int pf_await_child(pid_t pid, int msec, int *ret_status)
{
	PF_CLEANUP_FD int pidfd =
		pf_pidfd_open(pid); /* the pid is its own until it is waited for */

	kill(pid, SIGCONT);
	if (ends_within(pid, pidfd, msec, ret_status))
		return 0;
	kill(pid, SIGKILL);
	ends_within(pid, pidfd, KILLED_MSEC, ret_status);
	return -ETIMEDOUT;
}
