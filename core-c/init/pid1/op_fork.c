/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Init forks the command. The running command can look into pid 1, for example into /proc/1/fd, so
 * pid 1 must then have no descriptor of the host (CVE-2024-21626). So init closes these descriptors
 * before the fork. The descriptors that the command needs wait in a socket meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "common/cleanup.h"
#include "common/sys.h"
#include "init/base/debug.h"
#include "init/base/run_plan.h"
#include "init/root/path.h"
#include "op_privileges.h"
#include "pid1.h"

/* The descriptors of init after hand_over(), by number. */
enum { KEPT_CONTROL, KEPT_CHILDREN, KEPT_HANDOVER, KEPT_COUNT };

#define HANDED_COUNT 6 /* number of descriptors that the command's process gets from init */

/* Lists pointers to the descriptors that the command's process needs. Each may be -1. */
static void list(struct pf_run *run, int *ret[HANDED_COUNT])
{
	ret[0] = &run->report_socket;
	ret[1] = &run->mark;
	ret[2] = &run->inside.pty_slave;
	for (int i = 0; i < 3; i++)
		ret[3 + i] = &run->inside.stdio[i];
}

/* Sends the command's descriptors into a socket pair, and closes every descriptor that init no
 * longer needs. Returns 0 or -errno. */
static int hand_over(struct pf_run *run)
{
	struct pf_message message;
	int *places[HANDED_COUNT], fds[HANDED_COUNT], pair[2];
	size_t count = 0;
	int r = pf_send_used_mount_points(run);

	if (r < 0)
		return r;
	r = pf_socketpair(pair);
	if (r < 0)
		return r;
	PF_CLEANUP_FD int in = pair[0];
	PF_CLEANUP_FD int out = pair[1];
	list(run, places);
	for (int i = 0; i < HANDED_COUNT; i++)
		if (*places[i] >= 0)
			fds[count++] = *places[i];
	pf_message_init(&message, PF_MESSAGE_HANDOVER);
	r = pf_send(in, &message, fds, count);
	if (r < 0)
		return r;
	int children = run->children >= 0 ? run->children : run->monitor_socket;
	if (dup3(children, KEPT_CHILDREN, O_CLOEXEC) < 0 ||
	    dup3(run->monitor_socket, KEPT_CONTROL, O_CLOEXEC) < 0 ||
	    dup3(out, KEPT_HANDOVER, O_CLOEXEC) < 0)
		return -errno;
	run->monitor_socket = KEPT_CONTROL;
	run->children = run->children >= 0 ? KEPT_CHILDREN : -1;
	pf_steal_fd(&in);
	pf_steal_fd(&out);
	pf_close_range(KEPT_COUNT, ~0u);
	return 0;
}

/* Receives the command's descriptors from the socket pair. Moves the monitor's socket to a number
 * above the standard descriptors. Returns 0 or -errno. */
static int take_over(struct pf_run *run)
{
	struct pf_received got;
	int *places[HANDED_COUNT];
	size_t next = 0;

	if (pf_receive(KEPT_HANDOVER, 0, &got) != 1)
		return -EBADMSG;
	list(run, places);
	for (int i = 0; i < HANDED_COUNT; i++)
		if (*places[i] >= 0 && next < got.fd_count)
			*places[i] = got.fds[next++];
	run->monitor_socket = pf_dup(KEPT_CONTROL, KEPT_COUNT);
	return run->monitor_socket < 0 ? run->monitor_socket : 0;
}

/* A pipe that the command's process waits for: init closes the pipe when it has given up its
 * capabilities. -1: not needed. */
static int gate[2] = {-1, -1};

/* In the command's process: waits until init closes the pipe `gate`. */
static void await_gate(void)
{
	char byte;

	if (gate[0] < 0)
		return;
	close(gate[1]);
	while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(gate[0]);
}

/* In init: drops capabilities, and then closes the pipe `gate`. */
static void open_gate(const struct pf_run *run)
{
	if (gate[0] < 0)
		return;
	pf_reduce_init(run);
	close(gate[0]);
	close(gate[1]);
}

/* Executes the rest of the plan in the command's process. Returns only on failure. */
static int become_command(void *argument)
{
	struct pf_run *run = argument;
	await_gate();
	int r = take_over(run);

	pf_send_debug_message(run, PF_INIT, PF_COMMAND, PF_MESSAGE_HANDOVER);
	pf_send_debug_step(run, r);
	if (r == 0) {
		run->index++;
		r = pf_run_side(run, PF_SIDE_INIT);
	}
	pf_report_failed(run, r);
	return 1;
}

/* Returns the flags for the clone of the command's process. With CLONE_VFORK, init waits until the
 * command is executed. With CLONE_VM, the process shares init's memory, because a copy would take
 * as long as the execution. A process that changes its ids must not share the memory: with
 * fs.suid_dumpable=1, the new user can trace the process (proc(5)), and init may run as root. There
 * are no flags at all if init must drop capabilities: the command's process then waits for init,
 * because a command with CAP_SYS_PTRACE must never find an init with more capabilities. */
static int clone_flags(const struct pf_run *run)
{
	if (pf_plan_find(run->plan, PF_OP_bounding))
		return 0;
	return CLONE_VFORK | (pf_plan_find(run->plan, PF_OP_user) ? 0 : CLONE_VM);
}

/* Forks the command's process, on a stack of its own. */
int pf_op_fork(struct pf_run *run, const struct pf_op *op)
{
	static _Alignas(16) char stack[65536];
	int flags = clone_flags(run);
	int r = hand_over(run);

	(void)op;
	if (r < 0)
		return r;
	if (run->children >= 0)
		prctl(PR_SET_PDEATHSIG, 0); /* init outlives the monitor, to kill all descendants */
	/* Pflask in the container reads the limit of its parent, which may be pid 1. */
	pf_lower_open_files(run);
	pf_clear_inheritable(run);
	int is_ready = flags != 0 || pipe2(gate, O_CLOEXEC) == 0;
	pid_t pid =
		is_ready ? clone(become_command, stack + sizeof(stack), flags | SIGCHLD, run) : -1;
	if (pid < 0) {
		r = -errno;
		/* The command's process needs the report socket to report this error. */
		take_over(run);
		return r;
	}
	open_gate(run);
	close(KEPT_HANDOVER);
	pf_reap(run, pid);
}
