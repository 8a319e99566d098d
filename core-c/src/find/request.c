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

/* Splits USER/NAME. Without USER/, the container belongs to the calling user, even if this is root:
 * a mistaken request must not reach the container of another user. Returns 0 or -errno. */
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

int pf_open_kept(const char *which, struct pf_kept *ret)
{
	struct pflask_error ignored;
	const char *name = which;
	uid_t uid = 0;
	int r = split(which, &uid, &name, &ignored);

	return r < 0 ? r : pf_kept_find(uid, name, ret);
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

/* Returns the reason for which a monitor has refused a request. */
static const char *refusal_text(int number)
{
	switch (number) {
	case EPERM:
		return "the monitor has other namespaces or another root directory than this "
		       "program";
	case EBUSY:
		return "too many clients";
	case ENOTTY:
		return "the container has no terminal";
	case EPROTO:
		return "the container was started by another version of pflask";
	case EHOSTDOWN:
		return "the monitor does not answer";
	case EBADMSG:
		return "the monitor has sent a malformed message";
	default:
		return pf_errno_text(number);
	}
}

int pf_error_refused(const char *which, int number, struct pflask_error *reterr)
{
	return number == ESRCH ? pf_error_gone(which, reterr)
			       : pf_error_field(reterr, "which", number, "%s: %s", which,
						refusal_text(number));
}

static int error_silent(const char *which, const struct pflask_record *record,
			struct pflask_error *reterr)
{
	/* EHOSTDOWN and not ETIMEDOUT, which pflask_end() returns if the container has not
	 * ended. */
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

/* Waits for a message. Returns 1; 0 at the end of file; -ETIMEDOUT; or another -errno. */
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

int pf_connect_begin(const struct pf_target *target, int may_wait, struct pf_search **ret,
		     struct pflask_error *reterr)
{
	const struct pflask_record *record = target->record;
	const char *name = target->which;
	char own[16];
	uint32_t pid = 0;
	uid_t uid = 0;
	int r = 0;

	if (record) {
		snprintf(own, sizeof(own), "%d", record->monitor_pid);
		name = record->name[0] ? record->name : own;
		uid = record->uid;
	} else {
		r = split(target->which, &uid, &name, reterr);
		if (r == 0 && (pf_id_parse(name, &pid) < 0 || pid > INT_MAX))
			pid = 0;
	}
	if (r < 0)
		return r;
	r = pf_search_begin(uid, name, (int)pid, may_wait, ret);
	return r < 0 ? pf_error_refused(target->which, -r, reterr) : 0;
}

/* Tells whether two records come from the same monitor. */
static int is_same(const struct pflask_record *one, const struct pflask_record *other)
{
	return one->monitor_pid == other->monitor_pid && one->started == other->started;
}

int pf_connect_step(const struct pf_target *target, struct pf_search *search,
		    struct pf_connection *ret, struct pflask_error *reterr)
{
	int r = pf_search_step(search, ret);

	if (r == 1 && target->record && !is_same(&ret->record, target->record)) {
		pf_drop_fd(&ret->socket);
		r = -ESRCH;
	}
	if (r == 0)
		return error_silent(target->which, &ret->record, reterr);
	return r < 0 && r != -EAGAIN ? pf_error_refused(target->which, -r, reterr) : r;
}

int pf_connect(const struct pf_target *target, struct pf_connection *ret,
	       struct pflask_error *reterr)
{
	struct pf_search *search = NULL;
	int r = pf_connect_begin(target, 1, &search, reterr);

	*ret = (struct pf_connection){.socket = -1};
	if (r == 0)
		r = pf_connect_step(target, search, ret, reterr);
	pf_search_free(search);
	return r < 0 ? r : 0;
}

int pf_check_runs(const char *which, struct pflask_error *reterr)
{
	const struct pf_target target = {.which = which};
	struct pf_connection connection;
	int r = pf_connect(&target, &connection, reterr);

	pf_drop_fd(&connection.socket);
	return r;
}

static int compare(const void *one, const void *other)
{
	const struct pflask_record *a = one, *b = other;

	if (a->started != b->started)
		return a->started < b->started ? -1 : 1;
	return a->monitor_pid < b->monitor_pid ? -1 : a->monitor_pid > b->monitor_pid;
}

/* Adds the containers with a kept end to the list. Leaves out containers that are in the list
 * already: they may have ended after the list was made. Returns the number of records, or
 * -ENOMEM. */
static int add_ended(int count, struct pflask_record **records)
{
	struct pflask_record *ended = NULL, *all;
	int ended_count = pf_kept_all(&ended), total = count;

	if (ended_count <= 0)
		return ended_count < 0 ? ended_count : count;
	all = realloc(*records, (size_t)(count + ended_count) * sizeof(*all));
	if (all)
		*records = all;
	for (int i = 0; all && i < ended_count; i++) {
		int at = 0;
		while (at < count && all[at].monitor_pid != ended[i].monitor_pid)
			at++;
		if (at == count)
			all[total++] = ended[i];
	}
	free(ended);
	return all ? total : -ENOMEM;
}

int pf_list(int all, struct pflask_record **ret, struct pflask_error *reterr)
{
	int count = pf_find_all(ret);

	if (count >= 0 && all)
		count = add_ended(count, ret);
	if (count < 0)
		return pf_error_internal(reterr, -count, "%s", pf_errno_text(-count));
	if (count > 0)
		qsort(*ret, (size_t)count, sizeof(**ret), compare);
	return count;
}

int pf_send_signal(const struct pf_target *target, int signal, struct pflask_error *reterr)
{
	const char *which = target->which;
	struct pf_connection connection;
	struct pf_message request;
	struct pf_received got;
	int r = pf_connect(target, &connection, reterr);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int socket = connection.socket;
	pf_message_init(&request, PF_MESSAGE_REQUEST);
	request.body.request.want = PF_WANT_SEND;
	request.body.request.signal = signal;
	r = pf_request(&connection, &request, NULL, 0, which, reterr);
	if (r < 0)
		return r;
	r = await(socket, ANSWER_MSEC, &got);
	if (r == -ETIMEDOUT)
		return error_silent(which, &connection.record, reterr);
	if (r <= 0)
		return pf_error_refused(which, r == 0 ? ESRCH : -r, reterr);
	pf_close_received(&got, 0);
	int is_done = got.message.type == PF_MESSAGE_DONE && got.message.body.done.number == 0;
	/* A signal to a container that has just ended is no error. */
	if (is_done || got.message.type == PF_MESSAGE_EXITED)
		return 0;
	return pf_error_refused(which, pf_refusal(&got.message), reterr);
}

int pf_forget(const char *which, struct pflask_error *reterr)
{
	const char *name = which;
	uid_t uid = 0;
	int r = pf_check_runs(which, reterr);

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
