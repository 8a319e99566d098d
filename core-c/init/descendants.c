/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without a pid namespace nothing ends the processes that a command leaves behind, so both the
 * monitor and init adopt them (PR_SET_CHILD_SUBREAPER) and kill what is left: init's when init
 * outlives the monitor, the monitor's in every other case.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

int pf_adopt_descendants(struct pf_run *run)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	run->children = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	return run->children < 0 ? -errno : 0;
}

/* Sends KILL to every child but one in a list of decimal pids, each followed by a space. */
static void kill_listed(const char *list, ssize_t size, pid_t spared)
{
	pid_t pid = 0;

	for (ssize_t i = 0; i < size; i++) {
		if (list[i] >= '0' && list[i] <= '9') {
			pid = pid * 10 + (list[i] - '0');
		} else {
			if (pid > 1 && pid != spared)
				kill(pid, SIGKILL);
			pid = 0;
		}
	}
}

/* The children of a killed child become ours: round after round, until none is left. A pid in the
 * list can not have been reused, since only we reap. The maker, which is the monitor's, is about to
 * end by itself. */
void pf_kill_descendants(const struct pf_run *run)
{
	char list[4096];
	pid_t maker = run->maker_pid;

	while (run->children >= 0) {
		kill_listed(list, pread(run->children, list, sizeof(list), 0), maker);
		pid_t ended = waitpid(-1, NULL, 0);
		if (ended < 0 && errno == ECHILD)
			return;
		if (ended == maker)
			maker = 0;
	}
}
