/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivers signals to the command (command_signals.h). */
#define _GNU_SOURCE
#include "command_signals.h"

#include <signal.h>

#include "common/clock.h"

/* The time that the set-up may still take after a signal has asked to end the container. */
#define SETUP_GRACE_USEC 1000000

void pf_kill_container(struct monitor *monitor)
{
	monitor->was_killed = 1;
	kill(monitor->run.outside.init_pid,
	     SIGKILL); /* the pid is not reused before the monitor waits for init */
	pf_cgroups_kill_frozen(&monitor->run.outside.cgroups);
}

/* Sends a signal to the command, or to init, which forwards the signal. In place of SIGSTOP, init
 * gets a SIGTSTP with the value SIGSTOP (sigqueue(3)), because SIGSTOP itself would stop init. */
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

/* Sets the time at which the container is killed, if the container has not ended by then. If an
 * earlier time is set, keeps the earlier time. */
static void set_deadline(struct monitor *monitor, int64_t msec, int signal)
{
	uint64_t deadline = pf_now_usec() + (uint64_t)msec * 1000;

	if (monitor->deadline && monitor->deadline <= deadline)
		return;
	monitor->deadline = deadline;
	monitor->deadline_signal = signal;
}

/* Sends a signal to the command. The kernel drops a signal for pid 1 that pid 1 does not handle
 * (pid_namespaces(7)). So the monitor kills such a pid 1 after a grace time. If the user has set no
 * time, the plan has the default. */
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

/* Sends a signal to the command, or keeps the signal until the command is executed. SIGKILL is sent
 * immediately. A signal that asks to end the container gives the set-up a grace time. After this
 * time, the monitor kills the set-up, because a file system or a descriptor of the host may block
 * the set-up. */
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
