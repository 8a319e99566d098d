/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests messages: a well-formed message arrives, a malformed message is refused. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/protocol/wire.h"

#define HEADER offsetof(struct pf_message, body)
#define MANY_FDS 20

struct pair {
	int ends[2];
	int open_files; /* descriptors that were open before the pair was made */
};

static int set_up(void **state)
{
	static struct pair pair;

	pair.open_files = unit_open_files();
	*state = &pair;
	return pf_socketpair(pair.ends);
}

/* Checks that the test has left no descriptor open. */
static int tear_down(void **state)
{
	const struct pair *pair = *state;

	close(pair->ends[0]);
	close(pair->ends[1]);
	return unit_open_files() == pair->open_files ? 0 : -1;
}

/* Sends bytes and copies of descriptor 0, as a hostile process may do. */
static void send_raw(const struct pair *pair, const void *bytes, size_t size, size_t fd_count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MANY_FDS * sizeof(int))];
	} room = {0};
	struct iovec vector = {(void *)bytes, size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

	if (fd_count > 0) {
		header.msg_control = &room;
		header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		struct cmsghdr *part = CMSG_FIRSTHDR(&header);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memset(CMSG_DATA(part), 0, fd_count * sizeof(int));
	}
	assert_int_equal(sendmsg(pair->ends[0], &header, 0), size);
}

static int receive(const struct pair *pair, struct pf_received *got)
{
	return pf_receive(pair->ends[1], MSG_DONTWAIT, got);
}

/* Fills in a message. Members that a receiver checks get possible values. */
static void fill(struct pf_message *message, enum pf_message_type type)
{
	pf_message_init(message, type);
	memset(&message->body, 0x5a, message->length);
	switch (type) {
	case PF_MESSAGE_SIGNAL:
		message->body.signal.number = 64;
		break;
	case PF_MESSAGE_READY:
		message->body.ready = (struct pf_ready){1, INT32_MAX, 1, 4095, CLONE_NEWNS};
		break;
	case PF_MESSAGE_FAILED:
		message->body.failed = (struct pf_failed){-2, 4095, PF_DETAIL_TEXT, "text"};
		break;
	case PF_MESSAGE_SKIPPED:
		message->body.skipped.number = ENOSYS;
		break;
	case PF_MESSAGE_EXITED:
	case PF_MESSAGE_STOPPED:
		message->body.exited = (struct pflask_exit){
			.reason = PFLASK_EXITED, .code = 255, .link = "eth0", .wall_usec = 1};
		break;
	case PF_MESSAGE_REGISTER:
		message->body.machine = (struct pf_register){
			.monitor_pid = 1, .init_pid = 2, .link_count = PF_REGISTER_LINKS};
		break;
	case PF_MESSAGE_REGISTERED:
		message->body.registered = (struct pf_registered){4095, "text"};
		break;
	case PF_MESSAGE_DETACHED:
		message->body.detached.pid = 1;
		break;
	case PF_MESSAGE_STATUS:
		message->body.status.status = SIGKILL;
		break;
	case PF_MESSAGE_DONE:
		message->body.done.number = 4095;
		break;
	case PF_MESSAGE_RECORD:
		message->body.record = (struct pflask_record){
			.monitor_pid = 1, .clients = 64, .name = "web", .root = "/"};
		break;
	case PF_MESSAGE_MISSED:
		memset(&message->body, 0, message->length);
		message->body.missed.modes.alternate = 1049;
		break;
	default:
		break;
	}
}

static void every_type_arrives_as_it_was_sent(void **state)
{
	for (int type = PF_MESSAGE_NONE + 1; type < PF_MESSAGE_COUNT; type++) {
		if (type == PF_MESSAGE_INPUT || type == PF_MESSAGE_OUTPUT)
			continue;
		struct pf_message message;
		struct pf_received got;
		fill(&message, (enum pf_message_type)type);
		assert_int_equal(pf_send(((struct pair *)*state)->ends[0], &message, NULL, 0), 0);
		assert_int_equal(receive(*state, &got), 1);
		assert_memory_equal(&got.message, &message, HEADER + message.length);
		assert_int_equal(got.fd_count, 0);
	}
}

static void descriptors_arrive_close_on_exec(void **state)
{
	const struct pair *pair = *state;
	struct pf_message message;
	struct pf_received got;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pf_message_init(&message, PF_MESSAGE_TERMINAL);
	assert_int_equal(pf_send(pair->ends[0], &message, &ends[1], 1), 0);
	close(ends[1]);
	assert_int_equal(receive(pair, &got), 1);
	assert_int_equal(got.fd_count, 1);
	assert_int_equal(fcntl(got.fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(got.fds[0], "x", 1), 1);
	char byte = 0;
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(ends[0]);
	close(got.fds[0]);
}

static void as_many_descriptors_as_fit_arrive(void **state)
{
	const struct pair *pair = *state;
	const int fds[PF_WIRE_FDS] = {0};
	struct pf_message message;
	struct pf_received got;

	pf_message_init(&message, PF_MESSAGE_START);
	assert_int_equal(pf_send(pair->ends[0], &message, fds, PF_WIRE_FDS), 0);
	assert_int_equal(receive(pair, &got), 1);
	assert_int_equal(got.fd_count, PF_WIRE_FDS);
	for (size_t i = 0; i < got.fd_count; i++)
		close(got.fds[i]);
	assert_int_equal(pf_send(pair->ends[0], &message, fds, PF_WIRE_FDS + 1), -EINVAL);
}

static void no_message_takes_more_descriptors_than_the_table_says(void **state)
{
	static const size_t most[] = {
#define PF_EMPTY(name, route, descriptors, text) [PF_MESSAGE_##name] = (descriptors),
#define PF_BODY(name, route, type, descriptors, text) [PF_MESSAGE_##name] = (descriptors),
#define PF_BYTES(name, route, most, descriptors, text) [PF_MESSAGE_##name] = (descriptors),
#include "defs/messages.def"
	};
	const int fds[PF_WIRE_FDS + 1] = {0};
	const struct pair *pair = *state;

	for (int type = PF_MESSAGE_NONE + 1; type < PF_MESSAGE_COUNT; type++) {
		struct pf_message message;
		struct pf_received got;
		if (type == PF_MESSAGE_INPUT || type == PF_MESSAGE_OUTPUT)
			continue;
		fill(&message, (enum pf_message_type)type);
		assert_int_equal(pf_send(pair->ends[0], &message, fds, most[type]), 0);
		assert_int_equal(receive(pair, &got), 1);
		assert_int_equal(got.fd_count, most[type]);
		pf_close_received(&got, 0);
		assert_int_equal(pf_send(pair->ends[0], &message, fds, most[type] + 1), -EINVAL);
	}
}

static void the_sender_is_known_where_asked_for(void **state)
{
	const struct pair *pair = *state;
	struct pf_message message;
	struct pf_received got;
	int yes = 1;

	setsockopt(pair->ends[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes));
	pf_message_init(&message, PF_MESSAGE_EXEC);
	assert_int_equal(pf_send(pair->ends[0], &message, NULL, 0), 0);
	assert_int_equal(receive(pair, &got), 1);
	assert_int_equal(got.sender, getpid());
}

static void nothing_there_is_said(void **state)
{
	struct pf_received got;

	assert_int_equal(receive(*state, &got), -EAGAIN);
}

static void the_end_of_file_is_said(void **state)
{
	struct pair *pair = *state;
	struct pf_message message;
	struct pf_received got;

	close(pair->ends[0]);
	assert_int_equal(receive(pair, &got), 0);
	pf_message_init(&message, PF_MESSAGE_EXEC);
	assert_int_equal(pf_send(pair->ends[1], &message, NULL, 0), -EPIPE);
	pair->ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void malformed_messages_are_refused(void **state)
{
	static const struct {
		uint32_t type, length;
		size_t size;
	} cases[] = {
		{0, 0, HEADER},
		{PF_MESSAGE_COUNT, 0, HEADER},
		{UINT32_MAX, 0, HEADER},
		{PF_MESSAGE_EXEC, 4, HEADER},
		{PF_MESSAGE_EXEC, 0, HEADER - 1},
		{PF_MESSAGE_EXEC, 0, HEADER + 1},
		{PF_MESSAGE_EXEC, 0, 1},
		{PF_MESSAGE_STATUS, sizeof(struct pf_status), HEADER},
		{PF_MESSAGE_STATUS, sizeof(struct pf_status),
		 HEADER + sizeof(struct pf_status) - 1},
		{PF_MESSAGE_STATUS, 0, HEADER + sizeof(struct pf_status)},
		{PF_MESSAGE_STATUS, UINT32_MAX, HEADER + sizeof(struct pf_status)},
		{PF_MESSAGE_EXITED, sizeof(struct pflask_exit), sizeof(struct pf_message) + 8},
	};

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		char bytes[sizeof(struct pf_message) + 8] = {0};
		struct pf_received got;
		memcpy(bytes, &cases[i].type, sizeof(uint32_t));
		memcpy(bytes + sizeof(uint32_t), &cases[i].length, sizeof(uint32_t));
		send_raw(*state, bytes, cases[i].size, 2);
		assert_int_equal(receive(*state, &got), -EBADMSG);
		assert_int_equal(got.fd_count, 0);
	}
}

/* The place of a number or of a text in a message, and a value that the number or the text cannot
 * have. */
static const struct impossible {
	enum pf_message_type type;
	size_t place, size;
	int64_t value; /* for a text: the value of every byte */
} impossible[] = {
#define PLACE(member) offsetof(struct pf_message, body.member)
#define NUMBER(type, member, value)                                                              \
	{                                                                                        \
		PF_MESSAGE_##type, PLACE(member), sizeof(((struct pf_message *)0)->body.member), \
			value                                                                    \
	}
#define TEXT(type, member) NUMBER(type, member, 'A')
	NUMBER(SIGNAL, signal.number, 0),
	NUMBER(SIGNAL, signal.number, 65),
	NUMBER(SIGNAL, signal.number, -9),
	NUMBER(READY, ready.monitor_pid, 0),
	NUMBER(READY, ready.init_pid, -1),
	NUMBER(READY, ready.leader_pid, 0),
	NUMBER(READY, ready.keyring_errno, -5),
	NUMBER(READY, ready.namespaces, 1),
	NUMBER(FAILED, failed.number, 0),
	NUMBER(FAILED, failed.number, -5),
	NUMBER(FAILED, failed.number, 4096),
	NUMBER(FAILED, failed.index, -1000),
	NUMBER(FAILED, failed.index, INT32_MIN),
	NUMBER(FAILED, failed.detail, 3),
	TEXT(FAILED, failed.text),
	NUMBER(SKIPPED, skipped.number, -1),
	NUMBER(EXITED, exited.reason, 0),
	NUMBER(EXITED, exited.reason, PFLASK_KILLED + 1),
	NUMBER(EXITED, exited.reason, PFLASK_SIGNALED), /* without a signal */
	NUMBER(EXITED, exited.reason, PFLASK_OOM),
	NUMBER(EXITED, exited.reason, PFLASK_SECCOMP),
	NUMBER(EXITED, exited.reason, PFLASK_KILLED),
	NUMBER(EXITED, exited.code, -1),
	NUMBER(EXITED, exited.code, 256),
	NUMBER(EXITED, exited.signal, -9),
	NUMBER(EXITED, exited.signal, 1000),
	NUMBER(EXITED, exited.output_errno, -5),
	NUMBER(EXITED, exited.changes_errno, 99999),
	NUMBER(EXITED, exited.keep_errno, INT32_MIN),
	NUMBER(EXITED, exited.link_errno, -1),
	NUMBER(EXITED, exited.lost_errno, -1),
	TEXT(EXITED, exited.changes_path),
	TEXT(EXITED, exited.keep_path),
	TEXT(EXITED, exited.link),
	TEXT(EXITED, exited.network),
	NUMBER(EXITED, exited.has_io, 2),
	NUMBER(EXITED, exited.timeout_msec, -1),
	NUMBER(STOPPED, exited.code, -1),
	NUMBER(REGISTER, machine.monitor_pid, 0),
	NUMBER(REGISTER, machine.init_pid, -1),
	NUMBER(REGISTER, machine.link_count, PF_REGISTER_LINKS + 1),
	NUMBER(REGISTERED, registered.number, -1),
	TEXT(REGISTERED, registered.text),
	NUMBER(DETACHED, detached.pid, 0),
	NUMBER(STATUS, status.status, 100),    /* a signal that does not exist */
	NUMBER(STATUS, status.status, 0x137f), /* stopped */
	NUMBER(DONE, done.number, -5),
	NUMBER(DONE, done.number, INT32_MIN),
	NUMBER(RECORD, record.monitor_pid, 0),
	NUMBER(RECORD, record.leader_pid, -1),
	NUMBER(RECORD, record.clients, 65),
	NUMBER(RECORD, record.started, -1),
	TEXT(RECORD, record.name),
	TEXT(RECORD, record.command),
	TEXT(RECORD, record.root),
	NUMBER(MISSED, missed.parser.state, 200),
	NUMBER(MISSED, missed.modes.alternate, 1003),
};

static void impossible_values_are_refused(void **state)
{
	static char buffer[PF_OUTPUT_MAX];
	const struct pair *pair = *state;
	struct pf_received got;

	for (size_t i = 0; i < UNIT_COUNT(impossible); i++) {
		const struct impossible *row = &impossible[i];
		struct pf_message message;
		fill(&message, row->type);
		if (row->size <= sizeof(row->value))
			memcpy((char *)&message + row->place, &row->value, row->size);
		else
			memset((char *)&message + row->place, (int)row->value, row->size);
		for (int j = 0; j < 2; j++) {
			send_raw(pair, &message, HEADER + message.length, 1);
			int r = j ? receive(pair, &got)
				  : pf_receive_bytes(pair->ends[1], MSG_DONTWAIT, &got, buffer,
						     sizeof(buffer));
			assert_int_equal(r, -EBADMSG);
			assert_int_equal(got.fd_count, 0);
		}
	}
}

static void too_many_descriptors_are_refused_and_closed(void **state)
{
	struct pf_message message;
	struct pf_received got;

	pf_message_init(&message, PF_MESSAGE_EXEC);
	for (size_t count = PF_WIRE_FDS + 1; count <= MANY_FDS; count++) {
		send_raw(*state, &message, HEADER, count);
		assert_int_equal(receive(*state, &got), -EBADMSG);
		assert_int_equal(got.fd_count, 0);
	}
}

static void a_descriptor_without_a_message_is_refused(void **state)
{
	struct pf_received got;

	send_raw(*state, "", 0, 1);
	assert_int_equal(receive(*state, &got), -EBADMSG);
}

static int receive_bytes(const struct pair *pair, struct pf_received *got, char *buffer)
{
	return pf_receive_bytes(pair->ends[1], MSG_DONTWAIT, got, buffer, PF_OUTPUT_MAX);
}

static void bytes_arrive_as_they_were_sent(void **state)
{
	static char sent[PF_OUTPUT_MAX], buffer[PF_OUTPUT_MAX];
	static const size_t sizes[] = {0, 1, 4095, PF_OUTPUT_MAX};
	const struct pair *pair = *state;
	struct pf_received got;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 7);
	for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
		size_t first = sizes[i] / 3;
		const struct iovec parts[2] = {{sent, first}, {sent + first, sizes[i] - first}};
		assert_int_equal(pf_send_bytes(pair->ends[0], PF_MESSAGE_OUTPUT, parts), 0);
		assert_int_equal(receive_bytes(pair, &got, buffer), 1);
		assert_int_equal(got.message.type, PF_MESSAGE_OUTPUT);
		assert_int_equal(got.message.length, sizes[i]);
		assert_memory_equal(buffer, sent, sizes[i]);
	}
}

static void other_messages_come_between_bytes(void **state)
{
	static char buffer[PF_OUTPUT_MAX];
	const struct pair *pair = *state;
	struct pf_message message;
	struct pf_received got;

	fill(&message, PF_MESSAGE_RECORD);
	assert_int_equal(pf_send(pair->ends[0], &message, NULL, 0), 0);
	assert_int_equal(receive_bytes(pair, &got, buffer), 1);
	assert_memory_equal(&got.message, &message, HEADER + message.length);
}

static void malformed_bytes_are_refused(void **state)
{
	static const struct {
		uint32_t type, length;
		size_t size;
	} cases[] = {
		{PF_MESSAGE_INPUT, 4, HEADER + 5},
		{PF_MESSAGE_INPUT, 4, HEADER + 3},
		{PF_MESSAGE_INPUT, PF_INPUT_MAX + 1, HEADER + PF_INPUT_MAX + 1},
		{PF_MESSAGE_OUTPUT, PF_OUTPUT_MAX + 1, HEADER + PF_OUTPUT_MAX + 1},
		{PF_MESSAGE_OUTPUT, UINT32_MAX, HEADER + 8},
		{PF_MESSAGE_RESIZE, sizeof(struct pf_resize), HEADER},
		{PF_MESSAGE_RESIZE, sizeof(struct pf_resize), HEADER + PF_OUTPUT_MAX},
	};
	static char bytes[HEADER + PF_OUTPUT_MAX + 8], buffer[PF_OUTPUT_MAX];

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pf_received got;
		memcpy(bytes, &cases[i].type, sizeof(uint32_t));
		memcpy(bytes + sizeof(uint32_t), &cases[i].length, sizeof(uint32_t));
		send_raw(*state, bytes, cases[i].size, 1);
		assert_int_equal(receive_bytes(*state, &got, buffer), -EBADMSG);
		assert_int_equal(got.fd_count, 0);
	}
}

static void bytes_where_none_are_expected_are_refused(void **state)
{
	const struct iovec parts[2] = {{"abc", 3}, {NULL, 0}};
	const struct pair *pair = *state;
	struct pf_received got;

	assert_int_equal(pf_send_bytes(pair->ends[0], PF_MESSAGE_INPUT, parts), 0);
	assert_int_equal(receive(pair, &got), -EBADMSG);
}

static void a_reader_that_does_not_read_is_not_waited_for(void **state)
{
	static char sent[PF_OUTPUT_MAX];
	const struct iovec parts[2] = {{sent, sizeof(sent)}, {NULL, 0}};
	const struct pair *pair = *state;
	int r = 0;

	for (int i = 0; i < 100000 && r == 0; i++)
		r = pf_send_bytes(pair->ends[0], PF_MESSAGE_OUTPUT, parts);
	assert_int_equal(r, -EAGAIN);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	WITH_PAIR(every_type_arrives_as_it_was_sent),
	WITH_PAIR(descriptors_arrive_close_on_exec),
	WITH_PAIR(as_many_descriptors_as_fit_arrive),
	WITH_PAIR(no_message_takes_more_descriptors_than_the_table_says),
	WITH_PAIR(the_sender_is_known_where_asked_for),
	WITH_PAIR(nothing_there_is_said),
	WITH_PAIR(the_end_of_file_is_said),
	WITH_PAIR(malformed_messages_are_refused),
	WITH_PAIR(impossible_values_are_refused),
	WITH_PAIR(too_many_descriptors_are_refused_and_closed),
	WITH_PAIR(a_descriptor_without_a_message_is_refused),
	WITH_PAIR(bytes_arrive_as_they_were_sent),
	WITH_PAIR(other_messages_come_between_bytes),
	WITH_PAIR(malformed_bytes_are_refused),
	WITH_PAIR(bytes_where_none_are_expected_are_refused),
	WITH_PAIR(a_reader_that_does_not_read_is_not_waited_for),
};

UNIT_MAIN(tests)
