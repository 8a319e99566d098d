/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry point of pflask-init. libpflask starts this program as `pflask monitor`, with one end of
 * the caller's socket as descriptor 0, and with all signals blocked. The program is static, has one
 * thread, and uses neither malloc nor stdio. All its input comes with the first message.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/protocol/directory_lock.h"
#include "common/sys.h"
#include "init/base/debug.h"
#include "init/base/run_plan.h"
#include "init/root/op_take.h"
#include "loop.h"

#define STACK_SIZE (256 * 1024)
#define GUARD_SIZE (16 * 1024)

/* Moves the caller's socket away from descriptor 0. Puts copies of the socket on 0, 1 and 2, so
 * that no later open(2) returns the number of a standard descriptor. */
static int arrange_descriptors(struct monitor *monitor)
{
	pf_close_range(1, ~0u);
	if (dup3(0, 1, O_CLOEXEC) < 0 || dup3(0, 2, O_CLOEXEC) < 0)
		return -errno;
	fcntl(0, F_SETFD, FD_CLOEXEC);
	monitor->run.outside.caller_socket = pf_dup(0, 3);
	return monitor->run.outside.caller_socket < 0 ? monitor->run.outside.caller_socket : 0;
}

/* Resets all signals to the default action, because the caller may ignore signals. Does not use
 * sigaction() of musl, which refuses the signals that musl itself uses. */
static void reset_signals(void)
{
	/* The struct sigaction of the kernel, with SIG_DFL in all members. */
	static const unsigned long standard[4];

	for (int number = 1; number <= 64; number++)
		syscall(SYS_rt_sigaction, number, standard, NULL, 8);
}

extern char __bss_start[], end[]; /* places of the program in memory, from ld(1) */

/* Asks the kernel for small pages in the program's large arrays, of which a start uses only a few
 * pages. With /sys/kernel/mm/transparent_hugepage/enabled set to `always`, as in Debian, init would
 * otherwise get a page of 2 MiB, which the kernel must also clear. */
static void use_small_pages(void)
{
	char *start = (char *)(((uintptr_t)__bss_start | 0xffff) + 1);

	madvise(start, (size_t)(end - start), MADV_NOHUGEPAGE);
}

static int map_plan(struct monitor *monitor, int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size <= 0 || status.st_size > PF_PLAN_MAX)
		return -EINVAL;
	size_t size = (size_t)status.st_size;
	/* An address near the program uses page tables that already exist. */
	void *place = (void *)(((uintptr_t)end | 0xffff) + 1);
	void *plan = mmap(place, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (plan == MAP_FAILED)
		return -errno;
	monitor->run.plan = plan;
	return pf_plan_check(plan, size);
}

struct fds {
	const int *next, *end;
};

/* Replaces a descriptor number in the plan: the caller's number becomes the number of the received
 * copy. */
static int take_fd(uint64_t *argument, void *context)
{
	struct fds *fds = context;

	if (fds->next == fds->end)
		return -EBADMSG;
	*argument = (uint64_t)*fds->next++;
	return 0;
}

static int receive_start(struct monitor *monitor)
{
	struct pf_received got;
	int r = pf_receive(monitor->run.outside.caller_socket, 0, &got);

	if (r <= 0)
		return r < 0 ? r : -EPIPE;
	if (got.message.type != PF_MESSAGE_START || got.fd_count < 2)
		return -EBADMSG;
	if (got.message.body.start.is_debugged)
		monitor->run.debug = &monitor->run.outside.caller_socket;
	monitor->run.inside.is_background = got.message.body.start.is_background != 0;
	monitor->run.mark = got.fds[1];
	size_t next = 2;
	if (got.message.body.start.has_bell && next < got.fd_count)
		monitor->run.outside.bell = got.fds[next++];
	for (int i = 0; i < 3; i++)
		if (got.message.body.start.stdio & (1u << i) && next < got.fd_count)
			monitor->run.inside.stdio[i] = got.fds[next++];
	r = map_plan(monitor, got.fds[0]);
	close(got.fds[0]);
	struct fds rest = {got.fds + next, got.fds + got.fd_count};
	return r < 0 ? r : pf_plan_each_fd(monitor->run.plan, take_fd, &rest);
}

/* Opens a pidfd of the caller. The socket alone does not show that the caller has died, because a
 * forked child of the caller may hold the other end. Fails if the caller, the monitor's parent, is
 * already dead. */
static int watch_caller(struct monitor *monitor)
{
	struct ucred caller;
	socklen_t length = sizeof(caller);

	if (getsockopt(monitor->run.outside.caller_socket, SOL_SOCKET, SO_PEERCRED, &caller,
		       &length) < 0)
		return -errno;
	monitor->run.outside.caller_pid = caller.pid;
	monitor->run.outside.caller_pidfd = pf_pidfd_open(caller.pid);
	if (monitor->run.outside.caller_pidfd < 0)
		return monitor->run.outside.caller_pidfd;
	return getppid() == caller.pid ? 0 : -ESRCH;
}

static int open_sockets(struct monitor *monitor)
{
	int pair[2], on = 1;
	int r = pf_socketpair(pair);

	if (r < 0)
		return r;
	monitor->run.outside.report_socket = pair[0];
	monitor->run.report_socket = pair[1];
	if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	r = pf_socketpair(pair);
	if (r < 0)
		return r;
	pf_refuse_fds(pair[0], 1); /* root of the container can write to the other end */
	monitor->run.outside.init_socket = pair[0];
	monitor->run.monitor_socket = pair[1];
	return 0;
}

/* Closes a descriptor of the plan if only init needs it, such as the source of a file. */
static int close_unless_needed(uint64_t *argument, void *context)
{
	const struct pf_run *run = context;
	int fd = (int)*argument;

	if (fd != run->outside.changes_list_fd && fd != run->outside.changes_copy_fd &&
	    fd != run->outside.detached.pid_directory && fd != run->outside.detached.log.fd &&
	    fd != run->outside.parent_pidfd)
		close(fd);
	return 0;
}

/* Leaves the current directory, and closes the descriptors that only init needs. With the command's
 * output open, the monitor would keep the reader of the output waiting. With a directory open, the
 * monitor would keep its file system from being unmounted. */
static void leave_init(struct monitor *monitor)
{
	if (chdir("/") < 0)
		_exit(125); /* chdir("/") cannot fail */
	const int standard[] = {0, 1, 2};
	int is_taken = pf_take_turn(standard, 3) | pf_take_turn(monitor->run.inside.stdio, 3);
	for (int i = 0; i < 3; i++) {
		if (monitor->run.inside.stdio[i] >= 0)
			close(monitor->run.inside.stdio[i]);
		close(i);
	}
	pf_plan_each_fd(monitor->run.plan, close_unless_needed, &monitor->run);
	if (is_taken)
		pf_take_again();
	close(monitor->run.report_socket);
	close(monitor->run.monitor_socket);
	pf_drop_fd(&monitor->run.mark);
}

/* If init waits for its id maps, its network interfaces or machined, tells init to continue
 * (GO). */
static int release_init(const struct monitor *monitor)
{
	struct pf_message message;

	if (!pf_plan_find(monitor->run.plan, PF_OP_setid) &&
	    !pf_plan_find(monitor->run.plan, PF_OP_await))
		return 0;
	pf_message_init(&message, PF_MESSAGE_GO);
	pf_send_debug_message(&monitor->run, PF_MONITOR, PF_INIT, PF_MESSAGE_GO);
	return pf_send(monitor->run.outside.init_socket, &message, NULL, 0);
}

static _Noreturn void give_up(struct monitor *monitor, int error)
{
	pf_monitor_fail(monitor, error);
	_exit(125);
}

/* Raises the soft limit on open files, because a plan may open more files than the caller's limit
 * allows, for example one for each mount. The command gets its limit from the plan, or else the
 * caller's limit. */
static void raise_open_files(struct pf_run *run)
{
	getrlimit(RLIMIT_NOFILE, &run->open_files);
	const struct rlimit raised = {run->open_files.rlim_max, run->open_files.rlim_max};
	setrlimit(RLIMIT_NOFILE, &raised);
}

static int run(void *context)
{
	struct monitor *monitor = context;
	raise_open_files(&monitor->run);
	int r = open_sockets(monitor);

	if (r == 0) {
		monitor->run.index = 0;
		r = pf_run_side(&monitor->run, PF_SIDE_MONITOR);
	}
	if (r == 0)
		r = release_init(monitor);
	if (r < 0)
		give_up(monitor, r);
	leave_init(monitor);
	pf_monitor_loop(monitor);
	_exit(0);
}

/* Runs the monitor of a detached container in a child, and ends the parent immediately, so that the
 * monitor is never a zombie of the caller. The child shares the parent's memory (CLONE_VM), because
 * a copy would take 14 % of the time of a start. Returns only on failure, with -errno. */
static int run_detached(struct monitor *monitor)
{
	char *stack = mmap(NULL, STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED ||
	    mprotect(stack + GUARD_SIZE, STACK_SIZE - GUARD_SIZE, PROT_READ | PROT_WRITE) < 0)
		return -errno;
	if (clone(run, stack + STACK_SIZE, CLONE_VM | SIGCHLD, monitor) < 0)
		return -errno;
	_exit(0);
}

int main(int argc, char **argv)
{
	/* Most starts use only the first two kilobytes of this state. The alignment puts them into
	 * one page, together with the variables of start.c. */
	static _Alignas(256) struct monitor monitor;

	use_small_pages();
	pf_monitor_init(&monitor);
	prctl(PR_SET_NAME, PF_MONITOR_NAME);
	/* SIGCONT at the death of the caller: a stopped monitor then continues, and notices the
	 * death. */
	prctl(PR_SET_PDEATHSIG, SIGCONT);
	umask(0);
	reset_signals();
	/* In a session of its own, the monitor gets no signals of the terminal; the caller forwards
	 * them. */
	setsid();
	if (argc < 2 || arrange_descriptors(&monitor) < 0)
		_exit(125);
	monitor.run.title = argv[0];
	monitor.run.title_size = (size_t)(argv[1] - argv[0]) + strlen(argv[1]) + 1;
	monitor.run.index = -1;
	int r = receive_start(&monitor);
	if (r == 0)
		r = watch_caller(&monitor);
	if (r == 0)
		r = pf_plan_find(monitor.run.plan, PF_OP_control) ? run_detached(&monitor)
								  : run(&monitor);
	give_up(&monitor, r);
}
