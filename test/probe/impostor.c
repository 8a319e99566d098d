/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile verbs that pose as the monitor of a detached container. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/protocol/wire.h"
#include "probe.h"

#define HEADER offsetof(struct pf_message, body)

enum { WANTS = PF_WANT_EXEC + 1 };

/* The impostor's record, and the answer to each request. */
static struct {
	struct pflask_record record;
	const char *answers[WANTS];
	const char *
		second; /* second descriptor of READY: "none", "null", "socket", "tty", or a path */
	pid_t victim;   /* the process whose pidfd is the first descriptor of READY */
	int pids[3];    /* monitor, init and leader in READY */
	char text[256]; /* the bytes of OUTPUT, and every text in FAILED and EXITED */
	bool keeps;     /* whether the impostor keeps the descriptors that it gets */
	bool overlong;  /* whether the texts in FAILED and EXITED have no NUL */
	int number;     /* the error number in DONE and FAILED */
	int index;      /* the index of the operation in FAILED */
	struct pflask_exit end;
	struct pf_modes modes; /* the modes in MISSED */
} pose;

static const char *const wants[WANTS] = {
	[PF_WANT_RECORD] = "record", [PF_WANT_SEND] = "send", [PF_WANT_WAIT] = "wait",
	[PF_WANT_ATTACH] = "attach", [PF_WANT_LOGS] = "logs", [PF_WANT_FOLLOW] = "follow",
	[PF_WANT_EXEC] = "exec",
};

/* Copies a word. Replaces \xHH in the word by the byte. */
static void copy_bytes(char *to, size_t room, const char *word)
{
	size_t length = 0;

	for (; *word && length + 1 < room; length++) {
		if (strncmp(word, "\\x", 2) == 0 && word[2] && word[3]) {
			char pair[] = {word[2], word[3], '\0'};

			to[length] = (char)strtoul(pair, NULL, 16);
			word += 4;
		} else {
			to[length] = *word++;
		}
	}
	memset(to + length, 0, room - length);
}

static void set_answer(const char *name, const char *value)
{
	for (int want = PF_WANT_RECORD; want < WANTS; want++)
		if (strcmp(wants[want], name) == 0) {
			pose.answers[want] = value;
			return;
		}
	misused(name);
}

/* Sets a number of the pose by its name. Returns whether there is such a number. */
static bool set_number(const char *name, const char *value)
{
	if (strcmp(name, "number") == 0)
		pose.number = (int)number(value);
	else if (strcmp(name, "index") == 0)
		pose.index = (int)number(value);
	else if (strcmp(name, "reason") == 0)
		pose.end.reason = (int)number(value);
	else if (strcmp(name, "code") == 0)
		pose.end.code = (int)number(value);
	else if (strcmp(name, "signal") == 0)
		pose.end.signal = (int)number(value);
	else if (strcmp(name, "output-errno") == 0)
		pose.end.output_errno = (int)number(value);
	else if (strcmp(name, "keeps") == 0)
		pose.keeps = number(value) != 0;
	else if (strcmp(name, "overlong") == 0)
		pose.overlong = number(value) != 0;
	else if (strcmp(name, "charset") == 0)
		pose.modes.charset[3] = (uint8_t)number(value);
	else if (strcmp(name, "alternate") == 0)
		pose.modes.alternate = (uint16_t)number(value);
	else if (strcmp(name, "started") == 0)
		pose.record.started = strtoull(value, NULL, 0);
	else
		return false;
	return true;
}

/* Sets a KEY of the pose to VALUE. The comment of play() lists the keys. */
static void set(char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		misused(word);
	*value++ = '\0';
	if (strcmp(word, "name") == 0)
		copy_bytes(pose.record.name, sizeof(pose.record.name), value);
	else if (strcmp(word, "command") == 0)
		copy_bytes(pose.record.command, sizeof(pose.record.command), value);
	else if (strcmp(word, "root") == 0)
		copy_bytes(pose.record.root, sizeof(pose.record.root), value);
	else if (strcmp(word, "text") == 0)
		copy_bytes(pose.text, sizeof(pose.text), value);
	else if (strcmp(word, "leader") == 0)
		pose.record.leader_pid = (int)number(value);
	else if (strcmp(word, "monitor") == 0)
		pose.record.monitor_pid = (int)number(value);
	else if (strcmp(word, "uid") == 0)
		pose.record.uid = (uint32_t)number(value);
	else if (strcmp(word, "victim") == 0)
		pose.victim = (pid_t)number(value);
	else if (strcmp(word, "pids") == 0)
		pose.pids[0] = pose.pids[1] = pose.pids[2] = (int)number(value);
	else if (strcmp(word, "second") == 0)
		pose.second = value;
	else if (!set_number(word, value))
		set_answer(word, value);
}

/* Sends a message with a body of `length` bytes. Returns whether the client still receives. */
static bool say(int client, enum pf_message_type type, size_t length, struct pf_message *message)
{
	message->type = type;
	message->length = (uint32_t)length;
	return send(client, message, HEADER + length, MSG_NOSIGNAL) >= 0;
}

static int open_second(void)
{
	if (strcmp(pose.second, "null") == 0)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	if (strcmp(pose.second, "socket") == 0)
		return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (strcmp(pose.second, "tty") == 0)
		return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *pose.second == '/' ? open(pose.second, O_RDONLY | O_CLOEXEC) : -1;
}

/* Sends READY with a pidfd of the victim and perhaps a second descriptor. */
static void say_ready(int client)
{
	struct pf_message message = {
		.type = PF_MESSAGE_READY,
		.length = sizeof(message.body.ready),
		.body.ready = {pose.pids[0], pose.pids[1], pose.pids[2], 0, 0},
	};
	int fds[] = {(int)syscall(SYS_pidfd_open, pose.victim, 0), open_second()};
	size_t fds_size = sizeof(int) * (fds[1] < 0 ? 1 : 2);
	union {
		char space[CMSG_SPACE(sizeof(fds))];
		struct cmsghdr align;
	} control = {0};
	struct iovec vector = {&message, HEADER + message.length};
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(fds_size),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	if (fds[0] < 0)
		misused("victim");
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(fds_size);
	memcpy(CMSG_DATA(rights), fds, fds_size);
	printf("ready %s\n", outcome(sendmsg(client, &header, MSG_NOSIGNAL)));
	close(fds[0]);
	if (fds[1] >= 0 && *pose.second != '/') /* close(2) of a file on FUSE may block */
		close(fds[1]);
}

/* Puts the text of the pose into a message. */
static void put_text(char *to, size_t room)
{
	memcpy(to, pose.text, room);
	to[room - 1] = '\0';
	if (pose.overlong)
		memset(to, 'A', room);
}

static void say_exited(int client)
{
	struct pf_message message = {.body.exited = pose.end};
	struct pflask_exit *exited = &message.body.exited;

	if (pose.text[0] || pose.overlong) {
		exited->link_errno = exited->changes_errno = exited->keep_errno = EIO;
		put_text(exited->changes_path, sizeof(exited->changes_path));
		put_text(exited->keep_path, sizeof(exited->keep_path));
		put_text(exited->link, sizeof(exited->link));
		put_text(exited->network, sizeof(exited->network));
	}
	say(client, PF_MESSAGE_EXITED, sizeof(*exited), &message);
}

static void say_failed(int client)
{
	struct pf_message message = {.body.failed = {pose.index, pose.number ? pose.number : EIO}};

	put_text(message.body.failed.text, sizeof(message.body.failed.text));
	say(client, PF_MESSAGE_FAILED, sizeof(message.body.failed), &message);
}

static void say_output(int client)
{
	char bytes[HEADER + sizeof(pose.text)];
	uint32_t header[] = {PF_MESSAGE_OUTPUT, (uint32_t)strlen(pose.text)};

	memcpy(bytes, header, sizeof(header));
	memcpy(bytes + HEADER, pose.text, header[1]);
	send(client, bytes, HEADER + header[1], MSG_NOSIGNAL);
}

/* Sends MISSED, so that the client sets the modes of the pose in its terminal. */
static void say_missed(int client)
{
	struct pf_message message = {.body.missed = {.bytes = 1, .modes = pose.modes}};

	say(client, PF_MESSAGE_MISSED, sizeof(message.body.missed), &message);
	say_output(client);
}

/* Answers a request. Returns whether the connection stays open. */
static bool answer(int client, uint32_t want)
{
	const char *how = want > 0 && want < WANTS && pose.answers[want] ? pose.answers[want] : "";
	struct pf_message message = {0};

	if (strcmp(how, "record") == 0) {
		message.body.record = pose.record;
		return say(client, PF_MESSAGE_RECORD, sizeof(pose.record), &message);
	}
	if (strcmp(how, "garbage") == 0) {
		memset(&message, 0xff, sizeof(message));
		return send(client, &message, sizeof(message), MSG_NOSIGNAL) >= 0;
	}
	message.body.done.number = pose.number;
	if (strcmp(how, "done") == 0)
		return say(client, PF_MESSAGE_DONE, sizeof(message.body.done), &message);
	if (strcmp(how, "failed") == 0)
		say_failed(client);
	if (strncmp(how, "ready", 5) == 0)
		say_ready(client);
	if (strcmp(how, "output") == 0)
		say_output(client);
	if (strcmp(how, "missed") == 0)
		say_missed(client);
	if (strcmp(how, "exited") == 0 || strcmp(how, "output") == 0 ||
	    strcmp(how, "ready-exited") == 0)
		say_exited(client);
	return strcmp(how, "silent") == 0 || strcmp(how, "ready-hold") == 0;
}

/* Reads from a descriptor without waiting, and prints the first line. */
static void loot(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct stat status;
	char text[65] = "";

	if (fstat(fd, &status) < 0 || S_ISDIR(status.st_mode) || poll(&ready, 1, 0) <= 0)
		return;
	if (read(fd, text, sizeof(text) - 1) > 0)
		printf("read %.*s\n", (int)strcspn(text, "\n"), text);
}

/* Counts and reads the descriptors that came with a message. */
static void rob(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	size_t count = 0;

	for (; header; header = CMSG_NXTHDR(message, header))
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			for (; CMSG_LEN((count + 1) * sizeof(int)) <= header->cmsg_len; count++) {
				int fd;

				memcpy(&fd, CMSG_DATA(header) + count * sizeof(int), sizeof(fd));
				loot(fd);
				if (!pose.keeps) /* an open copy keeps readers waiting */
					close(fd);
			}
	printf("handed %zu\n", count);
	fflush(stdout);
}

/* Serves a client until the client or the impostor closes the connection. */
static void serve(int client)
{
	bool stays = true;

	while (stays) {
		union {
			char space[CMSG_SPACE(sizeof(int) * PF_WIRE_FDS)];
			struct cmsghdr align;
		} control = {0};
		struct pf_message request = {0};
		struct iovec vector = {&request, sizeof(request)};
		struct msghdr message = {
			.msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof(control.space),
		};

		if (recvmsg(client, &message, 0) <= 0)
			return;
		if (request.type == PF_MESSAGE_REQUEST)
			printf("asked %u\n", request.body.request.want);
		rob(&message);
		if (request.type == PF_MESSAGE_REQUEST)
			stays = answer(client, request.body.request.want);
		fflush(stdout);
	}
}

/* A thread that serves a client. Clients accept answers only from the process that listens, so a
 * child process could not answer. */
static void *serve_alone(void *argument)
{
	int client = (int)(intptr_t)argument;

	serve(client);
	close(client);
	return NULL;
}

static void start_serving(int client)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, serve_alone, (void *)(intptr_t)client) != 0)
		misused("no thread");
	pthread_detach(thread);
}

/* Listens on DIR/NAME.sock. Creates the directory if it does not exist. */
static int listen_at(const char *directory, const char *name, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int length;

	mkdir(directory, 0700);
	length =
		snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s.sock", directory, name);
	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		misused("a path that is too long");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, backlog) < 0)
		misused(address.sun_path);
	return fd;
}

static const char *word(char **words, int count, int index)
{
	if (index >= count)
		misused("a word is missing");
	return words[index];
}

/*
 * pose DIR NAME [KEY=VALUE...]: listens on DIR/NAME.sock and serves all clients, until killed.
 * Prints each request and its descriptors.
 *
 * Keys of the record: name=, command=, root=, leader=, monitor=, uid= and started=.
 *
 * The keys record=, send=, wait=, attach=, logs=, follow= and exec= choose the answer to a request:
 * "record", "done", "failed", "exited", "output" (OUTPUT and EXITED), "missed" (MISSED and OUTPUT),
 * "ready" (READY, and the impostor closes the connection), "ready-exited" (READY and EXITED),
 * "ready-hold" (READY, and the connection stays open), "garbage" or "silent" (no answer). With any
 * other value, the impostor closes the connection.
 *
 * Keys of messages: text= (OUTPUT, and each text in FAILED and EXITED), overlong=1 (no text in
 * FAILED and EXITED ends); victim=PID, second=none|null|socket|tty|PATH and pids=PID for all three
 * pids (READY); number= (DONE, FAILED); index= (FAILED); reason=, code=, signal= and output-errno=
 * (EXITED); charset= and alternate= (MISSED). In name=, command=, root= and text=, \xHH stands for
 * any byte. With keeps=1, the impostor keeps all received descriptors.
 */
static int play(int count, char **words)
{
	int server;

	pose.record.monitor_pid = getpid();
	pose.record.leader_pid = getpid();
	pose.record.uid = getuid();
	pose.record.started = (uint64_t)time(NULL) * 1000000;
	pose.victim = getpid();
	pose.pids[0] = pose.pids[1] = pose.pids[2] = getpid();
	pose.index = -1;
	pose.end.reason = PFLASK_EXITED;
	pose.second = "none";
	pose.answers[PF_WANT_RECORD] = "record";
	copy_bytes(pose.record.name, sizeof(pose.record.name), word(words, count, 2));
	strcpy(pose.record.command, "impostor");
	strcpy(pose.record.root, "/");
	for (int i = 3; i < count; i++)
		set(words[i]);
	server = listen_at(words[1], words[2], 64);
	printf("posing %d\n", getpid());
	fflush(stdout);
	for (;;) {
		int client = accept4(server, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			return 1;
		start_serving(client);
	}
}

/* Fills the queue of a listening socket with connections of this process. */
static void fill_queue(const char *directory, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s.sock", directory, name);
	do
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	if (errno != EAGAIN)
		misused("connect");
}

/*
 * mute DIR PREFIX N [full]: makes N sockets that accept clients and send nothing. With "full", the
 * queue of each socket has no room for another client. Prints the number of sockets.
 */
static int be_mute(int count, char **words)
{
	long wanted = number(word(words, count, 3));
	bool full = count > 4 && strcmp(words[4], "full") == 0;

	for (long i = 0; i < wanted; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%ld", words[2], i);
		listen_at(words[1], name, full ? 0 : 64);
		if (full)
			fill_queue(words[1], name);
	}
	printf("mute %ld\n", wanted);
	return flushed();
}

/* lock-directory PATH: creates the directory if it does not exist, and locks the directory until
 * this process ends. */
static int lock_directory(int count, char **words)
{
	const char *path = word(words, count, 1);
	int fd;

	mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	printf("lock %s\n", outcome(fd < 0 ? -1 : flock(fd, LOCK_EX)));
	return flushed();
}

const struct verb impostor_verbs[] = {
	{"pose", play, false},
	{"mute", be_mute, false},
	{"lock-directory", lock_directory, false},
	{NULL, NULL, false},
};
