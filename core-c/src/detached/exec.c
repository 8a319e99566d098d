/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes a command in a container (exec.h). The container's monitor does the work
 * (docs/control.md). The monitor of a detached container is found by its socket in a directory. Any
 * other monitor serves only the process that has started the container, and gets a socket from this
 * process. */
#define _GNU_SOURCE
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer_fds.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/passwd.h"
#include "common/protocol/plan.h"
#include "common/sys.h"
#include "open.h"
#include "src/base/error.h"
#include "src/base/inherited_fds.h"
#include "src/base/memfd.h"
#include "src/base/numbers.h"
#include "src/compile/command.h"
#include "src/compile/encode.h"
#include "src/explain/operation_error.h"
#include "src/explain/sentence.h"
#include "src/run/await_ready.h"
#include "src/run/container.h"
#include "src/run/foreground.h"
#include "src/run/lost_monitor.h"
#include "src/run/step.h"
#include "src/terminal/terminal.h"

#define READY_MSEC (2 * PF_LIMIT_execSeconds * 1000) /* a monitor gives up earlier */

/* Time between two steps of a search, or between two looks at the processes of a lost monitor. No
 * bell rings for these steps. */
#define SEARCH_MSEC 1

/* The start of a command. */
struct request {
	struct pf_pending pending;
	struct pf_search *search; /* NULL: the request was sent */
	struct pf_target target;
	struct pflask_record record; /* for `target` */
	char *which;                 /* for `target` */
	void *plan;
	struct pf_message message;
	int fds[6];          /* descriptors of the message */
	size_t count, owned; /* the first `owned` descriptors belong to the request */
	int may_wait;
	int is_own;     /* not detached; started by the calling process */
	int is_foreign; /* the monitor belongs to another user */
	int has_terminal;
	int64_t end; /* time at which the monitor must have answered (pf_now_msec()); after `lost`,
		      * time at which the monitor's processes must have ended */
	int lost;    /* error number, if the connection has ended without an answer, else 0 */
	struct pflask_error *error;
};

static void forget_fds(struct request *request)
{
	while (request->owned > 0)
		close(request->fds[--request->owned]);
	request->count = 0;
}

static void free_request(struct pf_pending *pending)
{
	struct request *request = (struct request *)pending;

	forget_fds(request);
	pf_search_free(request->search);
	free(request->plan);
	free(request->which);
	free(request);
}

/* Adds the variables of the request. The monitor adds these variables after the container's own
 * variables. */
static int add_environment(struct pf_encoder *encoder, const pflask_spec *spec)
{
	PF_CLEANUP_STRINGS struct pf_strings variables = {0};
	const char *term = spec->terminal ? getenv("TERM") : NULL;
	char *none[] = {NULL};
	int r = term ? pf_strings_format(&variables, "TERM=%s", term) : 0;

	for (size_t i = 0; i < spec->setenv.count && r == 0; i++)
		r = pf_strings_add(&variables, spec->setenv.items[i]);
	PF_ENCODE(encoder, environ, PF_L(variables.items ? variables.items : none));
	return r;
}

/* Returns the size of the caller's terminal as rows << 16 | columns, or 0 without a terminal. */
static int size_of(const int stdio[3])
{
	for (int i = 0; i < 3; i++) {
		int size = stdio[i] < 0 ? -ENOTTY : pf_terminal_size(stdio[i]);
		if (size >= 0)
			return size;
	}
	return 0;
}

/* Makes the plan of the request. For the new command, the operations of this plan replace the
 * corresponding operations of the container's plan. Returns the size of the plan, or -errno. */
static int make_plan(struct request *request, const pflask_spec *spec, const int stdio[3])
{
	int size = spec->terminal ? size_of(stdio) : 0;
	const struct pf_strings *command = &spec->command;
	struct pf_encoder encoder = {0};

	if (spec->terminal)
		PF_ENCODE(&encoder, terminal, PF_S(""),
			  PF_N(spec->rows ? spec->rows : (uint64_t)(size >> 16)),
			  PF_N(spec->cols ? spec->cols : (uint64_t)(size & 0xffff)));
	PF_ENCODE(&encoder, session, PF_N(spec->terminal));
	pf_compile_stdio(&encoder, spec->terminal != 0, spec->ownStderr != 0);
	if (spec->user)
		PF_ENCODE(&encoder, account, PF_S(spec->user));
	int r = add_environment(&encoder, spec);
	if (spec->chdir)
		PF_ENCODE(&encoder, chdir, PF_S(spec->chdir));
	if (command->count > 0)
		PF_ENCODE(&encoder, exec, PF_S(command->items[0]), PF_L(command->items));
	else
		pf_compile_login(&encoder, spec);
	int length = pf_encode_finish(&encoder, &request->plan);
	r = r < 0 ? r : length;
	return r < 0 ? pf_error_internal(request->error, -r, "plan: %s", pf_errno_text(-r)) : r;
}

/* Fills in the error for a container that has ended, or for a refused request. */
static int refuse(const struct request *request, int number)
{
	if (number == ESRCH && request->is_own)
		return pf_error_field(request->error, "which", ESRCH,
				      "%s: ended before the command started", request->which);
	return pf_error_refused(request->which, number, request->error);
}

static int fail(const struct request *request, const struct pf_failed *failed)
{
	static const struct pf_origins none; /* without origins, ops.def names the fields */
	const uint32_t own = (uint32_t)(-2 - failed->index);
	char line[128] = "cannot join the container";

	if (failed->index >= 0)
		return pf_error_operation(request->error, request->plan, &none, failed);
	if (failed->number == ESRCH)
		return refuse(request, ESRCH);
	if (failed->index < -1 && own < PF_OP_COUNT)
		pf_sentence_alone((enum pf_op_code)own, line, sizeof(line));
	int r = pf_error_field(request->error, "which", failed->number, "%s: %s: %s",
			       request->which, line, pf_errno_text(failed->number));
	if (own == PF_OP_chdir || own == PF_OP_chdir_first)
		pf_error_hint(request->error, "{chdir=/}");
	return r;
}

/* Handles a connection that has ended without an answer. The processes of another user's monitor
 * may outlive the monitor. Returns 1; 0 if the function must be called again; or -errno. */
static int lose(pflask_container *container, const struct request *request)
{
	const int r = pf_may_have_run(container, request->may_wait ? PF_ORPHAN_MSEC : 0);

	if (r == -EAGAIN && !request->may_wait && pf_now_msec() < request->end)
		return 0;
	if (r != 1)
		return refuse(request, request->lost);
	container->exit.reason = PFLASK_LOST;
	container->exit.lost_errno = request->lost == ESRCH ? 0 : request->lost;
	container->has_ended = 1;
	return 1;
}

/* Tells whether the library takes no descriptor from the monitor. The monitor belongs to another
 * user, and can send a descriptor for which close(2) blocks. Only a command with a terminal needs
 * a descriptor of the monitor. */
static int drops_fds(const struct request *request)
{
	return request->is_foreign && !request->has_terminal;
}

/* Handles the answer of the monitor. Returns 1; 0 if more steps follow; or -errno. */
static int take_answer(pflask_container *container, struct request *request, int r,
		       struct pf_received *got)
{
	if (r == 1)
		pf_answer_forget_linger(got);
	if (r == 1 && got->message.type == PF_MESSAGE_GO && request->end == INT64_MAX) {
		pf_close_received(got, 0);
		request->end = pf_now_msec() + READY_MSEC; /* the container has started */
		return 0;
	}
	if (r == 1 && got->message.type == PF_MESSAGE_READY && drops_fds(request))
		pf_answer_open_leader(got);
	if (r == 1 && got->message.type == PF_MESSAGE_READY && pf_answer_is_pidfd(got)) {
		pf_refuse_fds(container->socket, 1);
		pf_take_ready(container, got);
		if (!request->has_terminal || container->pty_master >= 0)
			return 1;
		return pf_error_field(request->error, "which", EPROTO,
				      "%s: the monitor sent no terminal", request->which);
	}
	if (r == 1)
		pf_close_received(got, 0);
	if (r == 1 && got->message.type == PF_MESSAGE_FAILED)
		return fail(request, &got->message.body.failed);
	if (r == 1)
		return refuse(request, pf_refusal(&got->message));
	request->lost = r < 0 ? -r : ESRCH;
	request->end = pf_now_msec() + PF_ORPHAN_MSEC;
	request->pending.msec = SEARCH_MSEC;
	return lose(container, request);
}

static int await_answer(pflask_container *container, struct request *request)
{
	struct pollfd fd = {.fd = container->socket, .events = POLLIN};
	struct pf_received got;
	int n;

	if (request->lost)
		return lose(container, request);
	do
		n = poll(&fd, 1, request->may_wait ? READY_MSEC : 0);
	while (n < 0 && errno == EINTR);
	if (n == 0 && (request->may_wait || pf_now_msec() >= request->end))
		return refuse(request, EHOSTDOWN);
	if (n == 0)
		return 0;
	int r = pf_receive(container->socket, MSG_DONTWAIT | (drops_fds(request) ? PF_DROP_FDS : 0),
			   &got);
	return r == -EAGAIN ? 0 : take_answer(container, request, r, &got);
}

static int own(struct request *request, int fd)
{
	request->fds[request->count++] = fd;
	request->owned = request->count;
	return fd;
}

/* Adds the descriptors of the command. A request that is sent later gets copies. Returns 0 or
 * -errno. */
static int add_stdio(struct request *request, const int stdio[3])
{
	for (int i = 0; i < 3; i++) {
		if (!pf_is_inherited(stdio[i]))
			continue;
		request->message.body.request.has |= (uint32_t)PF_HAS_STDIN << i;
		if (request->may_wait)
			request->fds[request->count++] = stdio[i];
		else if (own(request, pf_dup(stdio[i], 3)) < 0)
			return request->fds[--request->owned];
	}
	return 0;
}

/* Makes the message. The message has the plan, one end of a pipe (pf_make_mark()), and the
 * descriptors of the command. If the request may not wait, the message also has a bell. Returns 0
 * or -errno. */
static int prepare(pflask_container *container, struct request *request, const pflask_spec *spec,
		   size_t size, const int stdio[3])
{
	struct pf_request *body = &request->message.body.request;
	int bell = -1, r;

	pf_message_init(&request->message, PF_MESSAGE_REQUEST);
	body->want = PF_WANT_EXEC;
	body->has = PF_HAS_PLAN;
	body->timeout_msec = spec->timeout == PF_UNSET ? 0 : (int32_t)spec->timeout;
	body->kill_msec = spec->killAfter == PF_UNSET ? -1 : (int32_t)spec->killAfter;
	r = pf_make_memfd("pflask-exec", request->plan, size, 0);
	if (r < 0)
		return pf_error_internal(request->error, -r, "cannot create a memory file: %s",
					 pf_errno_text(-r));
	own(request, r);
	r = pf_make_mark(container);
	if (r >= 0) {
		own(request, r);
		r = add_stdio(request, stdio);
	}
	if (r >= 0 && !request->may_wait)
		r = pf_make_bell(container, &bell);
	if (r < 0)
		return pf_error_internal(request->error, -r, "cannot create a pipe: %s",
					 pf_errno_text(-r));
	if (bell >= 0) {
		body->has |= PF_HAS_BELL;
		own(request, bell);
	}
	return 0;
}

/* Sends the request over a connection. The container becomes the owner of the connection. Returns 0
 * or -errno. */
static int send_over(pflask_container *container, struct request *request,
		     const struct pf_connection *connection)
{
	container->socket = connection->socket;
	pf_refuse_fds(connection->socket, 0); /* READY comes with descriptors */
	int r = pf_request(connection, &request->message, request->fds, request->count,
			   request->which, request->error);
	forget_fds(request);
	request->search = pf_search_free(request->search);
	request->end = pf_now_msec() + READY_MSEC;
	request->pending.msec = PF_CONTINUE_MSEC;
	return r;
}

/* Sends the request to the monitor that the search has found. Returns 0 or -errno. */
static int send_request(pflask_container *container, struct request *request)
{
	struct pf_connection connection;
	int r = pf_connect_step(&request->target, request->search, &connection, request->error);

	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	request->is_foreign = connection.must_prove;
	return send_over(container, request, &connection);
}

/* Sends the request to the monitor of the calling process. The request is in the socket before the
 * monitor gets the socket. Returns 0 or -errno. */
static int send_to_own(pflask_container *container, struct request *request, pflask_container *in)
{
	const int is_starting = in->starting != NULL;
	int pair[2];
	int r = pf_socketpair(pair);

	if (r < 0)
		return refuse(request, -r);
	r = send_over(container, request, &(struct pf_connection){.socket = pair[0]});
	if (r < 0) {
		close(pair[1]);
		return r;
	}
	if (is_starting)
		request->end = INT64_MAX; /* the start of the container may take any time */
	pf_add_client(in, pair[1]);
	return 0;
}

static int step(pflask_container *container, struct pflask_error *reterr)
{
	struct request *request = (struct request *)container->pending;
	int r;

	request->error = reterr;
	if (!request->search)
		return await_answer(container, request);
	r = send_request(container, request);
	if (r < 0 || !request->may_wait)
		return r;
	pf_foreground_forward(container);
	return await_answer(container, request);
}

static int start(pflask_container *container, struct request *request, pflask_container *in,
		 const pflask_spec *spec, const int stdio[3], uint32_t flags)
{
	const int may_wait = request->may_wait; /* the request is freed when the start is over */

	/* If the command has its own terminal, neither the command nor its monitor gets the
	 * caller's terminal. */
	const int own[3] = {spec->terminal ? -1 : stdio[0], spec->terminal ? -1 : stdio[1],
			    spec->terminal && !spec->ownStderr ? -1 : stdio[2]};
	int handed[3] = {-1, -1, -1};
	struct pflask_error *reterr = request->error;
	int size = make_plan(request, spec, stdio), r = size < 0 ? size : 0;

	if (r == 0 && !request->is_own)
		r = pf_connect_begin(&request->target, may_wait, &request->search, reterr);
	if (r == 0)
		r = pf_take_foreground(container, flags, reterr);
	if (r == 0)
		r = pf_open_channels(container, own, flags, PF_CHANNEL_ALL, handed, reterr);
	if (r < 0)
		return r;
	r = prepare(container, request, spec, (size_t)size, handed);
	if (r == 0 && request->is_own) {
		r = send_to_own(container, request, in);
		pf_foreground_forward(container);
	}
	while (r == 0 && may_wait)
		r = pf_pending_step(container, reterr);
	pf_channels_hand_over(own, handed);
	return r;
}

/* Checks the format of `user`. The monitor later looks up the user in the container's files. */
static int check_user(const pflask_spec *spec, struct pflask_error *reterr)
{
	char name[PF_PASSWD_NAME];
	const char *groups;

	if (!spec->user || pf_passwd_split(spec->user, name, &groups) == 0)
		return 0;
	return pf_error_field(reterr, "user", 0, "%s: must be USER[:GROUP[,GROUP...]]", spec->user);
}

static struct request *new_request(const struct pf_target *target, struct pflask_error *reterr)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->pending = (struct pf_pending){step, free_request, SEARCH_MSEC};
	request->error = reterr;
	request->which = strdup(target->which);
	if (!request->which) {
		free(request);
		return NULL;
	}
	if (target->record)
		request->record = *target->record;
	request->target.which = request->which;
	request->target.record = target->record ? &request->record : NULL;
	return request;
}

/* Checks the facts that do not depend on the container. */
static int check(const pflask_spec *spec, uint32_t flags, struct pflask_error *reterr)
{
	int r = pf_check_flags(flags, reterr);

	if (r == 0)
		r = pf_spec_check(spec, reterr);
	return r < 0 ? r : check_user(spec, reterr);
}

/* Tells whether a handle stands for a container that is not detached. */
static int is_own(const pflask_container *in)
{
	const int is_detached = in->is_detached ||
				(in->starting && pf_plan_find(in->starting->data, PF_OP_control));

	return !in->is_guest && !is_detached && !pf_is_copy(in);
}

/* Fills in the pid of the monitor. Only a request that does not wait may come before the start.
 * Returns 0, or -EINPROGRESS with *reterr filled in. */
static int aim_at_own(const pflask_container *in, uint32_t flags, struct pf_aim *ret,
		      struct pflask_error *reterr)
{
	const int pid = in->monitor > 0 ? in->monitor : in->info.monitor_pid;

	if (in->starting && !(flags & PFLASK_NOWAIT))
		return pf_error_internal(reterr, EINPROGRESS, "the container has not started");
	snprintf(ret->pid, sizeof(ret->pid), "%d", pid);
	ret->target = (struct pf_target){.which = ret->pid};
	return 0;
}

int pf_exec(const pflask_container *in, const pflask_spec *spec, const int stdio[3], uint32_t flags,
	    pflask_container **ret, struct pflask_error *reterr)
{
	struct pf_aim aim = {.target = {.which = ""}};
	int r = check(spec, flags, reterr);

	if (r == 0)
		r = is_own(in) ? aim_at_own(in, flags, &aim, reterr) : pf_aim_at(in, &aim, reterr);
	if (r < 0)
		return r;
	pflask_container *container = pf_container_new();
	struct request *request = container ? new_request(&aim.target, reterr) : NULL;
	if (!request) {
		pf_close(container);
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	}
	container->pending = &request->pending;
	container->is_guest = 1;
	container->escape_key = pf_spec_escape_key(spec);
	request->may_wait = !(flags & PFLASK_NOWAIT);
	request->is_own = is_own(in);
	request->has_terminal = spec->terminal != 0;
	/* The handle is const only for programs (pf_container_new()). */
	r = start(container, request, (pflask_container *)in, spec, stdio, flags);
	if (r < 0)
		pf_abandon_container(container);
	else
		*ret = container;
	return r < 0 ? r : 0;
}
