/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the monitor, the parent process of a container from start to end. The monitor executes the
 * operations outside the container, reports to the caller, forwards signals, and cleans up. The
 * monitor's loop ends only when init has ended.
 */
#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/protocol/message_check.h"
#include "init/base/caller.h"
#include "init/base/child_process.h"
#include "init/base/debug.h"
#include "init/base/descendants.h"
#include "init/base/poll_fds.h"
#include "init/monitor/cgroup_usage.h"
#include "init/monitor/changes_child.h"
#include "init/monitor/command_signals.h"
#include "init/monitor/exit_report.h"
#include "init/monitor/handled_signals.h"
#include "init/monitor/op_control.h"
#include "init/monitor/op_scope.h"
#include "init/monitor/op_trial.h"
#include "init/net/links.h"
#include "init/net/op_pasta.h"
#include "init/root/mount_point_maker.h"
#include "init/serve/client_command.h"
#include "init/serve/client_terminal.h"
#include "init/serve/clients.h"
#include "init/serve/kept_end.h"

#define REAPER_GRACE_USEC 1000000 /* time limit for init to kill the descendants of the command */
#define MAKER_GRACE_MSEC 10000    /* time limit for the maker to remove mount points */

enum {
	WATCH_REPORT,
	WATCH_STATUS,
	WATCH_INIT,
	WATCH_CALLER,
	WATCH_CALLER_DEATH,
	WATCH_BELL,
	WATCH_PARENT_DEATH,
	WATCH_COUNT
};

/* Kills the container, because the caller or the caller's parent is gone. */
static void abandon(struct monitor *monitor)
{
	if (monitor->run.children < 0 || !monitor->is_ready ||
	    monitor->run.outside.init_socket < 0) {
		pf_kill_container(monitor);
		return;
	}
	/* Without a pid namespace, closes init's socket: init then kills all descendants, and ends.
	 * The monitor does not kill init immediately. If the monitor were then killed, too, no
	 * process would kill the remaining descendants. */
	pf_drop_fd(&monitor->run.outside.init_socket);
	monitor->was_killed = 1;
	monitor->deadline = pf_now_usec() + REAPER_GRACE_USEC;
	monitor->deadline_signal = SIGKILL; /* no process can catch SIGKILL */
}

/* Handles the loss of the caller. A detached container that already runs continues. Any other
 * container is killed. */
static void lose_caller(struct monitor *monitor)
{
	pf_drop_fd(&monitor->run.outside.caller_socket);
	pf_drop_fd(&monitor->run.outside.caller_pidfd);
	pf_drop_fd(&monitor->run.outside.bell);
	if (!pf_is_detached(monitor) || !monitor->is_ready)
		abandon(monitor);
}

static void lose_parent(struct monitor *monitor)
{
	pf_drop_fd(&monitor->run.outside.parent_pidfd);
	abandon(monitor);
}

static void on_caller(struct monitor *monitor)
{
	struct pf_received got;
	int r = pf_receive_from_caller(&monitor->run, &got);

	if (r == -EAGAIN || r == -EMFILE)
		return;
	if (r == 1)
		pf_send_debug_message(&monitor->run, PF_CALLER, PF_MONITOR, got.message.type);
	if (r == 1 && got.message.type == PF_MESSAGE_SIGNAL)
		pf_deliver_signal(monitor, got.message.body.signal.number);
	else if (r == 1 && got.message.type == PF_MESSAGE_CLIENT && monitor->is_ready)
		pf_serve_own_client(monitor, &got);
	else if (r == 1 && got.message.type == PF_MESSAGE_RESIZE && pf_is_detached(monitor))
		pf_pty_resize(monitor, got.message.body.resize.rows, got.message.body.resize.cols,
			      0);
	else
		lose_caller(monitor);
	if (r == 1)
		pf_close_received(&got, 0);
}

static void send_ready(struct monitor *monitor)
{
	struct pf_message message;
	int fds[2] = {monitor->run.outside.init_pidfd, monitor->pty_master};
	int has_master = monitor->pty_master >= 0 && !pf_is_detached(monitor);

	if (pf_is_detached(monitor))
		monitor->started_real_usec = pf_real_usec();
	monitor->run.debug = NULL;
	pf_message_init(&message, PF_MESSAGE_READY);
	message.body.ready.monitor_pid = getpid();
	message.body.ready.init_pid = monitor->run.outside.init_pid;
	message.body.ready.leader_pid = monitor->leader_pid;
	message.body.ready.keyring_errno = monitor->keyring_errno;
	message.body.ready.namespaces = (uint32_t)monitor->run.outside.namespaces;
	pf_tell_caller(&monitor->run, &message, fds, has_master ? 2 : 1);
	if (!pf_is_detached(monitor))
		pf_drop_fd(&monitor->pty_master);
	monitor->is_ready = 1;
	monitor->deadline = 0;
	pf_start_timeout(monitor);
	for (int signal; (signal = pf_take_signal(&monitor->pending_signals)) > 0;)
		pf_forward_signal(monitor, signal);
}

static void fail(struct monitor *monitor, const struct pf_failed *failed)
{
	if (!monitor->has_failed) {
		monitor->failed = *failed;
		monitor->has_failed = 1;
	}
	pf_kill_container(monitor);
}

static void fail_at(struct monitor *monitor, int32_t index, int error)
{
	const struct pf_failed failed = {.index = index, .number = -error};

	fail(monitor, &failed);
}

static void announce(struct monitor *monitor)
{
	int r = pf_pid_file_write(&monitor->run);

	if (r < 0) {
		fail_at(monitor, monitor->run.outside.detached.pid_index, r);
		return;
	}
	if (pf_is_detached(monitor))
		pf_end_forget(&monitor->run);
	send_ready(monitor);
}

/* Handles the end of file on the report socket of init. After init has announced execve(2), the end
 * means that execve(2) has succeeded. Otherwise, init has died during the set-up. */
static void on_report_end(struct monitor *monitor)
{
	pf_drop_fd(&monitor->run.outside.report_socket);
	if (monitor->leader_pid == 0)
		fail_at(monitor, -1, -ECHILD);
	else if (!monitor->has_failed)
		announce(monitor);
}

/* Receives the pty master from init. The message can be trusted, because the command does not run
 * yet. */
static void take_terminal(struct monitor *monitor, int master)
{
	pf_drop_fd(&monitor->pty_master);
	if (pf_is_detached(monitor))
		pf_serve_terminal(monitor, master);
	else
		monitor->pty_master = master;
}

/* Handles a message of the set-up. Refuses a message that init has not sent: the process that
 * becomes the command holds the same socket, and with fs.suid_dumpable=1, the command's user can
 * trace that process for a moment. Returns 0 or -errno. */
static int take_set_up(struct monitor *monitor, struct pf_received *got)
{
	struct pf_run *run = &monitor->run;

	if (got->sender != run->outside.init_pid)
		return -EBADMSG;
	switch (got->message.type) {
	case PF_MESSAGE_MAKER:
		return run->outside.maker_pid == 0 ? pf_start_mount_point_maker(run) : -EBADMSG;
	case PF_MESSAGE_USED:
		return pf_store_used_mount_points(monitor, got);
	case PF_MESSAGE_LAYERED:
		return pf_store_overlay(monitor, got);
	case PF_MESSAGE_TERMINAL:
		if (got->fd_count != 1)
			return -EBADMSG;
		take_terminal(monitor, got->fds[0]);
		return 0;
	default:
		return -EBADMSG;
	}
}

static void on_report(struct monitor *monitor)
{
	const struct pf_run *run = &monitor->run;
	struct pf_received got;
	int r;

	while ((r = pf_receive(run->outside.report_socket, MSG_DONTWAIT, &got)) == 1) {
		const struct pf_message *message = &got.message;
		if (pf_pass_on_debug(run, message)) {
			pf_close_received(&got, 0);
			continue;
		}
		pf_send_debug_message(run,
				      got.sender == run->outside.init_pid ? PF_INIT : PF_COMMAND,
				      PF_MONITOR, message->type);
		if (message->type == PF_MESSAGE_FAILED) {
			fail(monitor, &message->body.failed);
		} else if (message->type == PF_MESSAGE_SKIPPED) {
			monitor->keyring_errno = message->body.skipped.number;
		} else if (message->type == PF_MESSAGE_EXEC) {
			monitor->leader_pid = got.sender;
		} else if ((r = take_set_up(monitor, &got)) < 0) {
			pf_close_received(&got, 0);
			fail_at(monitor, -1, r);
		}
	}
	if (r == 0)
		on_report_end(monitor);
	else if (r != -EAGAIN)
		fail_at(monitor, -1, r);
}

/* Receives the status of the command from init. Root of the container can trace init, so this
 * message may be hostile. The monitor reads only one message, because a flood of messages must not
 * keep the monitor busy. The socket refuses descriptors (pf_refuse_fds()), because close(2) of a
 * hostile descriptor can block. A command that is pid 1 sends no message. */
static void on_status(struct monitor *monitor)
{
	struct pf_message message;
	const ssize_t size = offsetof(struct pf_message, body) + sizeof(message.body.status);
	ssize_t n = recv(monitor->run.outside.init_socket, &message, sizeof(message), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n == size && message.type == PF_MESSAGE_STATUS && pf_message_is_sound(&message)) {
		monitor->status = message.body.status.status;
		monitor->has_status = 1;
		/* Without a pid namespace, finish() deletes the interfaces after it has killed all
		 * processes. */
		if (monitor->run.outside.namespaces & CLONE_NEWPID)
			pf_delete_links(&monitor->run);
	}
	pf_drop_fd(&monitor->run.outside.init_socket);
}

static void tell_end(const struct monitor *monitor, const struct pflask_exit *ended)
{
	struct pf_message message;

	pf_message_init(&message, monitor->has_failed ? PF_MESSAGE_FAILED : PF_MESSAGE_EXITED);
	if (monitor->has_failed)
		message.body.failed = monitor->failed;
	else
		message.body.exited = *ended;
	pf_tell_caller(&monitor->run, &message, NULL, 0);
}

/* Unlocks the mount points, and waits until the maker has removed its mount points. Unlocks
 * explicitly: close(2) does not unlock while a child has copies of the descriptors (flock(2)). */
static void release_mount_points(struct monitor *monitor)
{
	int status;

	for (size_t i = 0; i < monitor->used_mount_point_count; i++) {
		flock(monitor->used_mount_points[i], LOCK_UN);
		close(monitor->used_mount_points[i]);
	}
	pf_drop_fd(&monitor->run.maker_socket);
	if (monitor->run.outside.maker_pid > 0)
		pf_await_child(monitor->run.outside.maker_pid, MAKER_GRACE_MSEC, &status);
}

/* Does the work after the end of init: reads the last messages of init, cleans up, and reports the
 * end to the caller. */
static void finish(struct monitor *monitor)
{
	struct pflask_exit ended = {0};
	struct rusage usage = {0};
	int status = 0;

	if (monitor->run.outside.report_socket >= 0)
		on_report(monitor);
	if (monitor->run.outside.init_socket >= 0)
		on_status(monitor);
	status = pf_reap_init(monitor->run.outside.init_pid, &usage);
	pf_kill_client_commands(monitor);
	pf_stop_net_program(&monitor->run);
	pf_kill_descendants(&monitor->run);
	release_mount_points(monitor);
	pf_undo_links(&monitor->run);
	pf_serve_rest(monitor);
	if (monitor->has_failed) {
		pf_blame_memory(monitor);
	} else {
		pf_fill_end(monitor, status, &usage, &ended);
		pf_explain_memory(&monitor->run.outside.cgroups, 0, &ended);
		pf_fill_cgroup_usage(&monitor->run.outside.cgroups, &ended);
	}
	int changes = pf_run_changes_child(monitor, &ended);
	pf_cgroups_remove(&monitor->run.outside.cgroups);
	pf_release_scope(&monitor->run);
	pf_fill_changes(monitor, changes, &ended);
	ended.log_errno = monitor->run.outside.detached.log.error;
	if (!monitor->has_failed)
		ended.end_errno = -pf_end_keep(monitor, &ended);
	pf_control_remove(&monitor->run);
	if (!monitor->has_failed)
		pf_serve_exited(monitor, &ended);
	tell_end(monitor, &ended);
}

static void on_deadline(struct monitor *monitor)
{
	const int signal = monitor->deadline_signal;

	monitor->deadline = 0;
	if (!monitor->is_ready)
		fail_at(monitor, -1, -EINTR);
	else if (!signal || !pf_is_signal_handled(monitor->run.outside.init_pid, signal))
		pf_kill_container(monitor);
}

static void on_timeout(struct monitor *monitor)
{
	if (monitor->is_ready) {
		pf_time_out(monitor);
		return;
	}
	monitor->timeout = 0;
	fail_at(monitor, monitor->run.outside.timeout_index, -ETIMEDOUT);
}

/* Returns the milliseconds until the next deadline of the monitor, or -1 if there is none. If a
 * deadline has passed, acts on it and returns 0. */
static int time_left(struct monitor *monitor)
{
	const int is_timeout =
		monitor->timeout && (!monitor->deadline || monitor->timeout < monitor->deadline);
	const uint64_t end = is_timeout ? monitor->timeout : monitor->deadline;

	if (!end)
		return -1;
	uint64_t now = pf_now_usec();
	if (now < end)
		return (int)((end - now + 999) / 1000);
	if (is_timeout)
		on_timeout(monitor);
	else
		on_deadline(monitor);
	return 0;
}

_Static_assert(WATCH_COUNT + SERVE_MAX <= PF_POLL_MAX, "all can be waited for");

void pf_monitor_loop(struct monitor *monitor)
{
	struct pf_run *run = &monitor->run;

	pf_start_timeout(monitor);
	for (int signal; (signal = pf_take_signal(&run->outside.early_signals)) > 0;)
		pf_deliver_signal(monitor, signal);
	for (;;) {
		struct pollfd fds[WATCH_COUNT + SERVE_MAX];
		int timeout = time_left(monitor);
		nfds_t serving = pf_serve_watch(monitor, fds + WATCH_COUNT, &timeout);
		fds[WATCH_REPORT] = (struct pollfd){run->outside.report_socket, POLLIN, 0};
		fds[WATCH_STATUS] = (struct pollfd){run->outside.init_socket, POLLIN, 0};
		fds[WATCH_INIT] = (struct pollfd){run->outside.init_pidfd, POLLIN, 0};
		fds[WATCH_CALLER] = (struct pollfd){run->outside.caller_socket, POLLIN, 0};
		fds[WATCH_CALLER_DEATH] = (struct pollfd){run->outside.caller_pidfd, POLLIN, 0};
		fds[WATCH_BELL] = (struct pollfd){run->outside.bell, 0, 0};
		fds[WATCH_PARENT_DEATH] = (struct pollfd){run->outside.parent_pidfd, POLLIN, 0};
		int r = pf_poll(fds, WATCH_COUNT + serving, timeout);
		if (r == -EINTR)
			continue;
		if (r < 0) { /* without poll(2) the monitor cannot watch the container */
			kill(run->outside.init_pid, SIGKILL);
			finish(monitor);
			return;
		}
		if (fds[WATCH_REPORT].revents)
			on_report(monitor);
		if (fds[WATCH_STATUS].revents)
			on_status(monitor);
		if (fds[WATCH_CALLER].revents)
			on_caller(monitor);
		/* Calls lose_caller() only once. A second call would kill init before init has
		 * killed all descendants: if the monitor were then killed, too, no process would
		 * kill the descendants. */
		if ((fds[WATCH_CALLER_DEATH].revents || fds[WATCH_BELL].revents) &&
		    run->outside.caller_pidfd >= 0)
			lose_caller(monitor);
		else if (fds[WATCH_PARENT_DEATH].revents)
			lose_parent(monitor);
		if (fds[WATCH_INIT].revents) {
			finish(monitor);
			return;
		}
		pf_serve(monitor, fds + WATCH_COUNT, serving);
	}
}

void pf_monitor_fail(struct monitor *monitor, int error)
{
	struct pf_run *run = &monitor->run;
	struct pollfd init = {.fd = run->outside.init_pidfd, .events = POLLIN};

	if (run->outside.init_pidfd >= 0) {
		on_report(monitor); /* a report of init may give the cause of the failure */
	} else {                    /* finish() does this work if init exists */
		pf_control_remove(run);
		pf_settle_trial(run, 1);
	}
	if (!monitor->has_failed) {
		monitor->failed.index = run->index;
		monitor->failed.number = -error;
		monitor->failed.detail = run->detail;
		memcpy(monitor->failed.text, run->text, sizeof(run->text));
		monitor->has_failed = 1;
	}
	if (run->outside.init_pidfd >= 0) {
		pf_kill_container(monitor);
		while (poll(&init, 1, -1) <= 0)
			;
		finish(monitor);
	} else {
		pf_cgroups_remove(&run->outside.cgroups);
		tell_end(monitor, NULL);
	}
}

void pf_monitor_init(struct monitor *monitor)
{
	monitor->started_usec = pf_now_usec();
	monitor->pty_master = monitor->pty_slave = -1;
	monitor->run.outside.detached.listener = monitor->run.outside.detached.signals = -1;
	monitor->run.outside.detached.log.fd = monitor->run.outside.detached.log_pipe = -1;
	monitor->run.outside.detached.pid_fd = monitor->run.outside.detached.pid_directory = -1;
	monitor->run.outside.kill_msec = -1;
	monitor->run.outside.caller_socket = monitor->run.outside.caller_pidfd = -1;
	monitor->run.outside.parent_pidfd = monitor->run.outside.bell = -1;
	monitor->run.report_socket = monitor->run.outside.report_socket = -1;
	monitor->run.monitor_socket = monitor->run.outside.init_socket = monitor->run.mark = -1;
	monitor->run.outside.init_pidfd = monitor->run.children = monitor->run.maker_socket = -1;
	monitor->run.outside.cgroups.final = monitor->run.outside.scope = -1;
	monitor->run.inside.root = monitor->run.inside.pty_slave = -1;
	monitor->run.inside.covers[0] = monitor->run.inside.covers[1] = -1;
	monitor->run.inside.scratch = monitor->run.inside.files = monitor->run.outside.userns =
		monitor->run.outside.changes_copy_fd = -1;
	monitor->run.outside.netns = monitor->run.outside.host_netns =
		monitor->run.outside.lifeline = -1;
	monitor->run.outside.changes_list_fd = monitor->run.outside.manifest_fd = -1;
	for (int i = 0; i < 3; i++)
		monitor->run.inside.stdio[i] = -1;
}
