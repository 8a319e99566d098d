/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kills the processes that a command leaves behind (descendants.h). This is necessary without a pid
 * namespace, because the kernel then does not kill the processes. The monitor and init are child
 * subreapers (PR_SET_CHILD_SUBREAPER), so such processes become their children. Init kills its
 * children when the command ends or the monitor is gone. The monitor kills its children when init
 * has ended.
 */
#define _GNU_SOURCE
#include "descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NSEC 50000
#define LOOKS 3

int pf_adopt_descendants(struct pf_run *run)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	run->children = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	return run->children < 0 ? -errno : 0;
}

/* Sends SIGKILL to every child of this process, except the two pids in `spared`. `children` is the
 * file /proc/PID/task/TID/children: pids, each followed by a space. Returns the number of signalled
 * children. */
static int kill_children(int children, const pid_t spared[2])
{
	char list[4096];
	off_t at = 0;
	ssize_t size;
	pid_t pid = 0;
	int count = 0;

	for (; (size = pread(children, list, sizeof(list), at)) > 0; at += size)
		for (ssize_t i = 0; i < size; i++) {
			if (list[i] >= '0' && list[i] <= '9') {
				pid = pid * 10 + (list[i] - '0');
				continue;
			}
			if (pid > 1 && pid != spared[0] && pid != spared[1]) {
				kill(pid, SIGKILL);
				count++;
			}
			pid = 0;
		}
	return count;
}

/* Waits until a child ends, and reaps all children that have ended. Sets the entry of a spared
 * child that has ended to 0. Returns 0 if there are no children. */
static int reap_some(pid_t spared[2])
{
	pid_t ended = waitpid(-1, NULL, 0);

	if (ended < 0)
		return errno != ECHILD;
	for (; ended > 0; ended = waitpid(-1, NULL, WNOHANG))
		for (int i = 0; i < 2; i++)
			if (ended == spared[i])
				spared[i] = 0;
	return 1;
}

/* Kills all descendants in rounds: the children of a killed child become children of this process,
 * and are killed in the next round. Each round signals all children before waiting, so that no
 * child forks again: a process with a pending fatal signal cannot fork (fork(2)). No pid in the
 * list can be reused, because only this process reaps its children.
 *
 * The monitor spares two children: the maker (mount_point_maker.h) and the keeper of a scope
 * (op_scope.c). The maker waits until all other processes are gone, because each of them may use
 * the container's mounts. While a spared child lives, waitpid(2) cannot tell that all other
 * children are gone. So the function reads the list of children. The function ends when LOOKS
 * reads, one after the other, have found no other child. One read is not enough, because a read can
 * miss a process that has just become a child (proc_pid_children(5)). */
void pf_kill_descendants(const struct pf_run *run)
{
	const struct timespec pause = {.tv_nsec = LOOK_NSEC};
	pid_t spared[] = {run->outside.maker_pid, run->outside.scope_keeper};
	int quiet = 0;

	while (run->children >= 0 && quiet < LOOKS) {
		if (kill_children(run->children, spared) == 0 && (spared[0] > 0 || spared[1] > 0)) {
			quiet++;
			nanosleep(&pause, NULL);
			continue;
		}
		quiet = 0;
		if (!reap_some(spared))
			return;
	}
}
