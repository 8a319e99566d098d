/* SPDX-License-Identifier: BSD-2-Clause */
/* Forks and ends joiners (joiner.h). */
#define _GNU_SOURCE
#include "joiner.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/sys.h"
#include "unreaped.h"

/* Tells whether a pid is a child of the monitor that the monitor does not know yet. The monitor
 * will signal and reap the command by this pid, and the pid may be wrong: with fs.suid_dumpable=1,
 * the container could trace the joiner for a moment and change the pid. */
static int is_new_child(const struct monitor *monitor, pid_t pid)
{
	const struct pf_run *run = &monitor->run;
	siginfo_t info;

	if (pid <= 1 || pid == run->outside.init_pid || pid == run->outside.maker_pid ||
	    pid == run->outside.net_supervisor || pid == run->outside.scope_keeper)
		return 0;
	for (size_t i = 0; i < monitor->client_count; i++)
		if (monitor->clients[i].command.pid == pid ||
		    monitor->clients[i].command.joiner == pid)
			return 0;
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* After SIGKILL, the joiner cannot fork any more (fork(2)). If the command's process exists, its
 * pid is in the shared memory. */
void pf_joiner_end(struct monitor *monitor, struct client_command *command)
{
	if (command->joiner <= 0)
		return;
	pf_kill_or_note(monitor, command->joiner);
	command->joiner = 0;
	pid_t pid = *command->forked;
	munmap((void *)command->forked, sizeof(*command->forked));
	if (!is_new_child(monitor, pid))
		return;
	command->pid = pid;
	command->pidfd = pf_pidfd_open(pid);
}

static int fork_into_cgroup(struct monitor *monitor, const struct pf_join *join)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	PF_CLEANUP_FD int cgroup =
		pf_cgroup_open_of(monitor->run.outside.init_pid, &monitor->run.outside.cgroups);

	if (cgroup < 0 && cgroup != -EEXIST)
		return cgroup;
	if (cgroup >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	int pid = pf_clone3(&args);
	if (pid == 0)
		pf_join(&monitor->run, join);
	return pid;
}

/* MAP_POPULATE makes the page before the joiner runs: if the joiner had reached its memory limit,
 * the kernel would fail to write the pid, without an error. MADV_DONTFORK keeps the memory from
 * later children of the monitor. */
int pf_joiner_fork(struct monitor *monitor, struct pf_join *join)
{
	void *shared = mmap(NULL, sizeof(*join->forked), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	join->forked = shared;
	int r = fork_into_cgroup(monitor, join);
	if (r < 0)
		munmap(shared, sizeof(*join->forked));
	else
		madvise(shared, sizeof(*join->forked), MADV_DONTFORK);
	return r;
}
