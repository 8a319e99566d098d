/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds detached containers, and sends requests to their monitors (request.h). */
#define _GNU_SOURCE
#include "request.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/limits.h"
#include "common/sys.h"
#include "src/base/end_text.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/host/nss.h"
#include "src/ids/id_map.h"

#define ANSWER_MSEC (PF_LIMIT_answerSeconds * 1000)

/* Splits USER/NAME. A name or pid without USER/ means a container of the calling user, even for
 * root: a mistaken request must not go to another user's container. Returns 0 or -errno. */
static int split(const char *which, uid_t *ret_uid, const char **ret_name,
		 struct pflask_error *reterr)
{
	const char *slash = strchr(which, '/');
	char user[256], *memory = NULL;
	struct passwd account;
	uint32_t uid = geteuid();
	int is_known = 1;

	*ret_name = slash ? slash + 1 : which;
	if (slash) {
		snprintf(user, sizeof(user), "%.*s", (int)(slash - which), which);
		is_known = pf_id_parse(user, &uid) == 0;
		if (!is_known && pf_nss_user(user, 0, &account, &memory)) {
			uid = account.pw_uid;
			is_known = 1;
		}
		free(memory);
	}
	if (!is_known) {
		int r = pf_error_field(reterr, "which", ESRCH, "%s: no such user: %s", which, user);
		pf_error_hint(reterr, "{list}");
		return r;
	}
	if (uid != geteuid() && geteuid() != 0)
		return pf_error_field(reterr, "which", EPERM,
				      "%s: only root may use a container of another user", which);
	*ret_uid = uid;
	return 0;
}

/* Finds the kept end of a container. Returns 0 or -errno. */
static int find_kept(const char *which, struct pf_kept *ret, struct pflask_error *reterr)
{
	const char *name = which;
	uid_t uid = 0;
	int r = split(which, &uid, &name, reterr);

	return r < 0 ? r : pf_kept_find(uid, name, ret);
}

int pf_open_kept(const char *which, struct pf_kept *ret)
{
	struct pflask_error ignored;

	return find_kept(which, ret, &ignored);
}

static int error_ended(const char *which, const struct pf_kept *kept, struct pflask_error *reterr)
{
	const struct pflask_record *record = &kept->record;
	const int is_exit = record->reason == PFLASK_EXITED;
	int r = pf_error_field(reterr, "which", ESRCH, "%s: has ended with status %d%s%s%s", which,
			       record->status, is_exit ? "" : " (", is_exit ? "" : record->end,
			       is_exit ? "" : ")");

	pf_error_hint(reterr, kept->has_log ? "{logs=%s}" : "{wait=%s}", which);
	return r;
}

int pf_error_gone(const char *which, struct pflask_error *reterr)
{
	struct pf_kept kept;

	if (pf_open_kept(which, &kept) == 0) {
		pf_kept_close(&kept);
		return error_ended(which, &kept, reterr);
	}
	int r = pf_error_field(reterr, "which", ESRCH, "%s: no such container", which);
	pf_error_hint(reterr, "{list}");
	return r;
}

int pf_refusal(const struct pf_message *message)
{
	const int is_refused = message->type == PF_MESSAGE_DONE && message->body.done.number > 0;

	if (message->type == PF_MESSAGE_EXITED)
		return ESRCH;
	return is_refused ? message->body.done.number : EBADMSG;
}

int pf_error_refused(const char *which, int number, struct pflask_error *reterr)
{
	if (number == ESRCH)
		return pf_error_gone(which, reterr);
	if (number == EPERM)
		return pf_error_field(
			reterr, "which", EPERM,
			"%s: the monitor has other namespaces or another root directory "
			"than this program",
			which);
	if (number == EBUSY)
		return pf_error_field(reterr, "which", EBUSY, "%s: too many clients", which);
	if (number == ENOTTY)
		return pf_error_field(reterr, "which", ENOTTY, "%s: the container has no terminal",
				      which);
	if (number == EPROTO)
		return pf_error_field(reterr, "which", EPROTO,
				      "%s: the container was started by another version of pflask",
				      which);
	if (number == EHOSTDOWN)
		return pf_error_field(reterr, "which", EHOSTDOWN, "%s: the monitor does not answer",
				      which);
	if (number == EBADMSG)
		return pf_error_field(reterr, "which", EBADMSG,
				      "%s: the monitor has sent a malformed message", which);
	return pf_error_field(reterr, "which", number, "%s: %s", which, pf_errno_text(number));
}

static int error_silent(const char *which, const struct pflask_record *record,
			struct pflask_error *reterr)
{
	/* Not ETIMEDOUT: pflask_wait_for() returns ETIMEDOUT if the container has not ended. */
	int r = pf_error_refused(which, EHOSTDOWN, reterr);

	if (record->monitor_pid > 0)
		pf_error_hint(reterr, "kill -CONT %d", record->monitor_pid);
	return r;
}

int pf_request(const struct pf_connection *connection, const struct pf_message *request,
	       const int *fds, size_t fd_count, const char *which, struct pflask_error *reterr)
{
	int r = pf_send_request(connection, request, fds, fd_count);

	if (r == -EPIPE || r == -ECONNRESET)
		return pf_error_gone(which, reterr);
	return r < 0 ? pf_error_refused(which, -r, reterr) : 0;
}

/* Waits for a message. Returns 1, 0 at the end of file, -ETIMEDOUT, or -errno. */
static int await(int socket, int timeout_ms, struct pf_received *ret)
{
	struct pollfd fd = {.fd = socket, .events = POLLIN};
	int r;

	do
		r = poll(&fd, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	return pf_receive(socket, MSG_DONTWAIT, ret);
}

int pf_connect(const char *which, struct pf_connection *ret, struct pflask_error *reterr)
{
	const char *name = which;
	uint32_t pid;
	uid_t uid = 0;
	int r = split(which, &uid, &name, reterr);

	*ret = (struct pf_connection){.socket = -1};
	if (r < 0)
		return r;
	if (pf_id_parse(name, &pid) == 0 && pid <= INT_MAX)
		r = pf_find_pid(uid, (int)pid, ret);
	else
		r = strchr(name, '/') ? -ESRCH : pf_find_name(uid, name, ret);
	if (r == 0)
		return error_silent(which, &ret->record, reterr);
	if (r == -ESRCH)
		return pf_error_gone(which, reterr);
	return r < 0 ? pf_error_refused(which, -r, reterr) : 0;
}

int pf_find(const char *which, struct pflask_record *ret, struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	int r = pf_connect(which, &connection, reterr);

	if (r < 0)
		return r;
	close(connection.socket);
	*ret = connection.record;
	return 0;
}

static int compare(const void *one, const void *other)
{
	const struct pflask_record *a = one, *b = other;

	if (a->started != b->started)
		return a->started < b->started ? -1 : 1;
	return a->monitor_pid < b->monitor_pid ? -1 : a->monitor_pid > b->monitor_pid;
}

/* Sorts records by the time of the start. Returns their number, or -errno. */
static int sort(int count, struct pflask_record **ret, struct pflask_error *reterr)
{
	if (count < 0)
		return pf_error_internal(reterr, -count, "%s", pf_errno_text(-count));
	if (count > 0)
		qsort(*ret, (size_t)count, sizeof(**ret), compare);
	return count;
}

int pf_list(struct pflask_record **ret, struct pflask_error *reterr)
{
	return sort(pf_find_all(ret), ret, reterr);
}

int pf_list_ended(struct pflask_record **ret, struct pflask_error *reterr)
{
	return sort(pf_kept_all(ret), ret, reterr);
}

/* Connects to a container's monitor, and sends a request. Returns the socket or -errno. */
static int connect_and_ask(const char *which, enum pf_want want, int signal,
			   struct pf_connection *ret, struct pflask_error *reterr)
{
	struct pf_message request;
	int r = pf_connect(which, ret, reterr);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int socket = ret->socket;
	pf_message_init(&request, PF_MESSAGE_REQUEST);
	request.body.request.want = want;
	request.body.request.signal = signal;
	r = pf_request(ret, &request, NULL, 0, which, reterr);
	return r < 0 ? r : pf_steal_fd(&socket);
}

int pf_send_signal(const char *which, int signal, struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	struct pf_received got;
	PF_CLEANUP_FD int socket =
		connect_and_ask(which, PF_WANT_SEND, signal, &connection, reterr);

	if (socket < 0)
		return socket;
	int r = await(socket, ANSWER_MSEC, &got);
	if (r == -ETIMEDOUT)
		return error_silent(which, &connection.record, reterr);
	if (r <= 0)
		return pf_error_refused(which, r == 0 ? ESRCH : -r, reterr);
	pf_close_received(&got, 0);
	int is_done = got.message.type == PF_MESSAGE_DONE && got.message.body.done.number == 0;
	if (is_done || got.message.type == PF_MESSAGE_EXITED) /* a signal to a zombie is no error */
		return 0;
	return pf_error_refused(which, pf_refusal(&got.message), reterr);
}

int pf_wait_open(const char *which, struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	struct pf_kept kept;
	int fd = connect_and_ask(which, PF_WANT_WAIT, 0, &connection, reterr);

	return fd == -ESRCH && pf_open_kept(which, &kept) == 0 ? kept.fd : fd;
}

static int read_kept(int fd, const char *which, struct pflask_exit *ret,
		     struct pflask_error *reterr)
{
	struct pf_kept kept;
	int r = pf_kept_read(fd, &kept);

	if (r < 0)
		return pf_error_refused(which, -r, reterr);
	*ret = kept.exit;
	return 0;
}

/* Waits until a monitor has ended. It ends soon after its last message, after all cleanup. */
static void await_monitor(int socket)
{
	struct ucred peer = {0};
	socklen_t length = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || peer.pid <= 0)
		return;
	PF_CLEANUP_FD int monitor = pf_pidfd_open(peer.pid);
	struct pollfd death = {.fd = monitor, .events = POLLIN};
	if (monitor >= 0)
		poll(&death, 1, ANSWER_MSEC);
}

int pf_wait_read(int fd, const char *which, int timeout_ms, struct pflask_exit *ret,
		 struct pflask_error *reterr)
{
	struct pf_received got;
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return read_kept(fd, which, ret, reterr);
	int r = await(fd, timeout_ms, &got);
	if (r == -ETIMEDOUT)
		return pf_error_field(reterr, "which", ETIMEDOUT, "%s: the container has not ended",
				      which);
	if (r < 0)
		return pf_error_refused(which, -r, reterr);
	*ret = (struct pflask_exit){.reason = PFLASK_LOST};
	if (r == 1) {
		pf_close_received(&got, 0);
		if (got.message.type != PF_MESSAGE_EXITED)
			return pf_error_refused(which, pf_refusal(&got.message), reterr);
		*ret = got.message.body.exited;
	}
	ret->typed_signal = 0; /* a monitor does not know of typed keys */
	await_monitor(fd);
	return 0;
}

int pf_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret,
		struct pflask_error *reterr)
{
	PF_CLEANUP_FD int fd = pf_wait_open(which, reterr);

	return fd < 0 ? fd : pf_wait_read(fd, which, timeout_ms, ret, reterr);
}

int pf_find_ended(const char *which, struct pflask_record *ret, struct pflask_error *reterr)
{
	struct pf_kept kept;
	int r = find_kept(which, &kept, reterr);

	if (r == -ESRCH)
		return pf_error_gone(which, reterr);
	if (r < 0)
		return r;
	pf_kept_close(&kept);
	*ret = kept.record;
	return 0;
}

int pf_forget(const char *which, struct pflask_error *reterr)
{
	struct pflask_record record;
	const char *name = which;
	uid_t uid = 0;
	int r = pf_find(which, &record, reterr);

	if (r == 0) {
		r = pf_error_field(reterr, "which", EBUSY, "%s: the container runs", which);
		pf_error_hint(reterr, "{wait=%s}", which);
		return r;
	}
	if (r == -ESRCH)
		r = split(which, &uid, &name, reterr);
	if (r < 0)
		return r;
	r = pf_kept_remove(uid, name);
	return r < 0 ? pf_error_gone(which, reterr) : 0;
}
