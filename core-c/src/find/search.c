/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches for monitors (search.h). Queries all monitors at the same time, with one time limit. */
#define _GNU_SOURCE
#include "search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/proc_path.h"
#include "common/protocol/control_dir.h"
#include "common/protocol/peer_check.h"
#include "common/sys.h"
#include "control_dirs.h"
#include "src/ids/id_map.h"

#define ANSWER_MSEC (PF_LIMIT_answerSeconds * 1000)

/* A socket in a control directory, and the answer of its monitor. */
struct found_monitor {
	struct pf_connection connection;
	int result; /* 1: the monitor has answered; 0: no answer yet; or -errno */
	int rounds; /* number of answers that the monitor must still send */
	int has_proved;
};

struct found_monitors {
	struct found_monitor *items;
	size_t count;
	int may_wait;   /* the search may block */
	int is_refused; /* a process listens on a socket, but is not in the caller's namespaces */
	int is_busy;    /* a process listens on a socket, but its queue of connections is full */
	int64_t start;  /* time of the first query, as from pf_now_msec() */
};

struct pf_search {
	struct found_monitors monitors;
	int pid; /* pid of the wanted monitor or leader, or 0 */
};

int pf_send_request(const struct pf_connection *connection, const struct pf_message *request,
		    const int *fds, size_t fd_count)
{
	struct pf_message message = *request;
	int all[PF_WIRE_FDS] = {-1}, count = connection->must_prove ? pf_peer_open_proof(all) : 0;

	if (count < 0)
		return count;
	message.body.request.version = PF_CONTROL_VERSION;
	message.body.request.has |= connection->must_prove ? PF_HAS_PROOF : 0;
	if (fd_count > 0)
		memcpy(all + count, fds, fd_count * sizeof(int));
	int r = pf_send(connection->socket, &message, all, (size_t)count + fd_count);
	while (count > 0)
		close(all[--count]);
	return r;
}

/* Fills in the record of a container whose monitor has not answered. */
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

/* Asks a monitor for its record. The first query has no descriptors, because a monitor accepts
 * descriptors only after it has checked the client. */
static int send_question(const struct found_monitor *monitor)
{
	struct pf_connection connection = monitor->connection;
	struct pf_message request;

	connection.must_prove = monitor->has_proved;
	pf_message_init(&request, PF_MESSAGE_REQUEST);
	request.body.request.want = PF_WANT_RECORD;
	int r = pf_send_request(&connection, &request, NULL, 0);
	/* The monitor may have refused and closed the connection already. */
	return r == -EPIPE ? 0 : r;
}

/* Connects to a socket. If its queue of connections is full, tries again until half of the time
 * limit has passed. Then gives up, because a container with the user's uid can keep the queue
 * full. */
static int connect_to(const struct found_monitors *monitors, int directory, const char *file)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int fd = pf_control_socket_connect(directory, file);

	while (fd == -EAGAIN && monitors->may_wait &&
	       pf_now_msec() < monitors->start + ANSWER_MSEC / 2) {
		nanosleep(&pause, NULL);
		fd = pf_control_socket_connect(directory, file);
	}
	return fd;
}

/* Checks the process that listens on a user's socket, and asks it for its record. Takes ownership
 * of the socket. Returns 0 or -errno. */
static int start_asking(int socket, const char *file, uid_t owner, struct found_monitor *ret)
{
	struct pf_connection *connection = &ret->connection;
	struct ucred monitor;
	socklen_t length = sizeof(monitor);
	int on = 1;
	PF_CLEANUP_FD int fd = socket;

	*ret = (struct found_monitor){.connection = {.socket = -1}};
	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &monitor, &length) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	int r = monitor.uid == owner ? pf_peer_check(fd, monitor.pid) : -EPERM;
	if (r < 0)
		return r == -ESRCH ? r : -EPERM;
	describe_silent(file, &monitor, &connection->record);
	connection->must_prove = owner != geteuid();
	connection->socket = pf_steal_fd(&fd);
	ret->rounds = pf_peer_is_known(connection->socket) ? 1 : 2;
	return send_question(ret);
}

/* Returns the parent of a process, or 0. */
static int parent_of(int pid)
{
	char text[512] = "";
	int parent = 0;

	PF_CLEANUP_FD int fd = pf_proc_open(pid, "stat", O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	/* The name of the process may have any bytes, even ")", but is in parentheses. */
	const char *end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* Tells whether a process descends from a monitor. Otherwise it cannot be the leader that the
 * monitor names. */
static int descends_from(int pid, int monitor)
{
	for (int depth = 0; pid > 1 && depth < 64; depth++) {
		pid = parent_of(pid);
		if (pid == monitor)
			return 1;
	}
	return 0;
}

/* Accepts a record from a monitor. The monitor's pid and uid are those that the kernel gives.
 * Returns 1 or -ESRCH. */
static int take_record(struct pf_connection *connection, const struct pf_received *got)
{
	const struct pflask_record known = connection->record;
	struct pflask_record *record = &connection->record;

	if (got->sender != known.monitor_pid)
		return -ESRCH;
	*record = got->message.body.record;
	record->monitor_pid = known.monitor_pid;
	record->uid = known.uid;
	if (!descends_from(record->leader_pid, known.monitor_pid))
		record->leader_pid = 0;
	return 1;
}

static int take_answer(struct pf_connection *connection)
{
	struct pf_received got;
	int r = pf_receive(connection->socket, MSG_DONTWAIT, &got);

	if (r == -EAGAIN)
		return 0;
	if (r == 1)
		pf_close_received(&got, 0);
	if (r == 1 && got.message.type == PF_MESSAGE_DONE && got.message.body.done.number > 0)
		return -got.message.body.done.number;
	if (r == 1 && got.message.type == PF_MESSAGE_RECORD)
		return take_record(connection, &got);
	return r == -EBADMSG ? r : -ESRCH;
}

/* Handles an answer. If the kernel gives only the peer's pid and no pidfd, another process could
 * have had this pid when the namespaces were checked. So the peer must answer a second query after
 * the check, which shows that it still had its pid. */
static void hear(struct found_monitor *monitor)
{
	int r = take_answer(&monitor->connection);

	if (r == -EPERM && monitor->connection.must_prove && !monitor->has_proved) {
		monitor->has_proved = 1;
		r = send_question(monitor);
	} else if (r == 1 && --monitor->rounds > 0) {
		r = pf_peer_check(monitor->connection.socket,
				  monitor->connection.record.monitor_pid);
		if (r == 0)
			r = send_question(monitor);
	}
	monitor->result = r;
}

static int is_awaited(const struct found_monitor *monitor)
{
	return monitor->result == 0 && monitor->connection.socket >= 0;
}

/* Receives answers until the time limit or, if the search may not block, those that have already
 * come. Returns 1 if no further answer is expected, else 0. */
static int take_answers(struct found_monitors *monitors)
{
	struct pollfd *fds = calloc(monitors->count + 1, sizeof(*fds));
	int64_t end = monitors->start + ANSWER_MSEC, left = 0;
	int is_over = 0;

	while (fds && !is_over && (left = end - pf_now_msec()) > 0) {
		size_t awaited = 0;
		for (size_t i = 0; i < monitors->count; i++) {
			const struct found_monitor *monitor = &monitors->items[i];
			int fd = is_awaited(monitor) ? monitor->connection.socket : -1;
			fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
			awaited += fd >= 0;
		}
		is_over = awaited == 0;
		if (is_over || poll(fds, monitors->count, monitors->may_wait ? (int)left : 0) == 0)
			break;
		for (size_t i = 0; i < monitors->count; i++)
			if (fds[i].revents)
				hear(&monitors->items[i]);
	}
	free(fds);
	return is_over || !fds || monitors->may_wait || left <= 0;
}

static int add(struct found_monitors *monitors, int directory, const char *file, uid_t owner)
{
	struct found_monitor *items =
		realloc(monitors->items, (monitors->count + 1) * sizeof(*monitors->items));

	if (!items)
		return -ENOMEM;
	monitors->items = items;
	int fd = connect_to(monitors, directory, file);
	int r = start_asking(fd, file, owner, &items[monitors->count]);
	if (items[monitors->count].connection.record.monitor_pid > 0) {
		items[monitors->count++].result = r;
		r = 0;
	}
	monitors->is_refused |= r == -EPERM;
	monitors->is_busy |= r == -EAGAIN;
	return r;
}

static int is_socket(const char *file)
{
	size_t length = strlen(file), suffix = strlen(PF_CONTROL_SUFFIX);

	return length > suffix && length < PF_CONTROL_FILE &&
	       strcmp(file + length - suffix, PF_CONTROL_SUFFIX) == 0;
}

/* Removes a socket that a killed monitor has left, and the directory if it is then empty. Removes
 * nothing of other users. */
static void clean(const struct pf_control_dir *place, int directory, const char *file)
{
	if (place->uid != geteuid())
		return;
	pf_control_socket_clean(directory, file);
	rmdir(place->path);
}

/* Queries the monitor of one socket. Returns 0, -ENOMEM, or -EMFILE if there is no descriptor for a
 * socket of the caller. For sockets of other users, ignores EMFILE, which another user could cause
 * by many sockets. */
static int add_socket(struct found_monitors *monitors, const struct pf_control_dir *place,
		      int directory, const char *file)
{
	int r = add(monitors, directory, file, place->uid);

	if (r == -ECONNREFUSED)
		clean(place, directory, file);
	return r == -ENOMEM || (r == -EMFILE && place->uid == geteuid()) ? r : 0;
}

/* Queries the monitors of all sockets of a directory. Takes ownership of the descriptor. Returns as
 * add_socket() does. */
static int add_directory(struct found_monitors *monitors, const struct pf_control_dir *place,
			 int directory)
{
	size_t most = place->uid == geteuid() ? SIZE_MAX : PF_LIMIT_entries;
	const struct dirent *entry;
	DIR *open = fdopendir(directory);
	int r = 0;

	if (!open) {
		close(directory);
		return -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < most && (entry = readdir(open)); i++)
		if (is_socket(entry->d_name))
			r = add_socket(monitors, place, directory, entry->d_name);
	closedir(open);
	return r;
}

/* Queries the monitor of the socket `file` in each directory, or of all sockets if `file` is NULL.
 * Returns as add_socket() does. */
static int add_control_dirs(struct found_monitors *monitors, const struct pf_control_dirs *dirs,
			    const char *file)
{
	int r = 0;

	monitors->start = pf_now_msec();
	for (size_t i = 0; r == 0 && i < dirs->count; i++) {
		const struct pf_control_dir *place = &dirs->items[i];
		int fd = pf_control_dir_open(place->path, place->uid, 0);
		if (fd >= 0 && file) {
			r = add_socket(monitors, place, fd, file);
			close(fd);
		} else if (fd >= 0) {
			r = add_directory(monitors, place, fd);
		}
	}
	return r;
}

static void clear(struct found_monitors *monitors)
{
	for (size_t i = 0; i < monitors->count; i++)
		pf_drop_fd(&monitors->items[i].connection.socket);
	free(monitors->items);
}

/* Moves the connection of a monitor to *ret. Returns the monitor's result. */
static int take_connection(struct found_monitor *monitor, struct pf_connection *ret)
{
	*ret = monitor->connection;
	if (monitor->result == 1)
		monitor->connection.socket = -1;
	else
		ret->socket = -1;
	return monitor->result;
}

/* Queries the monitors of a user. Returns as add_socket() does. */
static int ask_user(struct found_monitors *monitors, uid_t uid, const char *file)
{
	struct pf_control_dirs dirs;
	int r = pf_control_dirs_of_user(uid, &dirs);

	if (r == 0)
		r = add_control_dirs(monitors, &dirs, file);
	pf_control_dirs_clear(&dirs);
	return r;
}

/* Tells whether a process has ended, or ends within timeout_ms. */
static int has_ended(pid_t pid, int timeout_ms)
{
	PF_CLEANUP_FD int process = pf_pidfd_open(pid);
	struct pollfd fd = {.fd = process, .events = POLLIN};

	return process < 0 ? process == -ESRCH : poll(&fd, 1, timeout_ms) > 0;
}

/* Returns -ESRCH if the container does not exist, or 0 if it may exist and its monitor has too many
 * waiting clients. `pid` is the wanted process, or 0. A process that has ended is not in a
 * container. */
static int not_found(const struct found_monitors *monitors, pid_t pid, struct pf_connection *ret)
{
	const int timeout_ms = monitors->may_wait ? ANSWER_MSEC / 2 : 0;

	*ret = (struct pf_connection){.socket = -1};
	return monitors->is_busy && (pid == 0 || !has_ended(pid, timeout_ms)) ? 0 : -ESRCH;
}

/* Returns the result for a name, as pf_search_step() does. */
static int find_name(struct found_monitors *monitors, struct pf_connection *ret)
{
	int is_found = 0, broken = 0;

	for (size_t i = 0; !is_found && i < monitors->count; i++) {
		int result = take_connection(&monitors->items[i], ret);
		is_found = result >= 0;
		broken = result == -EPROTO || result == -EBADMSG ? result : broken;
	}
	if (is_found)
		return ret->socket >= 0;
	if (broken)
		return broken;
	return monitors->is_refused ? -EPERM : not_found(monitors, 0, ret);
}

static int find_pid(struct found_monitors *monitors, int pid, struct pf_connection *ret)
{
	for (size_t i = 0; i < monitors->count; i++) {
		const struct pflask_record *record = &monitors->items[i].connection.record;
		if (record->monitor_pid == pid || record->leader_pid == pid)
			return take_connection(&monitors->items[i], ret);
	}
	return not_found(monitors, pid, ret);
}

int pf_search_begin(uid_t uid, const char *name, int pid, int may_wait, struct pf_search **ret)
{
	char file[PF_CONTROL_FILE];
	struct pf_search *search = calloc(1, sizeof(*search));

	if (!search)
		return -ENOMEM;
	search->pid = pid;
	search->monitors.may_wait = may_wait;
	int is_long =
		snprintf(file, sizeof(file), "%s" PF_CONTROL_SUFFIX, name) >= (int)sizeof(file);
	int r = is_long || strchr(name, '/') ? -ESRCH
					     : ask_user(&search->monitors, uid, pid ? NULL : file);
	if (r < 0)
		search = pf_search_free(search);
	*ret = search;
	return r;
}

int pf_search_step(struct pf_search *search, struct pf_connection *ret)
{
	struct found_monitors *monitors = &search->monitors;

	if (!take_answers(monitors))
		return -EAGAIN;
	return search->pid ? find_pid(monitors, search->pid, ret) : find_name(monitors, ret);
}

struct pf_search *pf_search_free(struct pf_search *search)
{
	if (search)
		clear(&search->monitors);
	free(search);
	return NULL;
}

int pf_find_all(struct pflask_record **ret)
{
	struct found_monitors monitors = {.may_wait = 1};
	struct pf_control_dirs dirs;
	int count = 0, r = pf_control_dirs_list(PF_CONTROL_DIRS_ALL, &dirs);

	if (r == 0)
		r = add_control_dirs(&monitors, &dirs, NULL);
	if (r == 0)
		take_answers(&monitors);
	struct pflask_record *records = calloc(monitors.count + 1, sizeof(*records));
	for (size_t i = 0; records && i < monitors.count; i++)
		if (monitors.items[i].result != -ESRCH && monitors.items[i].result != -EPERM)
			records[count++] = monitors.items[i].connection.record;
	pf_control_dirs_clear(&dirs);
	clear(&monitors);
	if (r < 0 || !records) {
		free(records);
		return r < 0 ? r : -ENOMEM;
	}
	*ret = records;
	return count;
}
