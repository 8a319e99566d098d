/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the messages between caller, monitor and init, and sends and receives them. Each message
 * is one datagram on a SOCK_SEQPACKET pair, and can carry descriptors (SCM_RIGHTS). A message is
 * fatal if its type or length is not in defs/messages.def, or if one of its values is impossible
 * (message_check.h). The clients of a detached monitor use these messages, too (docs/control.md).
 */
#ifndef PF_WIRE_H
#define PF_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/net/return_link.h"
#include "common/net/rtnl.h"
#include "common/terminal/modes.h"
#include "pflask.h"

#define PF_WIRE_FDS 64

/* The version of the messages between clients and monitors. A client and a monitor may come from
 * different builds. "make gen" refuses a change of these messages (defs/control.txt) unless the
 * version rises. */
#define PF_CONTROL_VERSION 13

/* defs/messages.def gives the sender and the purpose of each message. */
enum pf_message_type {
	PF_MESSAGE_NONE,
#define PF_MESSAGE(name) PF_MESSAGE_##name,
#include "defs/messages.def"
	PF_MESSAGE_COUNT
};

/* The maximum lengths of bodies that are bytes: PF_INPUT_MAX, PF_OUTPUT_MAX. */
enum {
#define PF_MESSAGE(name)
#define PF_BYTES(name, route, most, descriptors, text) PF_##name##_MAX = (most),
#include "defs/messages.def"
};

/* The request of a client. */
enum pf_want {
	PF_WANT_RECORD = 1,
	PF_WANT_SEND,
	PF_WANT_WAIT,
	PF_WANT_ATTACH,
	PF_WANT_LOGS,
	PF_WANT_FOLLOW,
	PF_WANT_EXEC
};

/* The descriptors of a request, in this order, as bits of `has`. */
enum pf_request_has {
	PF_HAS_PROOF = 1, /* namespaces of the client: user, pid, mount, cgroup */
	PF_HAS_PLAN = 2,  /* the plan, and a pipe that the command's process writes to */
	PF_HAS_STDIN = 4, /* the next two bits are for stdout and stderr */
	PF_HAS_BELL = 32, /* the bell: a socket for a byte after each message to the client */
};
#define PF_PROOF_FDS 4

/* The reason of a failure, if errno is not sufficient. */
enum pf_detail {
	PF_DETAIL_NONE,
	PF_DETAIL_INTERPRETER, /* exec: the #! or ELF interpreter of the file is missing */
	PF_DETAIL_TEXT         /* the text alone is the reason, for example from a program */
};

struct pf_start {
	uint32_t stdio;         /* bit N: descriptor N was passed */
	uint32_t is_background; /* another job uses the caller's terminal, and has set its modes */
	uint32_t is_debugged;   /* the caller wants the messages STEP and PASSED */
	uint32_t has_bell;      /* the caller has passed a bell, and does not wait for messages */
};

struct pf_signal {
	int32_t number;
};

struct pf_ready {
	int32_t monitor_pid;
	int32_t init_pid;
	int32_t leader_pid;
	int32_t keyring_errno;
	uint32_t namespaces;
};

struct pf_failed {
	int32_t index; /* index of the operation; -1: before the first operation */
	int32_t number;
	uint32_t detail;         /* enum pf_detail */
	char text[PF_RTNL_TEXT]; /* text of the kernel or of a program, or "" */
};

struct pf_skipped {
	int32_t index;
	int32_t number;
};

/* A missing file that the maker must make. The message has a descriptor of the directory. */
struct pf_make {
	uint32_t mode;  /* type (S_IFDIR, S_IFREG, S_IFLNK) and permissions; 0: the file exists */
	int32_t index;  /* index of the operation; for a link, the operation has the target */
	char name[256]; /* one component of a path, NUL-terminated */
};

/* The answer to MAKE. The message has a descriptor of the file, unless there is an error. */
struct pf_made {
	int32_t error; /* errno or 0 */
};

struct pf_layered {
	int32_t index; /* index of the overlay operation */
};

struct pf_source {
	uint32_t slot;
};

/* The processes that exchange messages until the command is executed. */
enum pf_process { PF_CALLER, PF_MONITOR, PF_INIT, PF_MAKER, PF_COMMAND };

struct pf_step {
	int32_t index; /* index of the operation */
	int32_t number;
};

struct pf_passed {
	uint32_t from, to; /* enum pf_process */
	uint32_t type;     /* enum pf_message_type */
};

/* The facts that machined needs, and that only the monitor can find. */
#define PF_REGISTER_LINKS 32
struct pf_register {
	int32_t monitor_pid;
	int32_t init_pid;
	uint32_t link_count;
	int32_t links[PF_REGISTER_LINKS]; /* indexes of the container's interfaces on the host */
};

struct pf_registered {
	int32_t number;          /* errno, or 0 */
	char text[PF_RTNL_TEXT]; /* the reason, from machined or the bus; or "" */
};

struct pf_status {
	int32_t status; /* the status from wait(2) */
};

struct pf_detached {
	int32_t pid;
};

struct pf_request {
	uint32_t version; /* PF_CONTROL_VERSION */
	uint32_t want;    /* enum pf_want */
	uint32_t has;     /* enum pf_request_has */
	int32_t signal;   /* the signal of PF_WANT_SEND */
	uint16_t rows;    /* for PF_WANT_ATTACH; 0: keep the size */
	uint16_t cols;
	int32_t timeout_msec; /* for PF_WANT_EXEC: time from the execution to SIGTERM; 0: endless */
	int32_t kill_msec; /* for PF_WANT_EXEC: time from an end signal to SIGKILL; -1: default */
};

struct pf_resize {
	uint16_t rows, cols;
};

struct pf_done {
	int32_t number; /* errno, or 0 */
};

/* Tells a client how much output the client has missed, and the terminal's state after the missed
 * output. The next output can begin in the middle of a sequence, and can rely on modes that were
 * set before. */
struct pf_missed {
	uint64_t bytes;
	struct pf_ecma48 parser;
	struct pf_modes modes;
};

struct pf_message {
	uint32_t type;   /* enum pf_message_type */
	uint32_t length; /* length of the body in bytes; must agree with the datagram's length */
	union {
		struct pf_start start;
		struct pf_signal signal;
		struct pf_ready ready;
		struct pf_failed failed;
		struct pf_skipped skipped;
		struct pf_make make;
		struct pf_made made;
		struct pf_layered layered;
		struct pf_source source;
		struct pf_step step;
		struct pf_passed passed;
		struct pf_moved_link moved;
		struct pf_register machine;
		struct pf_registered registered;
		struct pf_status status;
		struct pflask_exit exited;
		struct pf_detached detached;
		struct pf_request request;
		struct pf_resize resize;
		struct pf_done done;
		struct pf_missed missed;
		struct pflask_record record;
	} body;
};

/* A received message, its descriptors and its sender. */
struct pf_received {
	struct pf_message message;
	int fds[PF_WIRE_FDS]; /* close-on-exec, owned by the receiver */
	size_t fd_count;
	pid_t sender; /* pid of the sender if the socket has SO_PASSCRED; else 0 */
};

/* Fills in the header of a message of the given type. */
void pf_message_init(struct pf_message *message, enum pf_message_type type);

/* Sends a message with copies of descriptors. Returns 0, -EPIPE if no process listens, -EINVAL if
 * there are more descriptors than defs/messages.def allows, or another -errno. */
int pf_send(int socket, const struct pf_message *message, const int *fds, size_t fd_count);

/* Sends a message without waiting. Returns -EAGAIN if the receiver has too many unread messages, or
 * a result of pf_send(). */
int pf_send_now(int socket, const struct pf_message *message, const int *fds, size_t fd_count);

/* Receives a message. Does not wait if `flags` has MSG_DONTWAIT. Returns 1, 0 at the end of file,
 * -EAGAIN, -EBADMSG for a malformed message, or another -errno. Returns -EMFILE if the process has
 * no room for all descriptors of the message, and closes the descriptors that came. */
int pf_receive(int socket, int flags, struct pf_received *ret);

/* Receives a message as pf_receive() does, from a socket that also carries messages of bytes.
 * Writes the bytes into `buffer`, which must have room for the longest message. ret->message.length
 * is the number of bytes. */
int pf_receive_bytes(int socket, int flags, struct pf_received *ret, char *buffer, size_t size);

/* Sends one or two pieces of memory as one message of bytes, without waiting. Returns 0, -EAGAIN,
 * or -errno. */
int pf_send_bytes(int socket, enum pf_message_type type, const struct iovec parts[2]);

/* Tells whether a message of this type can have this length. */
int pf_message_fits(const struct pf_message *message, int takes_bytes);

/* Closes the descriptors of a message from index `first` on. */
void pf_close_received(struct pf_received *got, size_t first);

/* Makes the kernel refuse descriptors that are sent to a socket, or accept descriptors again. A
 * receiver must close unwanted descriptors, and a hostile peer can make close(2) of a socket block
 * for long (SO_LINGER). Does nothing before Linux 6.16, which has SO_PASSRIGHTS. */
void pf_refuse_fds(int socket, int refuse);

/* Makes a pair of close-on-exec SOCK_SEQPACKET sockets. */
int pf_socketpair(int ret[2]);

#endif
