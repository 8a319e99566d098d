/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of libpflask. Include pflask.h, which explains the types. */
#ifndef PFLASK_TYPES_H
#define PFLASK_TYPES_H

#include <stdint.h>

typedef struct pflask_spec pflask_spec;
typedef struct pflask_plan pflask_plan;
typedef struct pflask_container pflask_container;

/** Kinds of error. The numbers are stable. pflask(1) has the exit statuses 125, 126 and 127 for
 * these kinds. */
enum pflask_code {
	PFLASK_INVALID = 1,    /**< the spec contradicts itself, or names a missing file or user */
	PFLASK_PRIVILEGE,      /**< the kernel requires a privilege that the caller lacks */
	PFLASK_SETUP,          /**< an operation of the plan failed */
	PFLASK_NOT_FOUND,      /**< the command was not found (127) */
	PFLASK_NOT_EXECUTABLE, /**< the command was found but could not be executed (126) */
	PFLASK_INTERNAL        /**< pflask-init could not be run, or broke the protocol */
};

/**
 * An error: what failed, on which object, and a remedy. Strings are NUL-terminated. A string that
 * is too long is cut.
 *
 * A text in braces names a field of a spec, with the value for pflask_spec_set(): "leave out
 * {userns=no}", "{chdir=/}", "{setenv}". A program may replace such a text with its own words.
 * {list} stands for pflask_list(), {exec=WHICH} for pflask_exec(), and {program} for the program
 * that calls libpflask. Texts in braces occur in `hint`, and in `message` after the last ": ".
 */
struct pflask_error {
	int32_t code;       /**< enum pflask_code */
	int32_t number;     /**< errno, or 0 if no system call failed */
	int32_t index;      /**< index of the operation in the plan, or -1 */
	char operation[20]; /**< name of the operation ("mount"), or "" */
	char field[32];     /**< field of the spec that caused the error, or "" */
	char subject[256];  /**< object of the operation: a path, a name, or "" */
	char message[512];  /**< "what: why", one line, no trailing full stop */
	char hint[512];     /**< a remedy: a command, or fields as in "{chdir=/}"; or "" */
};

/** The formats of a plan. */
enum pflask_plan_format {
	PFLASK_PLAN_TEXT, /**< for people: one operation a line */
	PFLASK_PLAN_JSON  /**< for programs: one object of JSON (share/doc/pflask/plan.md) */
};

/** Why a container ended. */
enum pflask_reason {
	PFLASK_EXITED = 1, /**< the command called exit: `code` has its exit code */
	PFLASK_SIGNALED,   /**< a signal killed the command: `signal` has the number */
	PFLASK_POWEROFF,   /**< power-off or halt by reboot(2) inside (pid_namespaces(7)) */
	PFLASK_REBOOT,     /**< restart by reboot(2) inside */
	PFLASK_LOST,    /**< the status is not known: the monitor was killed from outside, and the
			    * container died with it; or `lost_errno` has the reason */
	PFLASK_OOM,     /**< the kernel killed the command: the memory limit was reached */
	PFLASK_TIMEOUT, /**< pflask ended the container at the end of its `timeout` */
	PFLASK_SECCOMP, /**< the seccomp filter of the container killed the command */
	PFLASK_KILLED   /**< pflask killed the container: SIGKILL was asked for, the time of
			    * `killAfter` was over, or the caller was gone */
};

/** How a container ended, and the resources that it used. */
struct pflask_exit {
	int32_t reason;        /**< enum pflask_reason */
	int32_t code;          /**< exit code, 0 to 255 */
	int32_t signal;        /**< signal that killed the command; 0: no signal */
	int32_t output_errno;  /**< errno of the first failed write of output, or 0 */
	int32_t changes_errno; /**< errno if the changes could not be listed, or 0 */
	int32_t keep_errno;    /**< errno if the changes could not be kept, or 0 */
	int32_t link_errno;    /**< errno if a host interface could not be restored, or 0 */
	/** INT or QUIT if a key typed at a terminal in raw mode caused this signal, and the signal
	 * ended the command; else 0. The other processes of the caller's process group have not
	 * received the signal. Set by pflask_run() and pflask_attach(). */
	int32_t typed_signal;
	uint64_t wall_usec;     /**< from the start of the monitor to the end, in microseconds */
	uint64_t user_usec;     /**< user CPU time of all processes waited for, in microseconds */
	uint64_t system_usec;   /**< system CPU time, in microseconds */
	uint64_t max_rss_kib;   /**< largest resident set of a single process, KiB (getrusage(2)) */
	char changes_path[256]; /**< path in the container for `changes_errno`, or ""; a
				 * path that is too long loses its beginning */
	char keep_path[256];    /**< path for `keep_errno`, in the form of changes_path;
				 * "manifest": the manifest of a trial could not be written */
	char link[16];          /**< name of the interface for `link_errno` on the host, or "" */
	char network[16]; /**< network program ("pasta") that ended before the container, or "" */
	uint64_t memory_peak;  /**< most bytes of memory that the cgroup used; 0: not known */
	uint64_t memory_limit; /**< with PFLASK_OOM: the limit of the memory, in bytes, or 0 */
	uint64_t io_read;      /**< bytes that were read from storage, if `has_io` is not 0 */
	uint64_t io_write;     /**< bytes that were written to storage, if `has_io` is not 0 */
	uint64_t process_peak; /**< largest number of processes at the same time; 0: not known */
	int32_t has_io;        /**< 1: io_read and io_write are known; else 0 */
	int32_t timeout_msec;  /**< with PFLASK_TIMEOUT: the `timeout`, in milliseconds */
	int32_t end_errno;     /**< errno if the end could not be kept for later clients, or 0 */
	int32_t log_errno;     /**< errno of the first failed write to `logFile`, or 0 */
	int32_t lost_errno; /**< with PFLASK_LOST: 0 if the monitor was killed; ECHILD if a tracer
				* of a command of pflask_exec() has taken the status; EBADMSG if the
				* monitor has sent a malformed message; or another errno */
};

/** The actual state of a running container. Pids are in the caller's pid namespace. */
struct pflask_info {
	int32_t monitor_pid;   /**< the monitor, which looks after the container; 0 if the monitor
				* of a detached container was killed when the command started: the
				* container has ended */
	int32_t init_pid;      /**< pid 1 of the pid namespace; without pidns, the subreaper. 0 for
				* a container of pflask_open() */
	int32_t leader_pid;    /**< the command */
	int32_t keyring_errno; /**< 0: the container has its own session keyring; else the errno */
	uint32_t namespaces;   /**< CLONE_NEW* flags of the new namespaces. 0 for a
				* container of pflask_open() */
};

/** A detached container. Its monitor reports the members. A monitor may fail to answer, for
 * instance because the monitor is stopped. Strings are NUL-terminated. A string that is too long is
 * cut. The members from `ended` on are 0 or "" while the container runs. */
struct pflask_record {
	int32_t monitor_pid; /**< the monitor of the container */
	int32_t leader_pid;  /**< the command; 0: the monitor does not answer */
	uint32_t uid;        /**< the user of the container */
	uint32_t clients;    /**< number of clients attached to the terminal */
	uint64_t started;    /**< microseconds since 1970; 0: the monitor does not answer */
	char name[64];       /**< "": the container has no name */
	char command[256];   /**< the command and its arguments, separated by spaces */
	char root[256];      /**< root directory on the host; "/": the host's root */
	char ports[256];     /**< forwarded ports, as in "tcp=8080-80 udp=127.0.0.1/53-53" */
	uint64_t ended;      /**< microseconds since 1970; 0: the container runs */
	int32_t reason;      /**< enum pflask_reason */
	int32_t status;      /**< the exit status that pflask(1) has for this end */
	char end[64];        /**< how the container has ended, as in "exit 3" */
};

/** Flags of pflask_start(), pflask_open() and pflask_exec(). */
enum pflask_start_flags {
	/** Puts the container or the command in the foreground: from pflask_start() or
	 * pflask_exec() to pflask_close(), the calling program forwards TERM, INT, HUP, QUIT, USR1,
	 * USR2, CONT and WINCH to the command. If the program has the default action for TSTP, TTIN
	 * and TTOU, these signals stop the command (by STOP) and then the program. A signal that
	 * the program ignores stays ignored (nohup(1)). After the command has ended, TERM, INT, HUP
	 * and QUIT act on the program again. Only one container of a process can be in the
	 * foreground at a time. Otherwise the error is -EBUSY. */
	PFLASK_FOREGROUND = 1,
	/** For an event loop: the function returns without waiting for any other process.
	 * pflask_fd() then tells when pflask_step() has news, and PFLASK_STEP_STARTED is the first
	 * news. The plan of pflask_start() must stay until then. Cannot be combined with
	 * PFLASK_FOREGROUND. */
	PFLASK_NOWAIT = 2,
	/** pflask_open() opens no container that has ended. */
	PFLASK_RUNNING = 4
};

/** News of a container, from pflask_step(). */
enum pflask_step {
	PFLASK_STEP_NONE,    /**< nothing new */
	PFLASK_STEP_STARTED, /**< the command has been executed; or pflask_open() has succeeded */
	PFLASK_STEP_ENDED    /**< the container has ended: pflask_wait() returns without waiting */
};

#endif
