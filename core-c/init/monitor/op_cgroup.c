/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of the monitor on the container's own cgroups (op_cgroup.h). */
#define _GNU_SOURCE
#include "op_cgroup.h"

#include <errno.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/sys.h"
#include "init/base/caller.h"
#include "init/base/run_plan.h"

#define PROCESSES "cgroup.procs"
#define ALLOW_TRIES 50 /* number of attempts, 1 ms apart */

/* The files of a cgroup that belong to the cgroup's owner (cgroups(7), "Delegation"). */
static const char *const owned[] = {".", PROCESSES, "cgroup.subtree_control", "cgroup.threads"};

static int move(int cgroup, pid_t pid)
{
	char text[PF_DECIMAL_SIZE];

	pf_write_decimal((uint64_t)pid, text);
	return pf_cgroup_write(cgroup, PROCESSES, text);
}

/* Moves the monitor and the caller to a child of their cgroup. Their cgroup can then enable
 * controllers for its children, because it has no other process (cgroups(7), "no internal
 * processes"). */
int pf_op_cgroup_move(struct pf_run *run, const struct pf_op *op)
{
	const char *name = pf_arg_string(run, op, 1);

	if (run->outside.scope >= 0)
		return 0;
	int r = mkdirat((int)op->arg[2], name, 0755) < 0 && errno != EEXIST ? -errno : 0;
	PF_CLEANUP_FD int cgroup = openat((int)op->arg[2], name, O_DIRECTORY | O_CLOEXEC);
	if (r == 0)
		r = cgroup < 0 ? -errno : move(cgroup, 0);
	return r < 0 ? r : move(cgroup, run->outside.caller_pid);
}

/* Enables controllers for the children of a cgroup. Tries several times while the cgroup has
 * processes: the parent of a detached monitor may still be ending in this cgroup. */
int pf_op_cgroup_allow(struct pf_run *run, const struct pf_op *op)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int r = run->outside.scope >= 0 ? 0 : -EBUSY;

	for (int i = 0; r == -EBUSY && i < ALLOW_TRIES; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		r = pf_cgroup_write((int)op->arg[2], owned[2], pf_arg_string(run, op, 1));
	}
	return r;
}

static int add(struct pf_cgroups *cgroups, int fd, int parent)
{
	cgroups->fds[cgroups->count] = fd;
	cgroups->parents[cgroups->count] = parent;
	return cgroups->count++;
}

/* Tells the caller the monitor's pid, which the names of the cgroups contain, so that the caller
 * can remove the cgroups if the monitor is killed. The caller learns the pid of a detached monitor
 * otherwise only from READY. */
static int announce_cgroups(const struct pf_run *run)
{
	struct pf_message message;

	if (!pf_plan_find(run->plan, PF_OP_control))
		return 0;
	pf_message_init(&message, PF_MESSAGE_DETACHED);
	message.body.detached.pid = getpid();
	return pf_tell_caller(run, &message, NULL, 0);
}

int pf_cgroup_add(struct pf_run *run, int parent, const char *name, int is_v2)
{
	struct pf_cgroups *cgroups = &run->outside.cgroups;

	if (cgroups->count == PF_CGROUPS)
		return -E2BIG;
	int r = cgroups->count == 0 ? announce_cgroups(run) : 0;
	if (r < 0)
		return r;
	pf_cgroup_name(name, getpid(), cgroups->name);
	int fd = pf_cgroup_make(parent, cgroups->name);
	if (fd < 0)
		return fd;
	int index = add(cgroups, fd, parent);
	if (is_v2)
		cgroups->final = index;
	return 0;
}

int pf_op_cgroup(struct pf_run *run, const struct pf_op *op)
{
	const int is_v2 = strcmp(pf_arg_string(run, op, 0), PF_CGROUP_V2) == 0;

	if (is_v2 && run->outside.scope >= 0)
		return 0;
	int parent = pf_dup((int)op->arg[3], 3);
	if (parent < 0)
		return parent;
	pf_cgroup_remove_stale(parent);
	return pf_cgroup_add(run, parent, pf_arg_string(run, op, 2), is_v2);
}

int pf_op_cgroup_write(struct pf_run *run, const struct pf_op *op)
{
	const struct pf_cgroups *cgroups = &run->outside.cgroups;

	if (op->arg[0] >= (uint64_t)cgroups->count)
		return -EINVAL;
	return pf_cgroup_write(cgroups->fds[op->arg[0]], pf_arg_string(run, op, 1),
			       pf_arg_string(run, op, 2));
}

int pf_op_cgroup_inner(struct pf_run *run, const struct pf_op *op)
{
	struct pf_cgroups *cgroups = &run->outside.cgroups;
	int fd = cgroups->count == PF_CGROUPS || cgroups->final < 0
			 ? -EINVAL
			 : pf_cgroup_make(cgroups->fds[cgroups->final], pf_arg_string(run, op, 0));

	if (fd < 0)
		return fd;
	cgroups->final = add(cgroups, fd, -1);
	return 0;
}

int pf_op_cgroup_owner(struct pf_run *run, const struct pf_op *op)
{
	const struct pf_cgroups *cgroups = &run->outside.cgroups;
	int cgroup = cgroups->final < 0 ? -1 : cgroups->fds[cgroups->final];

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (fchownat(cgroup, owned[i], (uid_t)op->arg[0], (gid_t)op->arg[1], 0) < 0)
			return -errno;
	return 0;
}

int pf_cgroup_enter(const struct pf_cgroups *cgroups, pid_t pid)
{
	int r = 0;

	/* Only cgroups of version 1 have the file `tasks`, and each of their hierarchies has one
	 * cgroup. */
	for (int i = 0; r == 0 && i < cgroups->count; i++)
		if (cgroups->parents[i] >= 0 && faccessat(cgroups->fds[i], "tasks", F_OK, 0) == 0)
			r = move(cgroups->fds[i], pid);
	return r;
}

int pf_op_cgroup_enter(struct pf_run *run, const struct pf_op *op)
{
	const struct pf_cgroups *cgroups = &run->outside.cgroups;
	int r = pf_cgroup_enter(cgroups, run->outside.init_pid);

	return r < 0 || !op->arg[0] ? r : move(cgroups->fds[cgroups->final], run->outside.init_pid);
}
