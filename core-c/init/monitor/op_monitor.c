/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of the monitor: objects outside the container, and the clone of init. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/namespaces.h"
#include "common/proc_path.h"
#include "common/sys.h"
#include "init/base/debug.h"
#include "init/base/descendants.h"
#include "init/base/run_plan.h"
#include "init/pid1/pid1.h"
#include "init/root/op_mount.h"

/* Minimum time limit of the set-up, even if the command has a shorter time limit. */
#define LEAST_SETUP_MSEC 10000

int pf_op_kill_signal(struct pf_run *run, const struct pf_op *op)
{
	run->outside.kill_signal = (int)op->arg[0];
	return 0;
}

int pf_op_kill_after(struct pf_run *run, const struct pf_op *op)
{
	run->outside.kill_msec = (int64_t)op->arg[0];
	run->outside.spares_handler = op->arg[1] != 0;
	return 0;
}

int pf_op_timeout(struct pf_run *run, const struct pf_op *op)
{
	run->outside.timeout_msec = (int64_t)op->arg[0];
	run->outside.timeout_kill_msec = (int64_t)op->arg[1];
	run->outside.setup_msec = run->outside.timeout_msec > LEAST_SETUP_MSEC
					  ? run->outside.timeout_msec
					  : LEAST_SETUP_MSEC;
	run->outside.timeout_index = run->index;
	return 0;
}

int pf_op_die_with_parent(struct pf_run *run, const struct pf_op *op)
{
	run->outside.parent_pidfd = (int)op->arg[0];
	return 0;
}

/* Opens the container's user namespace, so that the monitor can still use it after the end of
 * init. */
static int keep_userns(struct pf_run *run)
{
	const char *path = pf_namespaces[PF_NS_user].path;

	run->outside.userns = pf_proc_open(run->outside.init_pid, path, O_RDONLY);
	return run->outside.userns < 0 ? run->outside.userns : 0;
}

int pf_op_clone(struct pf_run *run, const struct pf_op *op)
{
	int pidfd = -1;
	struct clone_args args = {.flags = op->arg[0] | CLONE_PIDFD,
				  .pidfd = (uint64_t)(uintptr_t)&pidfd,
				  .exit_signal = SIGCHLD};

	run->outside.namespaces = op->arg[0];
	if (!(run->outside.namespaces & CLONE_NEWPID)) {
		int r = pf_adopt_descendants(run);
		if (r < 0)
			return r;
	}
	if (run->outside.cgroups.final >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)run->outside.cgroups.fds[run->outside.cgroups.final];
	}
	int pid = pf_clone3(&args);
	if (pid < 0)
		return pid;
	if (pid == 0) {
		run->index++;
		pf_init_main(run);
	}
	run->outside.init_pid = pid;
	run->outside.init_pidfd = pidfd;
	return run->outside.namespaces & CLONE_NEWUSER ? keep_userns(run) : 0;
}

/* Sends a mount tree to init, which has no privilege on the host, and so cannot open or make this
 * tree. `slot` is the number of the source in the plan. */
static int send_source(const struct pf_run *run, uint64_t slot, int tree)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_SOURCE);
	pf_send_debug_message(run, PF_MONITOR, PF_INIT, PF_MESSAGE_SOURCE);
	message.body.source.slot = (uint32_t)slot;
	return pf_send(run->outside.init_socket, &message, &tree, 1);
}

/* Makes a mount tree idmapped, and sends it to init. The tree is a clone from the monitor's mount
 * namespace, whose mounts may be shared, so pf_mount_idmap() also takes the tree out of the host's
 * peer group. No other operation clones a tree in this namespace. */
static int send_idmapped(const struct pf_run *run, uint64_t slot, int tree)
{
	int r = tree < 0 ? tree : pf_mount_idmap(tree, run->outside.userns);

	return r < 0 ? r : send_source(run, slot, tree);
}

int pf_op_idmap_source(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int tree = pf_open_source(run, op);

	return send_idmapped(run, op->arg[0], tree);
}

/* Makes the mount tree at a path idmapped, and sends it to init. Refuses a path with a symbolic
 * link, which the owner of the root directory may just have made. */
int pf_op_idmap_mount(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int place = pf_open_same(pf_arg_string(run, op, 1), &op->arg[2], 0);
	if (place < 0)
		return place;
	PF_CLEANUP_FD int tree = pf_open_tree(place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	return send_idmapped(run, op->arg[0], tree);
}

/* Mounts a sysfs for a network namespace that init joins. Init itself cannot mount this sysfs,
 * because the container's user namespace does not own the network namespace. */
int pf_op_sys_source(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int tree = pf_new_filesystem(
		"sysfs", "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	return tree < 0 ? tree : send_source(run, op->arg[0], tree);
}

int pf_op_changes(struct pf_run *run, const struct pf_op *op)
{
	run->outside.changes_list_fd = (int)op->arg[0];
	run->outside.changes_format = (enum pf_changes_format)op->arg[1];
	return 0;
}

int pf_op_changes_file(struct pf_run *run, const struct pf_op *op)
{
	run->outside.changes_list_fd = (int)op->arg[2];
	run->outside.changes_format = (enum pf_changes_format)op->arg[1];
	return 0;
}

int pf_op_keep(struct pf_run *run, const struct pf_op *op)
{
	run->outside.changes_copy_fd = (int)op->arg[1];
	return 0;
}
