/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanges messages with the monitor of a container (container.h): waits for the end, and sends
 * signals. Several threads may wait and send at the same time. All threads may poll the socket, and
 * a thread that holds the container's lock takes the messages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/signals.h"
#include "common/sys.h"
#include "container.h"
#include "lost_monitor.h"
#include "register_thread.h"
#include "src/find/request.h"

/* If the monitor has more unread bytes than this in its socket, changes of the terminal's size are
 * not sent. There is then always room for a signal. */
#define MOST_WAITING 16384
#define MOST_ATTEMPTS 50
#define MOST_STOPS 20
/* After this number of attempts, a silent monitor is killed: twice its longest grace time. */
#define MOST_SILENCE 150

void pf_take_exit(struct pflask_exit *ret, const struct pf_received *got)
{
	*ret = got->message.body.exited;
	ret->typed_signal = 0;
}

/* Takes the lock of a container. No thread holds this lock while it waits for messages. */
static pflask_container *lock(pflask_container *container)
{
	while (atomic_flag_test_and_set(&container->lock))
		sched_yield();
	return container;
}

static void unlock(pflask_container *const *container)
{
	atomic_flag_clear(&(*container)->lock);
}

/* Holds the lock of a container until the end of the function. */
#define HELD __attribute__((cleanup(unlock), unused)) pflask_container *

/* Handles the last message of a monitor, or the end of its socket (`r`). For a container of
 * pflask_open(), any other answer is an error, because another user may have made the monitor.
 * Returns 1 if the container has ended, else 0. */
static int take_last(pflask_container *container, int r, struct pf_received *got, int may_wait)
{
	int is_over = 1;

	if (r == 1 && got->message.type == PF_MESSAGE_EXITED) {
		pf_take_exit(&container->exit, got);
	} else if (container->opened && r != 0 && r != -ECONNRESET) {
		container->opened->error = r < 0 ? r : -pf_refusal(&got->message);
	} else {
		if (r < 0)
			container->exit.lost_errno = -r;
		is_over = pf_lose_container(container, may_wait);
	}
	if (r == 1)
		pf_close_received(got, 0);
	container->has_ended = is_over;
	return is_over;
}

int pf_container_read(pflask_container *container, int may_wait)
{
	struct pf_received got;
	HELD held = lock(container);

	if (!container->has_ended && container->lost_at)
		container->has_ended = pf_lose_container(container, may_wait);
	if (container->has_ended || container->lost_at)
		return container->has_ended;
	int r = pf_receive(container->socket,
			   MSG_DONTWAIT | (container->is_guest ? PF_DROP_FDS : 0), &got);
	if (r == -EAGAIN)
		return 0;
	if (r == 1 && got.message.type == PF_MESSAGE_STOPPED) {
		container->is_draining = 1;
		pf_take_exit(&container->exit, &got);
		return 0;
	}
	return take_last(container, r, &got, may_wait);
}

/* Returns the milliseconds until the monitor must have ended the command, or -1 without a time
 * limit. Afterwards, the caller continues a monitor that the container has stopped. */
static int time_left(const pflask_container *container)
{
	if (!container->timeout_at)
		return -1;
	int64_t left = container->timeout_at - pf_now_msec();
	return left < PF_CONTINUE_MSEC ? PF_CONTINUE_MSEC : (int)left;
}

int pf_container_watch(pflask_container *container, int *ret_timeout)
{
	HELD held = lock(container);

	if (container->lost_at && !container->has_ended) {
		const int64_t left = container->lost_at - pf_now_msec();
		*ret_timeout = left < 0 ? 0 : (int)left;
		return container->init_pidfd;
	}
	int is_ours = container->monitor > 0 && !container->has_ended;
	int is_ending = container->has_init_ended || container->attempts_left > 0;

	*ret_timeout = !is_ours ? -1 : is_ending ? PF_CONTINUE_MSEC : time_left(container);
	return is_ours && !container->has_init_ended ? container->init_pidfd : -1;
}

static int is_stopped(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* Sends SIGCONT to the monitor, which a container without a pid namespace may stop again and again.
 * Kills the monitor after too many attempts. */
static void urge(pflask_container *container)
{
	container->attempts_left -= container->attempts_left > 0;
	container->stopped_attempts =
		is_stopped(container->monitor) ? container->stopped_attempts + 1 : 0;
	container->silent_attempts += container->has_init_ended && container->end_signal;
	int is_lost = container->stopped_attempts > MOST_STOPS ||
		      container->silent_attempts > MOST_SILENCE;
	kill(container->monitor, is_lost ? SIGKILL : SIGCONT);
}

void pf_container_wake(pflask_container *container, int init_has_ended, int is_timeout)
{
	HELD held = lock(container);

	if (is_timeout && container->monitor > 0 && !container->has_ended)
		urge(container);
	container->has_init_ended |= init_has_ended;
}

void pf_let_go_on(pflask_container *container)
{
	struct pf_message message;
	HELD held = lock(container);

	if (!container->is_draining)
		return;
	container->is_draining = 0;
	pf_message_init(&message, PF_MESSAGE_DRAINED);
	pf_send(container->socket, &message, NULL, 0);
}

int pf_is_copy(const pflask_container *container)
{
	return container->owner != getpid();
}

/* Returns the milliseconds to wait: `slice` (-1: endless), but not longer than until `end`. */
static int timeout_of(int slice, int64_t end)
{
	if (end == INT64_MAX)
		return slice;
	int64_t left = end - pf_now_msec();
	left = left < 0 ? 0 : left;
	return slice >= 0 && slice < left ? slice : (int)left;
}

int pf_check_started(const pflask_container *container)
{
	if (pf_is_copy(container))
		return -ECHILD;
	return container->starting || container->pending ? -EINPROGRESS : 0;
}

int pf_pending_step(pflask_container *container, struct pflask_error *reterr)
{
	struct pf_pending *pending = container->pending;
	int r = pending->step(container, reterr);

	if (r != 0) {
		container->pending = NULL;
		pending->free(pending);
	}
	return r;
}

int pf_is_detached_gone(const pflask_container *container, int timeout_ms)
{
	PF_CLEANUP_FD int monitor = pf_pidfd_open(container->info.monitor_pid);
	struct pollfd death = {.fd = monitor, .events = POLLIN};

	return monitor < 0 || poll(&death, 1, timeout_ms) > 0;
}

static int has_ended(pflask_container *container)
{
	HELD held = lock(container);

	return container->has_ended;
}

static int is_lost(pflask_container *container)
{
	HELD held = lock(container);

	return container->lost_at != 0;
}

/* Waits for a message, and handles it. If the monitor is dead, waits for the end of init instead.
 * Returns 0, or -ETIMEDOUT at the time `end`. */
static int await_message(pflask_container *container, int64_t end)
{
	int slice;
	const int has_lost = is_lost(container);
	struct pollfd fds[] = {{.fd = has_lost ? -1 : container->socket, .events = POLLIN},
			       {.fd = pf_container_watch(container, &slice), .events = POLLIN}};
	int r = poll(fds, 2, timeout_of(slice, end));

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (has_lost || fds[0].revents)
		pf_container_read(container, 0);
	if (r == 0 && pf_now_msec() >= end && !has_ended(container))
		return -ETIMEDOUT;
	pf_container_wake(container, fds[1].revents, r == 0);
	return 0;
}

int pf_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret)
{
	const int64_t end = timeout_ms < 0 ? INT64_MAX : pf_now_msec() + timeout_ms;
	int r = pf_check_started(container);

	if (r == 0 && container->is_relayed)
		return -EBUSY;
	while (r == 0 && !has_ended(container)) {
		pf_let_go_on(container);
		r = await_message(container, end);
	}
	if (r == 0 && container->opened)
		r = container->opened->error;
	if (r < 0)
		return r;
	if (container->opened && container->opened->kept < 0)
		pf_is_detached_gone(container, timeout_of(PF_GONE_MSEC, end));
	*ret = container->exit;
	return 0;
}

static int is_end(int signal)
{
	return pf_is_end_signal(signal) || signal == SIGKILL;
}

/* Sends a message without waiting, because the container may have stopped the monitor. */
static int send_now(const pflask_container *container, const struct pf_message *message,
		    const int *fds, size_t fd_count)
{
	if (container->monitor > 0)
		kill(container->monitor, SIGCONT);
	int r = pf_send_now(container->socket, message, fds, fd_count);
	return r == -EPIPE || r == -ECONNRESET ? -ESRCH : r;
}

static int send_client(const pflask_container *container, int socket)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_CLIENT);
	return send_now(container, &message, &socket, 1);
}

int pf_resize(const pflask_container *container, int rows, int cols)
{
	struct pf_message message;
	int waiting, r = pf_check_started(container);

	if (rows < 0 || rows > UINT16_MAX || cols < 0 || cols > UINT16_MAX)
		return -EINVAL;
	if (r < 0 || container->has_ended)
		return r < 0 ? r : -ESRCH;
	if (ioctl(container->socket, SIOCOUTQ, &waiting) == 0 && waiting > MOST_WAITING)
		return -EAGAIN;
	pf_message_init(&message, PF_MESSAGE_RESIZE);
	message.body.resize.rows = (uint16_t)rows;
	message.body.resize.cols = (uint16_t)cols;
	return send_now(container, &message, NULL, 0);
}

int pf_kill(pflask_container *container, int signal)
{
	struct pf_message message;

	if (signal < 1 || signal > 64)
		return -EINVAL;
	if (pf_is_copy(container))
		return -ECHILD;
	HELD held = lock(container);
	if (container->has_ended)
		return -ESRCH;
	if (container->socket < 0)
		return -EINPROGRESS;
	if (is_end(signal)) {
		container->end_signal = signal;
		container->attempts_left = MOST_ATTEMPTS;
		pf_stop_registration(container);
	}
	pf_message_init(&message, PF_MESSAGE_SIGNAL);
	message.body.signal.number = signal;
	return send_now(container, &message, NULL, 0);
}

/* Sends a client's socket to the monitor, or keeps it until the start is complete. Returns 0 or
 * -errno. */
static int add_client(pflask_container *container, int *socket)
{
	HELD held = lock(container);

	if (container->has_ended)
		return -ESRCH;
	if (!container->starting)
		return send_client(container, *socket);
	if (container->client_count == PF_LIMIT_clients)
		return -EBUSY;
	container->clients[container->client_count++] = pf_steal_fd(socket);
	return 0;
}

void pf_add_client(pflask_container *container, int socket)
{
	PF_CLEANUP_FD int fd = socket;
	struct pf_message answer;
	int r = add_client(container, &fd);

	if (r == 0)
		return;
	pf_message_init(&answer, PF_MESSAGE_DONE);
	answer.body.done.number = r == -EAGAIN ? EHOSTDOWN : -r;
	pf_send_now(fd, &answer, NULL, 0);
}

/* Tells each client by GO that the start is complete: from now on, the monitor must answer in
 * time. */
void pf_send_clients(pflask_container *container)
{
	struct pf_message go;

	pf_message_init(&go, PF_MESSAGE_GO);
	for (int i = 0; i < container->client_count; i++) {
		PF_CLEANUP_FD int fd = container->clients[i];
		pf_send_now(fd, &go, NULL, 0);
		send_client(container, fd);
	}
	container->client_count = 0;
}
