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

/* What a client asks of a monitor. */
enum pf_want {
	PF_WANT_RECORD = 1,
	PF_WANT_SEND,
	PF_WANT_WAIT,
	PF_WANT_ATTACH,
	PF_WANT_LOGS,
	PF_WANT_FOLLOW,
	PF_WANT_EXEC
};

/* Flags for the descriptors of a request. The descriptors come in the order of these flags. */
enum pf_request_has {
	/* Descriptors of the client's namespaces: user, pid, mount, cgroup (peer_check.h). */
	PF_HAS_PROOF = 1,
	/* The plan, and the pipe that shows whether the command may have run (struct pf_run,
	 * `mark`). */
	PF_HAS_PLAN = 2,
	/* Standard input; the next two bits are standard output and standard error. */
	PF_HAS_STDIN = 4,
	/* The bell: the socket into which the monitor writes a byte after each message. */
	PF_HAS_BELL = 32,
};
#define PF_PROOF_FDS 4

/* Refines an errno that does not describe a failure sufficiently. */
enum pf_detail {
	PF_DETAIL_NONE,
	/* ENOENT of execve(2): the interpreter of the file (#! or ELF) is missing */
	PF_DETAIL_INTERPRETER,
	/* `text` is the whole reason, for example the error message of a program */
	PF_DETAIL_TEXT
};

struct pf_start {
	uint32_t stdio; /* bit N is set if the caller has sent its descriptor N */
	/* The caller is in the background: another job has set the modes of the terminal. */
	uint32_t is_background;
	uint32_t is_debugged; /* the caller wants STEP and PASSED messages (PFLASK_DEBUG) */
	uint32_t has_bell;    /* the caller polls a bell, and does not wait for messages */
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
	int32_t index; /* index of the failed operation in the plan; -1: no operation had begun */
	int32_t number;
	uint32_t detail;         /* enum pf_detail */
	char text[PF_RTNL_TEXT]; /* error text of the kernel or of a program, or "" */
};

struct pf_skipped {
	int32_t index;
	int32_t number;
};

/* Asks the maker to make a missing file, directory or symbolic link. The message carries the
 * descriptor of the parent directory. */
struct pf_make {
	/* File type (S_IFDIR, S_IFREG, S_IFLNK) and permissions; 0: adopt an existing file. */
	uint32_t mode;
	/* Index of the current operation, which has the target if a link is asked for. */
	int32_t index;
	char name[256]; /* name of the new file in its parent directory, NUL-terminated */
};

/* The answer to MAKE. Unless the maker failed, the message carries a descriptor of the file. */
struct pf_made {
	int32_t error; /* errno of the failure, or 0 */
};

struct pf_layered {
	int32_t index; /* index of the overlay operation in the plan */
};

struct pf_source {
	uint32_t slot;
};

/* The processes that exchange messages until the command is executed. */
enum pf_process { PF_CALLER, PF_MONITOR, PF_INIT, PF_MAKER, PF_COMMAND };

struct pf_step {
	int32_t index; /* index of the executed operation in the plan */
	int32_t number;
};

struct pf_passed {
	uint32_t from, to; /* enum pf_process */
	uint32_t type;     /* enum pf_message_type */
};

/* The facts for the registration with machined that only the monitor can find. */
#define PF_REGISTER_LINKS 32
struct pf_register {
	int32_t monitor_pid;
	int32_t init_pid;
	uint32_t link_count;
	int32_t links[PF_REGISTER_LINKS]; /* indexes, on the host, of the container's interfaces */
};

struct pf_registered {
	int32_t number;          /* errno of the registration, or 0 */
	char text[PF_RTNL_TEXT]; /* error text of machined or of the bus, or "" */
};

struct pf_status {
	int32_t status; /* status of the command, from wait(2) */
};

struct pf_detached {
	int32_t pid;
};

struct pf_request {
	uint32_t version; /* PF_CONTROL_VERSION */
	uint32_t want;    /* enum pf_want */
	uint32_t has;     /* enum pf_request_has */
	int32_t signal;   /* for PF_WANT_SEND: the signal to send */
	/* For PF_WANT_ATTACH: the size of the terminal; 0: keep the present size. */
	uint16_t rows;
	uint16_t cols;
	/* For PF_WANT_EXEC: time limit of the command, then SIGTERM; 0: no limit. */
	int32_t timeout_msec;
	/* For PF_WANT_EXEC: time from an end signal to SIGKILL; -1: the default. */
	int32_t kill_msec;
};

struct pf_resize {
	uint16_t rows, cols;
};

struct pf_done {
	int32_t number; /* errno of the request, or 0 */
};

/* Tells a client how many bytes of output were lost, and the state of the terminal after the lost
 * bytes. The client needs the state, because the next output can begin inside an escape sequence
 * and can rely on modes that the lost output has set. */
struct pf_missed {
	uint64_t bytes;
	struct pf_ecma48 parser;
	struct pf_modes modes;
};

struct pf_message {
	uint32_t type; /* enum pf_message_type */
	/* Length of the body in bytes, which must fit the length of the datagram. */
	uint32_t length;
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
	int fds[PF_WIRE_FDS]; /* descriptors of the message: close-on-exec, owned by the receiver */
	size_t fd_count;
	pid_t sender; /* pid of the sender if the socket has SO_PASSCRED, else 0 */
};

/* Fills in the header of a message of the given type. */
void pf_message_init(struct pf_message *message, enum pf_message_type type);

/* Sends a message with copies of descriptors. Returns 0, -EPIPE if no process listens, -EINVAL if
 * there are more descriptors than defs/messages.def allows, or another -errno. */
int pf_send(int socket, const struct pf_message *message, const int *fds, size_t fd_count);

/* Sends a message without waiting. Returns -EAGAIN if the receiver has too many unread messages, or
 * a result of pf_send(). */
int pf_send_now(int socket, const struct pf_message *message, const int *fds, size_t fd_count);

/* A flag of pf_receive() and pf_receive_bytes(): the kernel drops the descriptors of the message.
 * A hostile peer can send a descriptor for which close(2) blocks, for example of a file on a FUSE
 * file system. */
#define PF_DROP_FDS 0x10000000

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
