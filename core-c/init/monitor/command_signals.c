/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivers signals to the command (command_signals.h). */
#define _GNU_SOURCE
#include "command_signals.h"

#include <signal.h>

#include "common/clock.h"

/* Time limit for the rest of the set-up after a signal that asks to end the container. */
#define SETUP_GRACE_USEC 1000000

void pf_kill_container(struct monitor *monitor)
{
	monitor->was_killed = 1;
	kill(monitor->run.outside.init_pid,
	     SIGKILL); /* the pid cannot be reused before the monitor reaps init */
	pf_cgroups_kill_frozen(&monitor->run.outside.cgroups);
}

/* Sends a signal to the command, or to init, which forwards it. SIGSTOP is sent to init as a
 * SIGTSTP with the value SIGSTOP (sigqueue(3)), because SIGSTOP itself would stop init. */
static void send_signal(const struct pf_run *run, int signal)
{
	if (!pf_plan_find(run->plan, PF_OP_fork))
		kill(pf_is_group_signal(signal) ? -run->outside.init_pid : run->outside.init_pid,
		     signal);
	else if (signal == SIGSTOP)
		sigqueue(run->outside.init_pid, SIGTSTP, (union sigval){.sival_int = SIGSTOP});
	else
		kill(run->outside.init_pid, signal);
}

/* Sets the deadline at which the container is killed. Keeps an earlier deadline. */
static void set_deadline(struct monitor *monitor, int64_t msec, int signal)
{
	uint64_t deadline = pf_now_usec() + (uint64_t)msec * 1000;

	if (monitor->deadline && monitor->deadline <= deadline)
		return;
	monitor->deadline = deadline;
	monitor->deadline_signal = signal;
}

/* Sends a signal to the command. If the command is pid 1 and does not handle the signal, the kernel
 * drops the signal (pid_namespaces(7)), so the monitor kills the command after a grace time. The
 * grace time comes from the plan. */
void pf_forward_signal(struct monitor *monitor, int signal)
{
	struct pf_run *run = &monitor->run;

	if (pf_is_replaced_signal(signal) && run->outside.kill_signal)
		signal = run->outside.kill_signal;
	if (run->outside.kill_msec >= 0 &&
	    (pf_is_end_signal(signal) || signal == run->outside.kill_signal))
		set_deadline(monitor, run->outside.kill_msec,
			     run->outside.spares_handler ? signal : 0);
	send_signal(run, signal);
	if (!run->outside.kill_signal && pf_plan_find(run->plan, PF_OP_terminal) &&
	    pf_is_hangup_needed(monitor->leader_pid, signal))
		send_signal(run, SIGHUP);
	if (pf_is_end_signal(signal) || signal == run->outside.kill_signal)
		send_signal(run, SIGCONT);
}

void pf_start_timeout(struct monitor *monitor)
{
	const int64_t msec = monitor->is_ready ? monitor->run.outside.timeout_msec
					       : monitor->run.outside.setup_msec;

	monitor->timeout = msec ? pf_now_usec() + (uint64_t)msec * 1000 : 0;
}

void pf_time_out(struct monitor *monitor)
{
	monitor->timeout = 0;
	if (monitor->has_status)
		return;
	monitor->has_timed_out = 1;
	pf_forward_signal(monitor, SIGTERM);
	monitor->deadline_signal = 0;
	set_deadline(monitor, monitor->run.outside.timeout_kill_msec, 0);
}

/* Sends a signal to the command. Before the command is executed, keeps the signal, but acts on two
 * kinds at once. SIGKILL kills the set-up. A signal that asks for the end gives the set-up a time
 * limit: a file system or a descriptor of the host may block the set-up. */
void pf_deliver_signal(struct monitor *monitor, int signal)
{
	if (signal < 1 || signal > 64)
		return;
	if (signal == SIGKILL) {
		pf_kill_container(monitor);
	} else if (monitor->is_ready) {
		pf_forward_signal(monitor, signal);
	} else {
		monitor->pending_signals = pf_add_signal(monitor->pending_signals, signal);
		if (!monitor->deadline && pf_is_end_signal(signal))
			monitor->deadline = pf_now_usec() + SETUP_GRACE_USEC;
	}
}
