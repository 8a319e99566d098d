/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs init: pid 1 of the container, or the subreaper of a container without a pid namespace. */
#define _GNU_SOURCE
#include "pid1.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/signals.h"
#include "common/sys.h"
#include "init/base/await_monitor.h"
#include "init/base/descendants.h"
#include "init/base/process_name.h"
#include "init/base/run_plan.h"
#include "init/root/path.h"

/* The descriptors of init after the fork, by number. op_fork.c has closed all others. */
enum { REAPER_CONTROL, REAPER_CHILDREN };

/* Closes the monitor's descriptors in init: a copy of a socket would hide the monitor's death.
 * Keeps 0, 1 and 2 open, so that no later open(2) returns the number of a standard descriptor. */
static void leave_monitor(struct pf_run *run)
{
	close(run->outside.caller_pidfd);
	close(run->outside.parent_pidfd);
	close(run->outside.report_socket);
	close(run->outside.init_socket);
	if (run->outside.detached.listener >= 0) {
		close(run->outside.detached.pid_fd);
		close(run->outside.detached.pid_directory);
		close(run->outside.detached.listener);
		close(run->outside.detached.signals);
	}
	for (int i = 0; i < 3; i++)
		dup3(run->monitor_socket, i, O_CLOEXEC);
	close(run->outside.caller_socket);
	if (run->outside.bell >= 0)
		close(run->outside.bell);
	if (run->debug)
		run->debug = &run->report_socket;
}

_Noreturn void pf_init_main(struct pf_run *run)
{
	pf_die_with_parent(run);
	pf_set_process_name(run, "pf-init");
	leave_monitor(run);
	run->children = -1;
	int root = pf_open("/", O_PATH | O_DIRECTORY);
	int r = root < 0 ? root : pf_set_root(run, root);
	if (r == 0)
		r = pf_run_side(run, PF_SIDE_INIT);
	pf_report_failed(run, r);
	_exit(1);
}

/* Forwards a signal that init has received to the command. A SIGTSTP with the value SIGSTOP becomes
 * SIGSTOP (command_signals.c). */
static void forward(pid_t command, const struct signalfd_siginfo *info)
{
	int is_stop = info->ssi_signo == SIGTSTP && info->ssi_code == SI_QUEUE &&
		      info->ssi_int == SIGSTOP;
	int signal = is_stop ? SIGSTOP : (int)info->ssi_signo;

	kill(pf_is_group_signal(signal) ? -command : command, signal);
}

static void report_status(int status)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_STATUS);
	message.body.status.status = status;
	pf_send(REAPER_CONTROL, &message, NULL, 0);
}

/* Reaps all processes that have ended. If the command has ended, the container ends: init kills all
 * descendants, and exits. Init, and not only the monitor, kills the descendants, because the
 * command may have ended by the death of the monitor: the pty master then closes, and the kernel
 * sends SIGHUP to the command. */
static void reap(const struct pf_run *run, pid_t command)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == command) {
			report_status(status);
			pf_kill_descendants(run);
			_exit(0);
		}
	}
}

static void on_signal(const struct pf_run *run, int signals, pid_t command)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(run, command);
	else
		forward(command, &info);
}

_Noreturn void pf_reap(struct pf_run *run, pid_t command)
{
	sigset_t all;

	sigfillset(&all);
	struct pollfd fds[] = {{.fd = signalfd(-1, &all, SFD_CLOEXEC), .events = POLLIN},
			       {.fd = REAPER_CONTROL, .events = 0}};

	if (run->children >= 0)
		/* With CLONE_VM, the command's process may have changed this variable. */
		run->children = REAPER_CHILDREN;
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents & (POLLHUP | POLLERR)) {
			pf_kill_descendants(run);
			_exit(1); /* the monitor has ended; the pid namespace ends with init */
		}
		if (fds[0].revents & POLLIN)
			on_signal(run, fds[0].fd, command);
	}
}
