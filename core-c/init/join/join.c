/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs in the joiner: joins a container, and executes the command of --exec there (join.h).
 * Processes of the container may be hostile, and can see the joiner from the first moment. So the
 * joiner is not dumpable until execve(2), and no other process can trace it or read its /proc/PID.
 * Its only descriptor of the host is the close-on-exec socket to the monitor (CVE-2016-9962,
 * CVE-2024-21626).
 */
#define _GNU_SOURCE
#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/close_fds.h"
#include "common/namespaces.h"
#include "common/proc_path.h"
#include "common/sys.h"
#include "init/base/await_monitor.h"
#include "init/base/ids.h"
#include "init/base/run_plan.h"
#include "init/monitor/op_cgroup.h"
#include "init/pid1/op_execve.h"
#include "init/pid1/op_user.h"
#include "init/root/op_device.h"
#include "op_account.h"

#define NEEDED_SEALS (F_SEAL_SHRINK | F_SEAL_WRITE)
#define KEPT_FDS 8

struct joiner {
	struct pf_run *run;
	int stdio[3], init_pidfd, root, plan_fd;
	int has_account;    /* the request asks for a user (operation `account`) */
	char *own_plan;     /* the container's plan */
	char *request_plan; /* the plan of the request */
	volatile pid_t *forked;
};

/* Lists pointers to the descriptors that the joiner needs. */
static void list_fds(struct joiner *joiner, int *ret[KEPT_FDS])
{
	ret[0] = &joiner->run->report_socket;
	ret[1] = &joiner->init_pidfd;
	ret[2] = &joiner->root;
	ret[3] = &joiner->plan_fd;
	ret[4] = &joiner->run->mark;
	for (int i = 0; i < 3; i++)
		ret[5 + i] = &joiner->stdio[i];
}

/* Moves the needed descriptors above 2, and closes all others. Puts copies of the socket on 0, 1
 * and 2, so that no later open(2) returns the number of a standard descriptor. Returns 0 or
 * -errno. */
static int close_other_fds(struct joiner *joiner)
{
	int *places[KEPT_FDS], kept[KEPT_FDS];

	list_fds(joiner, places);
	for (int i = 0; i < KEPT_FDS; i++) {
		kept[i] = *places[i] < 0 ? -1 : pf_dup(*places[i], 3);
		if (kept[i] < 0 && *places[i] >= 0)
			return kept[i];
		*places[i] = kept[i];
	}
	int r = pf_close_other_fds(0, kept, KEPT_FDS);
	if (r < 0)
		return r;
	for (int i = 0; i < 3; i++)
		if (dup3(joiner->run->report_socket, i, O_CLOEXEC) < 0)
			return -errno;
	return 0;
}

static int is_allowed(uint32_t code)
{
	switch (code) {
#define PF_OP(name, side, arguments, names, field, meaning)
#define PF_EXEC_OP(name, side, arguments, names, field, meaning) case PF_OP_##name:
#include "defs/ops.def"
		return 1;
	default:
		return 0;
	}
}

/* Maps the plan of the request. The memfd must be sealed, and the plan may have only the operations
 * that a request may have. Returns 0 or -errno. */
static int map_request(struct joiner *joiner)
{
	struct stat status;
	int seals = fcntl(joiner->plan_fd, F_GET_SEALS);

	if (seals < 0 || (seals & NEEDED_SEALS) != NEEDED_SEALS ||
	    fstat(joiner->plan_fd, &status) < 0 || status.st_size <= 0 ||
	    status.st_size > PF_PLAN_MAX)
		return -EBADMSG;
	size_t size = (size_t)status.st_size;
	joiner->request_plan =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, joiner->plan_fd, 0);
	if (joiner->request_plan == MAP_FAILED)
		return -errno;
	if (pf_plan_check(joiner->request_plan, size) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < pf_plan_count(joiner->request_plan); i++)
		if (!is_allowed(pf_plan_op(joiner->request_plan, i)->code))
			return -EBADMSG;
	joiner->has_account = pf_plan_find(joiner->request_plan, PF_OP_account) != NULL;
	return pf_plan_find(joiner->request_plan, PF_OP_exec) ||
			       pf_plan_find(joiner->request_plan, PF_OP_login)
		       ? 0
		       : -EBADMSG;
}

/* Joins the namespaces of init. Skips a namespace that the process is already in, because the
 * process may lack the privilege to join it again. Returns 0 or -errno. */
static int join_namespaces(const struct joiner *joiner)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < PF_NS_COUNT; i++) {
		char ours[PF_PROC_PATH], theirs[PF_PROC_PATH];
		struct stat a, b;
		pf_proc_path(0, pf_namespaces[i].path, ours);
		pf_proc_path(joiner->run->outside.init_pid, pf_namespaces[i].path, theirs);
		if (stat(ours, &a) < 0 || stat(theirs, &b) < 0)
			return -errno;
		if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
			flags |= pf_namespaces[i].flag;
	}
	return flags && setns(joiner->init_pidfd, (int)flags) < 0 ? -errno : 0;
}

/* Opens init's root directory if the container has no mount namespace. Init may have entered a root
 * directory by chroot(2), and joining namespaces does not change the root directory. Returns 0 or
 * -errno. */
static int open_root(struct joiner *joiner)
{
	if (joiner->run->outside.namespaces & CLONE_NEWNS)
		return 0;
	joiner->root = pf_proc_open(joiner->run->outside.init_pid, "root", O_PATH | O_DIRECTORY);
	return joiner->root < 0 ? joiner->root : 0;
}

static int enter_root(struct joiner *joiner)
{
	if (joiner->root < 0)
		return 0;
	if (fchdir(joiner->root) < 0 || chroot(".") < 0)
		return -errno;
	close(pf_steal_fd(&joiner->root));
	return 0;
}

/* Opens the command's terminal before the process enters the root directory. Uses the container's
 * devpts, or the host's devpts if the container has no mount namespace. Returns 0 or -errno. */
static int open_terminal(const struct joiner *joiner)
{
	const struct pf_op *op = pf_plan_find(joiner->request_plan, PF_OP_terminal);
	struct pf_run *run = joiner->run;
	int is_own = (run->outside.namespaces & CLONE_NEWNS) != 0;

	if (!op)
		return 0;
	run->inside.root = pf_open("/", O_PATH | O_DIRECTORY);
	if (run->inside.root < 0)
		return run->inside.root;
	int r = pf_open_pty(run, is_own ? "/dev/pts/ptmx" : "/dev/ptmx", op->arg[1], op->arg[2]);
	close(pf_steal_fd(&run->inside.root));
	return r;
}

/* Executes the operation of the request that has this code. Returns 0 or -errno, or 1 if the
 * request has no such operation. */
static int run_requested_op(struct joiner *joiner, enum pf_op_code code)
{
	struct pf_run *run = joiner->run;

	for (uint32_t i = 0; i < pf_plan_count(joiner->request_plan); i++) {
		const struct pf_op *op = pf_plan_op(joiner->request_plan, i);
		if (op->code != code)
			continue;
		run->index = (int32_t)i;
		run->plan = joiner->request_plan;
		int r = pf_run_op(run, op);
		run->plan = joiner->own_plan;
		return r;
	}
	return 1;
}

/* Looks up the user of the request in the root directory of the container. The look-up needs a
 * descriptor of the host's /proc. The function closes this descriptor before the ids change: with
 * fs.suid_dumpable=1, the container can trace the process for a moment after the change. Returns 0
 * or -errno. */
static int run_account_op(struct joiner *joiner)
{
	struct pf_run *run = joiner->run;

	if (!joiner->has_account)
		return 0;
	run->inside.root =
		joiner->root < 0 ? pf_open("/", O_PATH | O_DIRECTORY) : pf_dup(joiner->root, 3);
	if (run->inside.root < 0)
		return run->inside.root;
	int r = run_requested_op(joiner, PF_OP_account);
	close(pf_steal_fd(&run->inside.root));
	return r;
}

/* Executes an operation of the container's plan. The client does not have this plan, so a failure
 * is reported with an index that encodes the operation code (message_check.c). */
static int run_own_op(struct joiner *joiner, const struct pf_op *op)
{
	joiner->run->index = -2 - (int32_t)op->code;
	return pf_run_op(joiner->run, op);
}

/* Sets the environment: first the variables of the container, then those of the user, then those of
 * the request. A later variable replaces an earlier variable of the same name. */
static int merge_environment(struct joiner *joiner, const struct pf_op *op)
{
	struct pf_run *run = joiner->run;
	int r = run_own_op(joiner, op);

	if (r == 0 && joiner->has_account)
		r = pf_add_variables(run, pf_account_environment());
	char **own = run->inside.environ;
	if (r == 0)
		r = run_requested_op(joiner, PF_OP_environ);
	if (r != 0)
		return r < 0 ? r : 0;
	char **added = run->inside.environ;
	run->inside.environ = own;
	return pf_add_variables(run, added);
}

/* If the container's plan has no operation `user`, makes the process run as the user of the
 * request: without this operation, the container's command has the ids of init. Called after the
 * operation `umask`, at the point where a plan has the operation `user`. Also makes a new session
 * keyring for the new user. */
static int become_user(struct joiner *joiner)
{
	const struct pf_op keyring = {.code = PF_OP_keyring};
	int r = 0;

	if (!joiner->has_account || pf_plan_find(joiner->own_plan, PF_OP_user))
		return 0;
	r = pf_account_become(joiner->run);
	return r < 0 ? r : run_own_op(joiner, &keyring);
}

/* Sets the standard descriptors of the command. The request says whether this command gets a
 * terminal. So the operation `stdio` of the plan, which says the same of the container's own
 * command, is not used. */
static int set_stdio(struct joiner *joiner)
{
	int r = run_requested_op(joiner, PF_OP_stdio);
	int guarded = r == 0 ? run_requested_op(joiner, PF_OP_guard_input) : 0;

	return guarded < 0 ? guarded : r;
}

/* Installs the container's seccomp filter, which requires CAP_SYS_ADMIN or no_new_privs. Sets
 * no_new_privs first if the request asks for a user, because the user may lack the capability. */
static int set_filter(struct joiner *joiner, const struct pf_op *op)
{
	const struct pf_op no_new_privs = {.code = PF_OP_no_new_privs};
	int r = joiner->has_account ? run_own_op(joiner, &no_new_privs) : 0;

	return r < 0 ? r : run_own_op(joiner, op);
}

static int run_op(struct joiner *joiner, const struct pf_op *op)
{
	switch (op->code) {
	case PF_OP_user:
		return joiner->has_account ? pf_account_become(joiner->run)
					   : run_own_op(joiner, op);
	case PF_OP_umask: {
		int r = run_own_op(joiner, op);
		return r < 0 ? r : become_user(joiner);
	}
	case PF_OP_environ:
		return merge_environment(joiner, op);
	case PF_OP_shells:
		if (!joiner->has_account)
			return run_own_op(joiner, op);
		joiner->run->inside.shells = pf_account_shells();
		return 0;
	case PF_OP_stdio:
		return set_stdio(joiner);
	case PF_OP_guard_input:
		return 0;
	case PF_OP_session:
		return run_requested_op(joiner, (enum pf_op_code)op->code);
	case PF_OP_seccomp:
		return set_filter(joiner, op);
	case PF_OP_exec:
	case PF_OP_login: {
		int r = run_requested_op(joiner, PF_OP_exec);
		return r == 1 ? run_requested_op(joiner, PF_OP_login) : r;
	}
	case PF_OP_chdir:
	case PF_OP_chdir_first: {
		int r = run_requested_op(joiner, PF_OP_chdir);
		return r == 1 ? run_own_op(joiner, op) : r;
	}
	default:
		return run_own_op(joiner, op);
	}
}

/* Executes the operations of the container's plan from `session` on. Forbids tracing again after
 * each operation, because each may change ids and thereby allow tracing. Returns only on failure,
 * with -errno. */
static int run_plans(struct joiner *joiner)
{
	const void *plan = joiner->own_plan;
	uint32_t i = 0, count = pf_plan_count(plan);

	while (i < count && pf_plan_op(plan, i)->code != PF_OP_session)
		i++;
	for (; i < count; i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		int r = run_op(joiner, op);
		if (r != 0)
			return r < 0 ? r : -EBADMSG;
		if (op->code != PF_OP_seccomp) /* after `seccomp`, the filter may refuse prctl(2) */
			pf_forbid_tracing();
	}
	return -EBADMSG; /* the last operation of every plan executes the command */
}

static int prepare(struct joiner *joiner)
{
	struct pf_run *run = joiner->run;
	int r = pf_cgroup_enter(&run->outside.cgroups, 0);

	if (r == 0)
		r = open_root(joiner);
	if (r == 0)
		r = close_other_fds(joiner);
	if (r == 0)
		r = map_request(joiner);
	if (r == 0 && joiner->has_account)
		r = pf_account_prepare();
	if (r < 0)
		return r;
	close(pf_steal_fd(&joiner->plan_fd));
	for (int i = 0; i < 3; i++)
		run->inside.stdio[i] = joiner->stdio[i];
	/* The report socket hangs up when the monitor closes its end, so it also serves as the
	 * monitor's socket. */
	run->monitor_socket = run->report_socket;
	return setrlimit(RLIMIT_NOFILE, &run->open_files) < 0 ? -errno : 0;
}

/* Joins the container's namespaces, except the pid namespace: outside, the process is invisible to
 * the container. Returns 0 or -errno. */
static int join(struct joiner *joiner)
{
	const struct pf_op *setid = pf_plan_find(joiner->own_plan, PF_OP_setid);
	int r = join_namespaces(joiner);

	close(pf_steal_fd(&joiner->init_pidfd));
	if (r == 0)
		r = run_account_op(joiner);
	if (r == 0 && setid)
		r = pf_change_ids((uid_t)setid->arg[0], (gid_t)setid->arg[1]);
	pf_forbid_tracing();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (r == 0)
		r = open_terminal(joiner);
	if (r == 0)
		r = enter_root(joiner);
	return r;
}

/* Tells the monitor that the process is about to fork, and waits for the answer. From then on, the
 * monitor trusts no message. Ends the process if the monitor is gone. Returns 0 or -errno. */
static int ask_to_fork(const struct pf_run *run)
{
	struct pf_message message;
	struct pf_received got;

	pf_message_init(&message, PF_MESSAGE_FORK);
	int r = pf_send(run->report_socket, &message, NULL, 0);
	if (r < 0)
		return r;
	if (pf_receive(run->report_socket, 0, &got) != 1 || got.message.type != PF_MESSAGE_GO)
		_exit(1);
	return 0;
}

/* Forks the command's process, because only a child enters the pid namespace. With CLONE_PARENT,
 * the child is a child of the monitor. The container can kill or stop the joiner and the child at
 * any moment, so neither tells the monitor the pid of the child: the kernel writes the pid into
 * memory that the joiner shares with the monitor, before the child runs. The child does not inherit
 * this memory, because the container may be able to trace the child. Returns in the child. */
static int fork_command(const struct joiner *joiner)
{
	struct clone_args args = {.flags = CLONE_PARENT | CLONE_PARENT_SETTID,
				  .parent_tid = (uintptr_t)joiner->forked};
	int r = ask_to_fork(joiner->run);

	if (r < 0)
		return r;
	if (madvise((void *)joiner->forked, sizeof(*joiner->forked), MADV_DONTFORK) < 0)
		return -errno;
	int pid = pf_clone3(&args);
	if (pid < 0)
		return pid;
	if (pid > 0)
		_exit(0);
	pf_die_with_parent(joiner->run);
	return 0;
}

_Noreturn void pf_join(struct pf_run *run, const struct pf_join *from)
{
	const struct pf_op keyring = {.code = PF_OP_keyring};
	struct joiner joiner = {.run = run,
				.init_pidfd = run->outside.init_pidfd,
				.root = -1,
				.plan_fd = from->plan,
				.own_plan = run->plan,
				.forked = from->forked};

	/* After pf_forbid_tracing(), the files in /proc/self belong to root, so only root can write
	 * the score then. Any other user writes the score first: the container of such a user
	 * always has a user namespace, from which no process can trace this process. */
	int is_root = geteuid() == 0, r = is_root ? 0 : pf_keep_oom_score(run);
	pf_forbid_tracing();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "pf-exec");
	if (is_root)
		r = pf_keep_oom_score(run);
	memcpy(joiner.stdio, from->stdio, sizeof(joiner.stdio));
	run->report_socket = from->report;
	run->mark = from->mark;
	run->index = -1;
	if (r == 0)
		r = prepare(&joiner);
	if (r == 0)
		r = join(&joiner);
	if (r == 0)
		r = fork_command(&joiner);
	if (r == 0)
		r = run_own_op(&joiner, &keyring); /* replaces the session keyring of the monitor */
	if (r == 0)
		r = run_plans(&joiner);
	pf_report_failed(run, r);
	_exit(1);
}
