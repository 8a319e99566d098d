/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding detached containers, and talking with their monitors (control.h). */
#define _GNU_SOURCE
#include "control.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "control_dir.h"
#include "error.h"
#include "id_map.h"
#include "places.h"
#include "sys.h"

#define ANSWER_MSEC 1000

int pf_error_gone(const char *which, struct pflask_error *reterr)
{
	int r = pf_error_field(reterr, "which", ESRCH, "%s: no such container", which);

	pf_error_hint(reterr, "pflask --list");
	return r;
}

int pf_error_refused(const char *which, int number, struct pflask_error *reterr)
{
	if (number == EPERM)
		return pf_error_field(reterr, "which", EPERM,
				      "%s: its monitor answers nobody in other namespaces than its "
				      "own, or with another root directory",
				      which);
	if (number == EBUSY)
		return pf_error_field(reterr, "which", EBUSY, "%s: too many are connected to it",
				      which);
	if (number == ENOTTY)
		return pf_error_field(reterr, "which", ENOTTY, "%s: it has no terminal", which);
	if (number == EPROTO)
		return pf_error_field(reterr, "which", EPROTO,
				      "%s: it was started by another version of pflask", which);
	return pf_error_field(reterr, "which", number, "%s: %s", which, strerror(number));
}

static int error_silent(const char *which, const struct pflask_record *record,
			struct pflask_error *reterr)
{
	int r = pf_error_field(reterr, "which", ETIMEDOUT, "%s: its monitor does not answer",
			       which);

	pf_error_hint(reterr, "kill -CONT %d", record->monitor_pid);
	return r;
}

/* The namespaces of the calling process, which a monitor of another user may not look up. */
static int open_proof(int ret[PF_PROOF_FDS])
{
	static const char *const paths[PF_PROOF_FDS] = {"/proc/self/ns/user", "/proc/self/ns/pid",
							"/proc/self/ns/mnt",
							"/proc/self/ns/cgroup"};

	for (int i = 0; i < PF_PROOF_FDS; i++) {
		ret[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (ret[i] >= 0)
			continue;
		int r = -errno;
		while (i > 0)
			close(ret[--i]);
		return r;
	}
	return PF_PROOF_FDS;
}

static int send_request(int socket, int must_prove, const struct pf_message *request,
			const int *fds, size_t fd_count)
{
	struct pf_message message = *request;
	int all[PF_WIRE_FDS] = {-1}, count = must_prove ? open_proof(all) : 0;

	if (count < 0)
		return count;
	message.body.request.version = PF_CONTROL_VERSION;
	message.body.request.has |= must_prove ? PF_HAS_PROOF : 0;
	if (fd_count > 0)
		memcpy(all + count, fds, fd_count * sizeof(int));
	int r = pf_send(socket, &message, all, (size_t)count + fd_count);
	while (count > 0)
		close(all[--count]);
	return r;
}

int pf_request(const struct pf_connection *connection, const struct pf_message *request,
	       const int *fds, size_t fd_count, const char *which, struct pflask_error *reterr)
{
	int r = send_request(connection->socket, connection->must_prove, request, fds, fd_count);

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

/* Says what is known of a container whose monitor says nothing. */
static void describe_silent(const char *file, const struct ucred *monitor,
			    struct pflask_record *ret)
{
	int length = (int)strlen(file) - (int)strlen(PF_CONTROL_SUFFIX);
	uint32_t number;

	*ret = (struct pflask_record){.monitor_pid = monitor->pid, .uid = monitor->uid};
	snprintf(ret->name, sizeof(ret->name), "%.*s", length, file);
	if (pf_id_parse(ret->name, &number) == 0)
		ret->name[0] = '\0';
}

/* Has a monitor say who it is. Returns 1, 0 where it does not, or -errno. */
static int ask(struct pf_connection *connection)
{
	struct pf_message request;
	struct pf_received got;

	pf_message_init(&request, PF_MESSAGE_REQUEST);
	request.body.request.want = PF_WANT_RECORD;
	int r = send_request(connection->socket, connection->must_prove, &request, NULL, 0);
	if (r == 0 || r == -EPIPE) /* which may have been refused before it was read */
		r = await(connection->socket, ANSWER_MSEC, &got);
	if (r == 1)
		pf_close_received(&got, 0);
	if (r == 1 && got.message.type == PF_MESSAGE_DONE && got.message.body.done.number > 0)
		return -got.message.body.done.number;
	if (r != 1 || got.message.type != PF_MESSAGE_RECORD)
		return r == -ETIMEDOUT || r == -EAGAIN ? 0 : r == -EBADMSG ? -EPROTO : -ESRCH;
	struct pflask_record *record = &got.message.body.record;
	record->name[sizeof(record->name) - 1] = '\0';
	record->command[sizeof(record->command) - 1] = '\0';
	record->root[sizeof(record->root) - 1] = '\0';
	record->monitor_pid = connection->record.monitor_pid; /* which the kernel says */
	record->uid = connection->record.uid;
	connection->record = *record;
	return 1;
}

/* Connects to a socket and asks who is there. Returns 1, 0 where nobody answers (*ret has what is
 * known all the same), or -errno. */
static int try_socket(int directory, const char *file, uid_t owner, struct pf_connection *ret)
{
	struct ucred monitor;
	socklen_t length = sizeof(monitor);
	PF_CLEANUP_FD int fd = pf_control_connect(directory, file);

	if (fd == -ECONNREFUSED)
		pf_control_clean(directory, file);
	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &monitor, &length) < 0)
		return -errno;
	if (monitor.uid != owner)
		return -EPERM;
	*ret = (struct pf_connection){.socket = fd, .must_prove = owner != geteuid()};
	describe_silent(file, &monitor, &ret->record);
	int r = ask(ret);
	ret->socket = r == 1 ? pf_steal_fd(&fd) : -1;
	return r;
}

/* What is called with each container that there is: `result` is what try_socket() has returned, the
 * connection is the function's own. Goes on while it returns 0. */
typedef int (*visitor)(struct pf_connection *connection, int result, void *context);

static int is_socket(const char *file)
{
	size_t length = strlen(file), suffix = strlen(PF_CONTROL_SUFFIX);

	return length > suffix && length < PF_CONTROL_FILE &&
	       strcmp(file + length - suffix, PF_CONTROL_SUFFIX) == 0;
}

static int visit_place(const struct pf_place *place, visitor visit, void *context)
{
	struct dirent *entry;
	int r = 0, fd = pf_control_open(place->path, place->uid, 0);

	if (fd < 0)
		return 0;
	DIR *open = fdopendir(fd);
	if (!open) {
		close(fd);
		return -ENOMEM;
	}
	int was_stale = 0;
	while (r == 0 && (entry = readdir(open))) {
		struct pf_connection connection = {.socket = -1};
		if (!is_socket(entry->d_name))
			continue;
		int result = try_socket(fd, entry->d_name, place->uid, &connection);
		was_stale |= result == -ECONNREFUSED;
		if (connection.record.monitor_pid > 0)
			r = visit(&connection, result, context);
	}
	closedir(open);
	if (was_stale)
		rmdir(place->path); /* as the last container does */
	return r;
}

static int visit_all(visitor visit, void *context)
{
	struct pf_places places;
	int r = pf_places_list(PF_PLACES_ALL, &places);

	for (size_t i = 0; r == 0 && i < places.count; i++)
		r = visit_place(&places.items[i], visit, context);
	pf_places_clear(&places);
	return r;
}

struct search {
	int pid;
	int result;
	struct pf_connection *ret;
};

static int is_wanted(struct pf_connection *connection, int result, void *context)
{
	struct search *search = context;
	const struct pflask_record *record = &connection->record;

	if (record->monitor_pid != search->pid && record->leader_pid != search->pid) {
		if (connection->socket >= 0)
			close(connection->socket);
		return 0;
	}
	*search->ret = *connection;
	search->result = result;
	return 1;
}

/* Returns what try_socket() does, or -ESRCH. */
static int find_pid(int pid, struct pf_connection *ret)
{
	struct search search = {.pid = pid, .ret = ret};
	int r = visit_all(is_wanted, &search);

	return r == 1 ? search.result : r < 0 ? r : -ESRCH;
}

static int find_name(const char *name, enum pf_places_of whose, struct pf_connection *ret)
{
	char file[PF_CONTROL_FILE];
	struct pf_places places;
	int r = -ESRCH;

	if (snprintf(file, sizeof(file), "%s" PF_CONTROL_SUFFIX, name) >= (int)sizeof(file) ||
	    strchr(name, '/'))
		return -ESRCH;
	if (pf_places_list(whose, &places) < 0)
		r = -ENOMEM;
	for (size_t i = 0; i < places.count && (r == -ESRCH || r == -EACCES); i++) {
		PF_CLEANUP_FD int fd =
			pf_control_open(places.items[i].path, places.items[i].uid, 0);
		int tried = fd < 0 ? fd : try_socket(fd, file, places.items[i].uid, ret);
		if (tried == -ECONNREFUSED)
			rmdir(places.items[i].path);
		r = tried == -ENOENT || tried == -ECONNREFUSED || tried == -ENOTDIR ? r : tried;
	}
	pf_places_clear(&places);
	return r;
}

static int find(const char *which, enum pf_places_of whose, struct pf_connection *ret,
		struct pflask_error *reterr)
{
	uint32_t pid;
	int is_pid = pf_id_parse(which, &pid) == 0 && pid <= INT_MAX;

	*ret = (struct pf_connection){.socket = -1};
	int r = is_pid ? find_pid((int)pid, ret) : find_name(which, whose, ret);
	if (r == 0)
		return error_silent(which, &ret->record, reterr);
	if (r == -ESRCH)
		return pf_error_gone(which, reterr);
	return r < 0 ? pf_error_refused(which, -r, reterr) : 0;
}

int pf_connect(const char *which, struct pf_connection *ret, struct pflask_error *reterr)
{
	return find(which, PF_PLACES_ALL, ret, reterr);
}

static int look(const char *which, enum pf_places_of whose, struct pflask_record *ret,
		struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	int r = find(which, whose, &connection, reterr);

	if (r < 0)
		return r;
	close(connection.socket);
	*ret = connection.record;
	return 0;
}

int pf_find(const char *which, struct pflask_record *ret, struct pflask_error *reterr)
{
	return look(which, PF_PLACES_ALL, ret, reterr);
}

int pf_find_own(const char *name, struct pflask_record *ret, struct pflask_error *reterr)
{
	return look(name, PF_PLACES_OWN, ret, reterr);
}

struct records {
	struct pflask_record *items;
	uint32_t count;
};

static int add_record(struct pf_connection *connection, int result, void *context)
{
	struct records *records = context;

	if (connection->socket >= 0)
		close(connection->socket);
	if (result == -ESRCH)
		return 0; /* it has just ended */
	struct pflask_record *items =
		realloc(records->items, (records->count + 1) * sizeof(*records->items));
	if (!items)
		return -ENOMEM;
	records->items = items;
	items[records->count++] = connection->record;
	return 0;
}

static int compare(const void *one, const void *other)
{
	const struct pflask_record *a = one, *b = other;

	if (a->started != b->started)
		return a->started < b->started ? -1 : 1;
	return a->monitor_pid < b->monitor_pid ? -1 : a->monitor_pid > b->monitor_pid;
}

int pf_list(struct pflask_record *ret, uint32_t capacity, struct pflask_error *reterr)
{
	struct records records = {0};
	int r = visit_all(add_record, &records);

	if (r < 0) {
		free(records.items);
		return pf_error_internal(reterr, -r, "%s", strerror(-r));
	}
	if (records.count > 0) {
		qsort(records.items, records.count, sizeof(*ret), compare);
		memcpy(ret, records.items,
		       (records.count < capacity ? records.count : capacity) * sizeof(*ret));
	}
	free(records.items);
	return (int)records.count;
}

/* Connects to a container's monitor and asks it for something. Returns the socket or -errno. */
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
	if (r == 1)
		pf_close_received(&got, 0);
	if (r == 1 && got.message.type == PF_MESSAGE_DONE && got.message.body.done.number)
		return pf_error_refused(which, got.message.body.done.number, reterr);
	return r == 1 ? 0 : pf_error_gone(which, reterr);
}

int pf_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret,
		struct pflask_error *reterr)
{
	struct pf_connection connection = {.socket = -1};
	struct pf_received got;
	PF_CLEANUP_FD int socket = connect_and_ask(which, PF_WANT_WAIT, 0, &connection, reterr);
	PF_CLEANUP_FD int monitor = pf_pidfd_open(connection.record.monitor_pid);
	struct pollfd death = {.fd = monitor, .events = POLLIN};
	int r = socket < 0 ? socket : await(socket, timeout_ms, &got);

	if (r < 0 && r != -ECONNRESET)
		return r;
	if (r == 1)
		pf_close_received(&got, 0);
	*ret = (struct pflask_exit){.reason = PFLASK_LOST};
	if (r == 1 && got.message.type == PF_MESSAGE_EXITED)
		*ret = got.message.body.exited;
	poll(&death, 1, ANSWER_MSEC); /* it has a moment more to live: then nothing is left */
	return 0;
}
