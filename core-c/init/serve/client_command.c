/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the commands of --exec for clients (client_command.h). The joiner, a child of the monitor,
 * joins the container and forks the command. With CLONE_PARENT, the command is a child of the
 * monitor, too.
 */
#define _GNU_SOURCE
#include "client_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/protocol/message_check.h"
#include "common/spec_defaults.h"
#include "common/sys.h"
#include "init/base/child_process.h"
#include "init/join/join.h"
#include "init/monitor/cgroup_usage.h"
#include "init/monitor/command_signals.h"
#include "init/monitor/exit_report.h"
#include "joiner.h"
#include "unreaped.h"

#define TRACER_TRIES 100 /* number of attempts to reap a traced command, 1 ms apart */
#define END_USEC 1000000 /* time limit for all commands to end after the end of the container */

/* The time limit for the start of a command. The container can stop the process that starts the
 * command, so the limit is necessary. */
#define JOIN_USEC (PF_LIMIT_execSeconds * UINT64_C(1000000))

static void tell_failed(struct client *client, int32_t index, int number)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_FAILED);
	message.body.failed.index = index;
	message.body.failed.number = number;
	pf_client_tell(client, &message, NULL, 0);
}

/* Frees the entry of a client whose command has ended. */
static void forget(struct client *client)
{
	struct client_command *command = &client->command;

	pf_drop_fd(&command->pidfd);
	pf_drop_fd(&command->report_socket);
	pf_drop_fd(&command->pty_master);
	command->joiner = command->pid = 0;
	client->state = CLIENT_NONE;
	pf_drop_fd(&client->fd);
	pf_drop_fd(&client->bell);
}

static int start(struct monitor *monitor, struct client *client, const struct pf_request *request,
		 struct pf_join *join)
{
	int pair[2];
	int r = pf_socketpair(pair);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int in = pair[0];
	PF_CLEANUP_FD int out = pair[1];
	join->report = out;
	uint64_t earlier_kills = pf_memory_kills(&monitor->run.outside.cgroups);
	r = pf_joiner_fork(monitor, join);
	if (r < 0)
		return r;
	client->state = CLIENT_HAS_COMMAND;
	client->command = (struct client_command){.joiner = r,
						  .forked = join->forked,
						  .pidfd = -1,
						  .report_socket = pf_steal_fd(&in),
						  .pty_master = -1,
						  .timeout_msec = request->timeout_msec,
						  .kill_msec = request->kill_msec,
						  .memory_kills = earlier_kills,
						  .started_usec = pf_now_usec()};
	return 0;
}

/* Takes the descriptors of a request: the plan, the pipe `mark`, and the client's descriptors for
 * 0, 1 and 2. Returns 0 or -EBADMSG. */
static int take_fds(const struct pf_received *got, struct pf_join *ret)
{
	uint32_t has = got->message.body.request.has;
	size_t next = 2;

	if (!(has & PF_HAS_PLAN) || got->fd_count < 2)
		return -EBADMSG;
	ret->plan = got->fds[0];
	ret->mark = got->fds[1];
	for (int i = 0; i < 3; i++) {
		int is_there = (has & (uint32_t)PF_HAS_STDIN << i) != 0;
		if (is_there && next == got->fd_count)
			return -EBADMSG;
		ret->stdio[i] = is_there ? got->fds[next++] : -1;
	}
	return next == got->fd_count ? 0 : -EBADMSG;
}

void pf_client_command_start(struct monitor *monitor, struct client *client,
			     struct pf_received *got)
{
	struct pf_join join = {0};
	int r = monitor->is_ready && !monitor->has_ended ? take_fds(got, &join) : -ESRCH;

	if (r == 0)
		r = start(monitor, client, &got->message.body.request, &join);
	if (r < 0) {
		tell_failed(client, -1, -r);
		pf_client_drop(client);
	}
}

/* Sets the deadline at which a command is killed. Keeps an earlier deadline. */
static void set_deadline(struct client_command *command, int32_t msec)
{
	uint64_t deadline = pf_now_usec() + (uint64_t)msec * 1000;

	if (!command->deadline || deadline < command->deadline)
		command->deadline = deadline;
}

/* Sends a signal to a client's command, or keeps the signal until the command is executed. If the
 * joiner has ended, SIGKILL is sent immediately. Otherwise pf_client_command_check_time() handles
 * the SIGKILL. */
void pf_client_command_signal(struct client *client, int signal)
{
	struct client_command *command = &client->command;
	pid_t pid = command->pid;

	if (pid <= 0 || (command->report_socket >= 0 && signal != SIGKILL)) {
		command->pending_signals = pf_add_signal(command->pending_signals, signal);
		return;
	}
	command->was_killed |= signal == SIGKILL;
	kill(pf_is_group_signal(signal) ? -pid : pid, signal);
	if (!pf_is_end_signal(signal))
		return;
	if (command->has_terminal && pf_is_hangup_needed(pid, signal))
		kill(-pid, SIGHUP);
	kill(-pid, SIGCONT);
	if (command->kill_msec >= 0)
		set_deadline(command, command->kill_msec);
}

/* If the container has stopped the command's process before execve(2), continues it (SIGCONT).
 * Leaves a running command alone, because SIGCONT would stop a traced command (ptrace(2),
 * signal-delivery-stop). */
static void continue_stopped(pid_t pid)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == pid)
		kill(pid, SIGCONT);
}

static void send_ready(struct monitor *monitor, struct client *client)
{
	struct client_command *command = &client->command;
	uint64_t pending = command->pending_signals;
	const int fds[] = {command->pidfd, command->pty_master};
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_READY);
	message.body.ready.monitor_pid = getpid();
	message.body.ready.init_pid = monitor->run.outside.init_pid;
	message.body.ready.leader_pid = command->pid;
	message.body.ready.namespaces = (uint32_t)monitor->run.outside.namespaces;
	pf_client_tell(client, &message, fds, command->pty_master >= 0 ? 2 : 1);
	pf_drop_fd(&command->pty_master);
	continue_stopped(command->pid);
	if (command->timeout_msec > 0)
		command->timeout = pf_now_usec() + (uint64_t)command->timeout_msec * 1000;
	for (int signal; (signal = pf_take_signal(&pending)) > 0;)
		pf_client_command_signal(client, signal);
}

static void fail(struct client *client, int32_t index, int number)
{
	if (!client->command.has_failed)
		tell_failed(client, index, number);
	client->command.has_failed = 1;
	pf_client_command_signal(client, SIGKILL);
}

/* Kills a command that has not been executed, and tells the client why. */
static void give_up(struct monitor *monitor, struct client *client, int number)
{
	struct client_command *command = &client->command;

	if (!command->has_failed)
		tell_failed(client, -1, number);
	pf_joiner_end(monitor, command);
	if (command->pid > 0)
		pf_kill_or_note(monitor, command->pid);
	forget(client);
}

/* Handles the end of file on the report socket: the command was executed, or its process has
 * ended. */
static void on_report_end(struct monitor *monitor, struct client *client)
{
	struct client_command *command = &client->command;

	pf_drop_fd(&command->report_socket);
	pf_joiner_end(monitor, command);
	if (command->has_announced_exec && !command->has_failed && command->pidfd >= 0)
		send_ready(monitor, client);
	else
		give_up(monitor, client,
			command->pid > 0 && command->pidfd < 0 ? -command->pidfd : ECHILD);
}

/* Permits the joiner to fork. From now on, each message may come from the command's process, and is
 * not trusted. */
static void on_fork(struct client_command *command)
{
	struct pf_message message;

	command->may_fork = 1;
	pf_message_init(&message, PF_MESSAGE_GO);
	pf_send(command->report_socket, &message, NULL, 0);
}

/* Handles a message of the joiner. Returns 1, 0 at the end of file, or -errno. */
static int on_joiner(struct client *client)
{
	struct client_command *command = &client->command;
	struct pf_received got;
	int r = pf_receive(command->report_socket, MSG_DONTWAIT, &got);
	const struct pf_message *message = &got.message;

	if (r != 1)
		return r;
	if (message->type == PF_MESSAGE_FORK) {
		on_fork(command);
	} else if (message->type == PF_MESSAGE_TERMINAL && got.fd_count == 1) {
		pf_drop_fd(&command->pty_master);
		command->pty_master = got.fds[0];
		command->has_terminal = 1;
		got.fd_count = 0;
	} else if (message->type == PF_MESSAGE_FAILED) {
		pf_client_tell(client, message, NULL, 0);
		command->has_failed = 1;
	} else {
		r = -EBADMSG;
	}
	pf_close_received(&got, 0);
	return r;
}

/* Handles a message of the command's process, which root of the container may have forged. Refuses
 * descriptors, because close(2) of a hostile descriptor can block for ever. Returns 1, 0 at the end
 * of file, or -errno. */
static int on_command(struct client *client)
{
	struct client_command *command = &client->command;
	struct pf_message message;
	ssize_t n = recv(command->report_socket, &message, sizeof(message), MSG_DONTWAIT);
	const ssize_t header = offsetof(struct pf_message, body);

	if (n < 0 && errno == ECONNRESET)
		return 0; /* the process was killed with unread data in its socket */
	if (n <= 0)
		return n < 0 ? -errno : 0;
	if (n == header && message.type == PF_MESSAGE_EXEC) {
		command->has_announced_exec = 1;
	} else if (n == header + (ssize_t)sizeof(message.body.failed) &&
		   message.type == PF_MESSAGE_FAILED) {
		message.length = sizeof(message.body.failed);
		if (!pf_message_is_sound(&message))
			return -EBADMSG;
		if (!command->has_failed)
			pf_client_tell(client, &message, NULL, 0);
		command->has_failed = 1;
	} else if (n < header || message.type != PF_MESSAGE_SKIPPED) {
		return -EBADMSG;
	}
	return 1;
}

void pf_client_command_receive(struct monitor *monitor, struct client *client)
{
	const int may_fork = client->command.may_fork;
	int r = may_fork ? on_command(client) : on_joiner(client);

	/* End the joiner: stopped by the container, it would keep the report socket open. */
	if (may_fork && r == 1)
		pf_joiner_end(monitor, &client->command);
	if (r == 0)
		on_report_end(monitor, client);
	else if (r < 0 && r != -EAGAIN && r != -EINTR)
		fail(client, -1, r == -EMFILE ? EMFILE : EBADMSG);
}

/* Reaps a command that has ended. A tracer in the container gets the status first and can withhold
 * it, so the wait is limited. Returns 1, or 0 without a status. */
static int reap(pid_t pid, int *ret_status, struct rusage *ret_usage)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};

	for (int left = TRACER_TRIES; left > 0; left--) {
		if (wait4(pid, ret_status, WNOHANG, ret_usage) == pid)
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Reports the end of a command to its client. The end of the container kills the command, too, and
 * counts as a kill by pflask. */
void pf_client_command_reap(struct monitor *monitor, struct client *client)
{
	struct client_command *command = &client->command;
	struct pf_message message;
	struct rusage usage = {0};
	int status = 0;

	pf_message_init(&message, PF_MESSAGE_EXITED);
	if (reap(command->pid, &status, &usage)) {
		pf_fill_exit(status, &usage, command->started_usec, &message.body.exited);
		pf_explain_signal(&monitor->run,
				  command->was_killed || monitor->was_killed || monitor->has_status,
				  &message.body.exited);
		pf_explain_memory(&monitor->run.outside.cgroups, command->memory_kills,
				  &message.body.exited);
		if (command->has_timed_out) {
			message.body.exited.reason = PFLASK_TIMEOUT;
			message.body.exited.timeout_msec = command->timeout_msec;
		}
	} else {
		message.body.exited.reason = PFLASK_LOST;
		message.body.exited.lost_errno = ECHILD;
		message.body.exited.wall_usec = pf_now_usec() - command->started_usec;
		pf_note_unreaped(monitor, command->pid);
	}
	pf_client_tell(client, &message, NULL, 0);
	forget(client);
}

/* Kills a client's command because the container has ended, and waits for the command until the
 * time `until`. */
static void end(struct monitor *monitor, struct client *client, uint64_t until)
{
	struct client_command *command = &client->command;
	const uint64_t now = pf_now_usec();

	pf_joiner_end(monitor, command);
	if (command->pid > 0) {
		struct pollfd ended = {.fd = command->pidfd, .events = POLLIN};
		command->was_killed = 1;
		kill(command->pid, SIGKILL);
		poll(&ended, 1, now < until ? (int)((until - now) / 1000) : 0);
		pf_client_command_reap(monitor, client);
	} else {
		tell_failed(client, -1, ESRCH);
		forget(client);
	}
}

/* Returns the next deadline of a command, at which the monitor must kill, signal or check it, or
 * 0. */
static uint64_t next_time(const struct client *client)
{
	const struct client_command *command = &client->command;

	if (client->state != CLIENT_HAS_COMMAND)
		return 0;
	if (command->report_socket >= 0)
		return command->pending_signals & pf_signal_bit(SIGKILL)
			       ? command->started_usec
			       : command->started_usec + JOIN_USEC;
	if (command->timeout && (!command->deadline || command->timeout < command->deadline))
		return command->timeout;
	return command->deadline;
}

int pf_client_command_time_left(const struct client *client)
{
	uint64_t end = next_time(client);

	if (!end)
		return -1;
	uint64_t now = pf_now_usec();
	return now < end ? (int)((end - now + 999) / 1000) : 0;
}

static void time_out(struct client *client)
{
	struct client_command *command = &client->command;

	command->has_timed_out = 1;
	command->timeout = 0;
	pf_client_command_signal(client, SIGTERM);
	set_deadline(command, command->kill_msec >= 0 ? command->kill_msec : PF_DEFAULT_killAfter);
}

void pf_client_command_check_time(struct monitor *monitor, struct client *client)
{
	struct client_command *command = &client->command;

	if (pf_client_command_time_left(client) != 0)
		return;
	if (command->report_socket >= 0) {
		give_up(monitor, client,
			next_time(client) > command->started_usec ? ETIMEDOUT : ECHILD);
	} else if (command->timeout && next_time(client) == command->timeout) {
		time_out(client);
	} else {
		command->deadline = 0;
		pf_client_command_signal(client, SIGKILL);
	}
}

/* Kills all commands before it waits for any, because a command can trace other commands and keep
 * them from ending. Waits for all together, so that many commands do not delay the end of the
 * container. */
void pf_kill_client_commands(struct monitor *monitor)
{
	const uint64_t until = pf_now_usec() + END_USEC;

	for (size_t i = 0; i < monitor->client_count; i++)
		if (monitor->clients[i].state == CLIENT_HAS_COMMAND &&
		    monitor->clients[i].command.pid > 0)
			kill(monitor->clients[i].command.pid, SIGKILL);
	for (size_t i = 0; i < monitor->client_count; i++)
		if (monitor->clients[i].state == CLIENT_HAS_COMMAND)
			end(monitor, &monitor->clients[i], until);
}
