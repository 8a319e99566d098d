/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on the scope (systemd.scope(5)) that systemd makes for a registered machine. The
 * container's cgroups are in this scope. systemd removes a scope and all cgroups in it as soon as
 * the scope has no process. So a process of pflask, the keeper, stays in the scope until the
 * monitor has read the counters of the container's cgroups.
 */
#define _GNU_SOURCE
#include "op_scope.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/close_fds.h"
#include "common/sys.h"
#include "init/base/child_process.h"
#include "init/base/process_name.h"
#include "init/base/run_plan.h"
#include "op_cgroup.h"

#define ALLOWED "cgroup.subtree_control"

/* Makes the container's cgroup in the scope. Returns -EEXIST if machined has not registered the
 * container, and init is therefore still in the monitor's cgroup. */
int pf_op_scope_cgroup(struct pf_run *run, const struct pf_op *op)
{
	int scope = pf_cgroup_open_of(run->outside.init_pid, &run->outside.cgroups);

	if (scope == -EEXIST)
		return op->arg[1] ? -ENODEV : 0;
	if (scope < 0)
		return scope;
	run->outside.scope = scope;
	return pf_cgroup_add(run, scope, pf_arg_string(run, op, 0), 1);
}

/* Runs the keeper, until the monitor kills it or ends. Blocks all signals, because machinectl(1)
 * sends signals to all processes of the scope. */
static _Noreturn void keep(const struct pf_run *run, pid_t monitor)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pf_close_other_fds(0, NULL, 0);
	pf_set_process_name(run, "pf-scope");
	while (getppid() == monitor)
		pause();
	_exit(0);
}

static int start_keeper(struct pf_run *run, const char *name)
{
	PF_CLEANUP_FD int cgroup = pf_cgroup_make(run->outside.scope, name);
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .cgroup = (uint64_t)cgroup, .exit_signal = SIGCHLD};
	const pid_t monitor = getpid();

	if (cgroup < 0)
		return cgroup;
	int pid = pf_clone3(&args);
	if (pid == 0)
		keep(run, monitor);
	if (pid > 0)
		run->outside.scope_keeper = pid;
	return pid < 0 ? pid : 0;
}

/* Enables all controllers of a cgroup for its children. */
static int allow_all(int cgroup)
{
	char have[256], wanted[2 * sizeof(have)], *end = wanted;
	PF_CLEANUP_FD int fd = openat(cgroup, "cgroup.controllers", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, have, sizeof(have));

	if (size < 0)
		return -errno;
	for (ssize_t i = 0; i < size && have[i] != '\n'; i++) {
		if (i == 0 || have[i - 1] == ' ')
			*end++ = '+';
		*end++ = have[i];
	}
	*end = '\0';
	return pf_cgroup_write(cgroup, ALLOWED, wanted);
}

/* Starts the keeper, and enables controllers for the cgroups in the scope. The scope itself has no
 * process at this point, so the kernel permits this. */
int pf_op_scope_allow(struct pf_run *run, const struct pf_op *op)
{
	const char *controllers = pf_arg_string(run, op, 1);
	int r = run->outside.scope < 0 ? 0 : start_keeper(run, pf_arg_string(run, op, 0));

	if (r < 0 || run->outside.scope < 0)
		return r;
	return strcmp(controllers, PF_CGROUP_ALL) == 0
		       ? allow_all(run->outside.scope)
		       : pf_cgroup_write(run->outside.scope, ALLOWED, controllers);
}

void pf_release_scope(struct pf_run *run)
{
	const struct pf_op *op = pf_plan_find(run->plan, PF_OP_scope_allow);

	if (run->outside.scope_keeper <= 0)
		return;
	pf_kill_child(run->outside.scope_keeper);
	run->outside.scope_keeper = 0;
	unlinkat(run->outside.scope, pf_arg_string(run, op, 0), AT_REMOVEDIR);
}
