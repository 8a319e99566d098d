/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container by the system bus (bus.h). */
#define _GNU_SOURCE
#include "bus.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "peer.h"

#define MACHINED "org.freedesktop.machine1"
#define DBUS "org.freedesktop.DBus"

enum { CALL = 1, RETURN, ERROR }; /* message types of D-Bus */
enum { PATH = 1, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SIGNATURE = 8 };
enum { HELLO = 1, CREATE }; /* serial numbers of the method calls */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "messages are little-endian");

/* The fixed part of the header of a D-Bus message. The header fields follow. The body begins at a
 * multiple of 8. */
struct header {
	char order; /* byte order, 'l': little-endian */
	uint8_t type, flags, version;
	uint32_t body_size, serial, fields_size;
};

/* A message under construction. Values are aligned relative to the start of the message. */
struct request {
	size_t used, start;
	char bytes[PATH_MAX + 2048];
};

static void align(struct request *to, size_t unit)
{
	while ((to->used - to->start) % unit)
		to->bytes[to->used++] = '\0';
}

static void put(struct request *to, const void *bytes, size_t size)
{
	memcpy(to->bytes + to->used, bytes, size);
	to->used += size;
}

static void put_number(struct request *to, uint32_t number)
{
	align(to, sizeof(number));
	put(to, &number, sizeof(number));
}

static void put_text(struct request *to, const char *text)
{
	put_number(to, (uint32_t)strlen(text));
	put(to, text, strlen(text) + 1);
}

static void put_signature(struct request *to, const char *types)
{
	uint8_t size = (uint8_t)strlen(types);

	put(to, &size, 1);
	put(to, types, (size_t)size + 1);
}

static void put_field(struct request *to, uint8_t code, const char *type, const char *text)
{
	align(to, 8);
	put(to, &code, 1);
	put_signature(to, type);
	if (*type == 'g')
		put_signature(to, text);
	else
		put_text(to, text);
}

/* Replaces a number at an offset from the start of the message. */
static void set_number(struct request *to, size_t offset, size_t number)
{
	const uint32_t value = (uint32_t)number;

	memcpy(to->bytes + to->start + offset, &value, sizeof(value));
}

/* Begins a method call that has no arguments yet. */
static void begin(struct request *to, uint32_t serial, const char *name, const char *path,
		  const char *interface, const char *member)
{
	const struct header header = {'l', CALL, 0, 1, 0, serial, 0};

	to->start = to->used;
	put(to, &header, sizeof(header));
	put_field(to, PATH, "o", path);
	put_field(to, INTERFACE, "s", interface);
	put_field(to, MEMBER, "s", member);
	put_field(to, DESTINATION, "s", name);
	set_number(to, offsetof(struct header, fields_size), to->used - to->start - sizeof(header));
	align(to, 8);
}

/* Adds the properties of the machine's scope, an array of the type a(sv). */
static void put_properties(struct request *to, const struct pf_machine *machine)
{
	put_number(to, 0);
	size_t size_at = to->used - to->start - sizeof(uint32_t);
	align(to, 8);
	size_t first = to->used;
	if (machine->kill_signal) {
		put_text(to, "KillSignal");
		put_signature(to, "i");
		put_number(to, (uint32_t)machine->kill_signal);
	}
	set_number(to, size_at, to->used - first);
}

/* Adds the call of CreateMachineWithNetwork. The machine id is empty, because pflask has none. */
static void put_create(struct request *to, const struct pf_machine *machine)
{
	begin(to, CREATE, MACHINED, "/org/freedesktop/machine1", MACHINED ".Manager",
	      "CreateMachineWithNetwork");
	put_field(to, SIGNATURE, "g", "sayssusaia(sv)");
	set_number(to, offsetof(struct header, fields_size),
		   to->used - to->start - sizeof(struct header));
	align(to, 8);
	size_t body = to->used;
	put_text(to, machine->name);
	put_number(to, 0);
	put_text(to, "pflask");
	put_text(to, "container");
	put_number(to, (uint32_t)machine->leader);
	put_text(to, machine->root);
	put_number(to, (uint32_t)(machine->link_count * sizeof(*machine->links)));
	put(to, machine->links, machine->link_count * sizeof(*machine->links));
	put_properties(to, machine);
	set_number(to, offsetof(struct header, body_size), to->used - body);
}

/* Sends all messages at once. None needs an answer to an earlier one, because the bus authenticates
 * the caller by the socket. */
static int send_all(int fd, const struct pf_machine *machine)
{
	static const char credentials[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	struct request request = {.used = 0};

	if (strlen(machine->root) >= PATH_MAX)
		return -ENAMETOOLONG;
	put(&request, credentials, sizeof(credentials) - 1);
	begin(&request, HELLO, DBUS, "/org/freedesktop/DBus", DBUS, "Hello");
	put_create(&request, machine);
	return pf_peer_send(fd, request.bytes, request.used);
}

/* A buffer for the bytes that the bus has sent. */
struct inbox {
	int fd;
	const struct pf_patience *patience;
	size_t used;
	char bytes[8192];
};

static int receive(struct inbox *inbox, size_t needed)
{
	while (inbox->used < needed) {
		int n = pf_peer_receive(inbox->fd, inbox->bytes + inbox->used,
					sizeof(inbox->bytes) - inbox->used, inbox->patience);
		if (n < 0)
			return n;
		inbox->used += (size_t)n;
	}
	return 0;
}

static void drop(struct inbox *inbox, size_t size)
{
	inbox->used -= size;
	memmove(inbox->bytes, inbox->bytes + size, inbox->used);
}

/* Receives the lines of the authentication, which come before the first message: "DATA", and "OK"
 * with an id of the bus. */
static int await_ok(struct inbox *inbox)
{
	for (int is_ok = 0; !is_ok;) {
		const char *end;
		while (!(end = memmem(inbox->bytes, inbox->used, "\r\n", 2))) {
			int r = receive(inbox, inbox->used + 1);
			if (r < 0)
				return r;
		}
		is_ok = strncmp(inbox->bytes, "OK ", 3) == 0;
		if (!is_ok && strncmp(inbox->bytes, "DATA", 4) != 0)
			return -EPERM;
		drop(inbox, (size_t)(end + 2 - inbox->bytes));
	}
	return 0;
}

/* The parts of a received message that pflask needs. */
struct reply {
	uint8_t type;
	uint32_t serial; /* serial number of the method call that this message answers */
	const char *error;
	const char *text; /* the first argument of the message, if it is a string; or NULL */
};

static uint32_t number_at(const char *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

/* Returns a string of a message, or NULL if the string does not end before `end`. */
static const char *text_at(const char *at, const char *end)
{
	if (end - at < 5 || number_at(at) > (size_t)(end - at) - 5 || at[4 + number_at(at)])
		return NULL;
	return at + 4;
}

/* Reads a header field, which begins at a multiple of 8. Returns the end of the field. Returns
 * NULL for a malformed field. */
static const char *read_field(const char *at, const char *end, struct reply *ret)
{
	if (end - at < 6 || at[1] != 1 || at[3])
		return NULL;
	if (at[2] == 'g')
		return at + 4 + 1 + (uint8_t)at[4] + 1;
	if (at[2] == 'u' && end - at >= 8) {
		if (at[0] == REPLY_SERIAL)
			ret->serial = number_at(at + 4);
		return at + 8;
	}
	const char *text = text_at(at + 4, end);
	if (!text || !strchr("so", at[2]))
		return NULL;
	if (at[0] == ERROR_NAME)
		ret->error = text;
	return text + number_at(at + 4) + 1;
}

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* Reads a whole message. Returns 0, or -EBADMSG if it is malformed. */
static int read_message(const char *bytes, size_t size, size_t fields_size, struct reply *ret)
{
	const char *at = bytes + sizeof(struct header), *end = at + fields_size;

	*ret = (struct reply){.type = (uint8_t)bytes[1]};
	while (at && at < end) {
		at = read_field(at, end, ret);
		if (at)
			at = bytes + padded((size_t)(at - bytes));
	}
	const char *body = bytes + padded((size_t)(end - bytes));
	ret->text = text_at(body, bytes + size);
	return at && (ret->type != ERROR || ret->error) ? 0 : -EBADMSG;
}

/* Receives a message. Returns its size, or -errno. */
static int receive_message(struct inbox *inbox, struct reply *ret)
{
	struct header header;
	int r = receive(inbox, sizeof(header));

	if (r < 0)
		return r;
	memcpy(&header, inbox->bytes, sizeof(header));
	if (header.order != 'l' || header.version != 1)
		return -EBADMSG;
	if (header.fields_size > sizeof(inbox->bytes) || header.body_size > sizeof(inbox->bytes))
		return -EMSGSIZE;
	size_t size = padded(sizeof(header) + header.fields_size) + header.body_size;
	r = receive(inbox, size);
	if (r == 0)
		r = read_message(inbox->bytes, size, header.fields_size, ret);
	return r < 0 ? r : (int)size;
}

/* Waits for machined's reply, or for an error. Skips all other messages. */
static int await_reply(struct inbox *inbox, char why[PF_RTNL_TEXT])
{
	for (;;) {
		struct reply reply = {0};
		int size = receive_message(inbox, &reply);
		if (size < 0)
			return size;
		if (reply.type == ERROR) {
			snprintf(why, PF_RTNL_TEXT, "%s", reply.text ? reply.text : reply.error);
			return pf_peer_errno(reply.error);
		}
		if (reply.type == RETURN && reply.serial == CREATE)
			return 0;
		drop(inbox, (size_t)size);
	}
}

int pf_register_by_bus(const struct pf_machine *machine, const struct pf_patience *patience,
		       char why[PF_RTNL_TEXT])
{
	struct inbox inbox = {.patience = patience};
	PF_CLEANUP_FD int fd = pf_peer_connect(PF_BUS_SOCKET, why);

	if (fd < 0)
		return fd;
	inbox.fd = fd;
	int r = send_all(fd, machine);
	if (r == 0)
		r = await_ok(&inbox);
	return r < 0 ? r : await_reply(&inbox, why);
}
