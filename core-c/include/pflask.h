/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpflask: run a command, or boot a system, inside Linux namespaces.
 *
 * A spec says what is wanted; a plan is the flat list of operations that gives it; a container is
 * a plan that runs. A spec and a plan are data: they need no privilege and change nothing.
 *
 *	pflask_spec *spec = pflask_spec_new();
 *	pflask_spec_set(spec, "chroot", "/srv/debian", &error, sizeof(error));
 *	pflask_spec_set(spec, "command", "/bin/ls", &error, sizeof(error));
 *	pflask_spec_set(spec, "command", "-l", &error, sizeof(error));
 *	pflask_plan_make(spec, &plan, &error, sizeof(error));
 *	pflask_run(plan, 0, 1, 2, &ended, sizeof(ended), &error, sizeof(error));
 *
 * Errors: every function that can fail returns 0 (or a count) on success and -errno on failure.
 * Parameters named ret* are written only on success, reterr only on failure. reterr may be NULL;
 * error_size means nothing then.
 * Structures: a caller that gives a structure to be filled in gives its size, too, in the next
 * argument: sizeof(struct pflask_error). The library writes at most that many bytes, and fills
 * members that it does not know with zeros. Later versions of the library add members at the end
 * alone, so that a program works with a library that is older or newer than its header. Where the
 * size is 0, or less than that of the structure in ABI 2, a function does nothing and returns
 * -EINVAL.
 * Threads: a handle is used by one thread at a time; different handles are independent.
 * Signals and children: the library installs no handler and takes no SIGCHLD, except between
 * pflask_start() and pflask_close() of a container started with PFLASK_FOREGROUND, and in
 * pflask_foreground() and pflask_run(), of which one at a time may run in a process. The monitor
 * is a child of the calling process that only pflask_close() waits for, and pflask_run().
 * fork(2): a container belongs to the process that started it. In a child of that process a handle
 * is a copy: pflask_close() frees the copy and touches nothing else, pflask_info() and
 * pflask_terminal() work, and pflask_wait(), pflask_kill() and pflask_foreground() return -ECHILD.
 * A child that lives on keeps no container alive: the container ends with its owner.
 * Descriptors: every descriptor the library makes is close-on-exec. One stays open from the first
 * pflask_start() on: the sealed memfd of the helper, for all containers of the process. A plan
 * holds those of the files and directories that its spec names, see pflask_plan_make().
 */
#ifndef PFLASK_H
#define PFLASK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The number of the interface that this header declares. An addition keeps the number: a function,
 * a value, a member at the end of a structure. Any other change raises the number. */
#define PFLASK_ABI 2

/** Version of this header, as pflask_version() returns that of the library. */
#define PFLASK_VERSION "0.1.0"

typedef struct pflask_spec pflask_spec;
typedef struct pflask_plan pflask_plan;
typedef struct pflask_container pflask_container;

/** Kinds of error; stable. The command line maps them to exit statuses 125, 126 and 127. */
enum pflask_code {
	PFLASK_INVALID = 1,    /**< the spec contradicts itself or names what is not there */
	PFLASK_PRIVILEGE,      /**< the kernel wants a privilege the caller lacks */
	PFLASK_SETUP,          /**< an operation of the plan failed */
	PFLASK_NOT_FOUND,      /**< the command was not found (127) */
	PFLASK_NOT_EXECUTABLE, /**< the command was found but could not be executed (126) */
	PFLASK_INTERNAL        /**< the helper could not be run, or broke the protocol */
};

/**
 * What failed, to what, and what to do. Strings are NUL-terminated, cut if too long.
 *
 * A text in braces names a field of a spec, with the value that pflask_spec_set() takes, and a
 * program may say the same in words of its own: "leave out {userns=no}", "{chdir=/}", "{setenv}".
 * {list} stands for pflask_list(), {exec=WHICH} for pflask_exec(), and {program} for the program
 * that calls libpflask. Such texts are in `hint`, and in `message` after the last ": ".
 */
struct pflask_error {
	int32_t code;       /**< enum pflask_code */
	int32_t number;     /**< errno, or 0 where no system call is to blame */
	int32_t index;      /**< index of the operation in the plan, or -1 */
	char operation[20]; /**< name of the operation ("mount"), or "" */
	char field[32];     /**< field of the spec that is to blame, or "" */
	char subject[256];  /**< what it was done to: a path, a name, or "" */
	char message[512];  /**< "what: why", one line, no trailing full stop */
	char hint[512];     /**< a remedy, or "": a command, or fields, as in "{chdir=/}" */
};

/** Why a container ended. */
enum pflask_reason {
	PFLASK_EXITED = 1, /**< the command called exit: `code` holds its exit code */
	PFLASK_SIGNALED,   /**< a signal killed the command: `signal` holds it */
	PFLASK_POWEROFF,   /**< reboot(2) inside asked for power-off or halt (pid_namespaces(7)) */
	PFLASK_REBOOT,     /**< reboot(2) inside asked for a restart */
	PFLASK_LOST        /**< the monitor was killed from outside; the init was killed too */
};

/** How a container ended and what it used. */
struct pflask_exit {
	int32_t reason;        /**< enum pflask_reason */
	int32_t code;          /**< exit code, 0 to 255 */
	int32_t signal;        /**< signal number */
	int32_t output_errno;  /**< errno of the first failed write of the relay, or 0 */
	int32_t changes_errno; /**< errno where changes could not be listed, or 0 */
	int32_t keep_errno;    /**< errno where they could not be kept, or 0 */
	int32_t link_errno; /**< errno where an interface of the host is not back as it was, or 0 */
	/** INT or QUIT: it has ended the command, and a key stood for it that was typed in a
	 * terminal in raw mode, so the other processes of the caller's process group have not got
	 * the signal; else 0. Set by pflask_foreground(), pflask_run() and pflask_attach(). */
	int32_t typed_signal;
	uint64_t wall_usec;     /**< from the start of the monitor to the end, microseconds */
	uint64_t user_usec;     /**< user CPU time of all waited-for processes, microseconds */
	uint64_t system_usec;   /**< system CPU time, microseconds */
	uint64_t max_rss_kib;   /**< largest resident set of any one process, KiB (getrusage(2)) */
	char changes_path[256]; /**< path in the container that `changes_errno` is about, its
				 * beginning cut off if too long; or "" */
	char keep_path[256];    /**< the same of `keep_errno` */
	char link[16];          /**< the name that interface had on the host, or "" */
	char network[16]; /**< the program that made its network ("pasta") and ended before it, or
			   * "" */
};

/** What really holds of a running container, as seen from the caller's pid namespace. */
struct pflask_info {
	int32_t monitor_pid;   /**< the process that looks after the container */
	int32_t init_pid;      /**< pid 1 of its pid namespace (or the subreaper without one) */
	int32_t leader_pid;    /**< the command */
	int32_t keyring_errno; /**< 0: it has a session keyring of its own; else why not */
	uint32_t namespaces;   /**< CLONE_NEW* flags of the namespaces that were made */
};

/** A detached container, as its monitor tells. Strings are NUL-terminated, cut if too long. */
struct pflask_record {
	int32_t monitor_pid; /**< the process that looks after it */
	int32_t leader_pid; /**< the command; 0: the monitor does not answer (it is stopped, say) */
	uint32_t uid;       /**< whose it is */
	uint32_t clients;   /**< how many are attached to its terminal */
	uint64_t started;   /**< microseconds since 1970; 0: the monitor does not answer */
	char name[64];      /**< "": it was given none */
	char command[256];  /**< the command and its arguments, a space between */
	char root[256];     /**< the directory on the host that is its root; "/": the host's */
};

/** Flags of pflask_start(). */
enum pflask_start_flags {
	/** The calling program stands for the command: from here to pflask_close() TERM, INT, HUP,
	 * QUIT, USR1, USR2, CONT and WINCH sent to it are forwarded. TSTP, TTIN and TTOU, where
	 * they have their default action, stop the command (by STOP) and then the program. A signal
	 * that was ignored stays ignored (nohup(1)). When the command has ended, TERM, INT, HUP and
	 * QUIT are the program's own again. One container of a process at a time can have it; else
	 * -EBUSY. */
	PFLASK_FOREGROUND = 1
};

/** Returns PFLASK_ABI of the library that was loaded. */
uint32_t pflask_abi(void);

/** Returns the version, "MAJOR.MINOR.PATCH"; static. */
const char *pflask_version(void);

/** Returns a new spec with every default, or NULL (no memory). Free it with pflask_spec_free(). */
pflask_spec *pflask_spec_new(void);

/** Frees a spec; NULL is allowed. Returns NULL. */
pflask_spec *pflask_spec_free(pflask_spec *spec);

/*
 * The fields of a spec.
 * Made by scripts/gen-spec.ts from core-c/defs/spec.def; not to be edited here.
 *
 *	command (list)
 *	    The command and its arguments. Default: the login shell that the container's own
 *	    passwd(5) gives the user. Where that shell cannot be executed, or is nologin or false,
 *	    the default is /bin/bash or else /bin/sh.
 *	chroot (string)
 *	    The directory that becomes the container's root. Default: the host's root.
 *	chdir (string)
 *	    The working directory of the command, inside. Default: / with chroot; without chroot
 *	    the caller's working directory. Where the command cannot enter that directory, the
 *	    default is HOME or else /.
 *	hostname (string of 1 to 64 characters)
 *	    The host name inside: letters, digits, '.', '_' and '-'. A host name needs utsns.
 *	    Default: the host's own name.
 *	setenv (list of NAME=VALUE)
 *	    Variables of the command's environment. A variable replaces another one of the same
 *	    name.
 *	keepenv (flag)
 *	    Whether the command gets the caller's environment. Default: no with chroot and for a
 *	    command that boots a system; else yes.
 *	mount (list)
 *	    The mounts, made in this order, each TYPE:FIELD...: bind:HOST:DEST[:OPTIONS],
 *	    bind-ro:HOST:DEST[:OPTIONS], overlay:UPPER:DEST:WORK[:OPTIONS], tmp:DEST[:OPTIONS],
 *	    proc:DEST, dev:DEST, mqueue:DEST, symlink:TARGET:DEST, dir:DEST[:MODE],
 *	    file:FD:DEST[:OPTIONS]. A colon in a field follows a backslash.
 *	bindProc (flag)
 *	    Whether /proc is the host's, which shows all processes of the host. Default: no.
 *	unmaskProc (flag)
 *	    Whether nothing of /proc and /sys is hidden and nothing of /proc is read-only, so that
 *	    containers can be made inside. unmaskProc contradicts bindProc. Default: no.
 *	readOnly (flag)
 *	    Whether the root itself is read-only. Mounts in the root stay as they are. Default:
 *	    no.
 *	ephemeral (flag)
 *	    Whether changes to the root are lost at the end. Default: no.
 *	ephemeralDir (string)
 *	    With ephemeral: the directory that keeps the changes, in its subdirectory upper.
 *	    Default: nothing keeps the changes.
 *	changes (string)
 *	    With ephemeral: where the changed paths are listed at the end, as lines of JSON; the
 *	    number of a descriptor, or a file. Default: nowhere.
 *	changesText (flag)
 *	    With changes: whether the list is text instead of JSON. Default: no.
 *	keep (string)
 *	    With ephemeral: the directory to which all that has changed is copied at the end. The
 *	    directory must exist and be empty.
 *	user (string)
 *	    The user that the command runs as, and the group: USER or USER:GROUP, by name or
 *	    number.
 *	userMap (list)
 *	    The maps of the user namespace: ID:HOST:COUNT for users and groups, u:ID:HOST:COUNT
 *	    for users alone, g:ID:HOST:COUNT for groups alone; or the single word auto.
 *	netif (list)
 *	    The network interfaces, each KIND:FIELD...[:OPTION...]: DEV:NAME,
 *	    macvlan:MASTER:NAME[:MODE], ipvlan:MASTER:NAME[:MODE], veth:OUTSIDE:INSIDE, pasta,
 *	    ns:PATH, host. The options are addr=ADDRESS/PREFIX, gw=ADDRESS, mac=ADDRESS,
 *	    mtu=BYTES, up, bridge=BRIDGE (veth), tcp=HOST-CONTAINER and udp=HOST-CONTAINER
 *	    (pasta).
 *	userns (flag)
 *	    Whether a user namespace is made. Default: yes where user or userMap asks for a user
 *	    namespace or the caller lacks the privilege to do without; else no.
 *	mountns (flag)
 *	    Whether a mount namespace is made. Default: yes.
 *	netns (flag)
 *	    Whether a network namespace is made. Default: yes where netif asks for a network
 *	    namespace; else no.
 *	ipcns (flag)
 *	    Whether an ipc namespace is made. Default: yes.
 *	utsns (flag)
 *	    Whether a uts namespace is made. Default: yes.
 *	pidns (flag)
 *	    Whether a pid namespace is made. Default: yes.
 *	asPid1 (flag)
 *	    Whether the command itself is pid 1. A command that is called init or systemd always
 *	    is. Default: no.
 *	terminal (flag)
 *	    Whether standard input, output and error of the command are a pty of the container's
 *	    own. Default: no.
 *	ownStderr (flag)
 *	    With terminal: whether standard error of the command stays the caller's. Default: no.
 *	rows (number from 0 to 65535)
 *	    The rows of the pty. Default, and the meaning of 0: those of the caller's terminal, or
 *	    24 where the caller has no terminal or the container is detached.
 *	cols (number from 0 to 65535)
 *	    The columns of the pty. Default, and the meaning of 0: those of the caller's terminal,
 *	    or 80 where the caller has no terminal or the container is detached.
 *	killSignal (number from 0 to 64)
 *	    The signal that TERM, INT and HUP become. Default, and the meaning of 0: 37, which is
 *	    SIGRTMIN+3, for a command that boots a system; TERM, INT and HUP themselves for any
 *	    other.
 *	killAfter (number from 0 to 2147483647)
 *	    A pid 1 that does not end is killed this many milliseconds after TERM, INT or HUP.
 *	    Only a command that is pid 1 can have killAfter. Default: 10000.
 *	openFiles (number from 0 to 2147483647)
 *	    The command's soft limit on open files (RLIMIT_NOFILE); 0 leaves the limit as it is.
 *	    Default: 0 in C; in TypeScript the limit of the process that started the program,
 *	    because Bun raises its own limit.
 *	detach (flag)
 *	    Whether the container outlives its caller and is found by name or pid. With terminal,
 *	    the pty is served to all who attach. Default: no.
 *	name (string of 1 to 63 characters)
 *	    With detach: the container's name: letters, digits, '.', '_' and '-'. The first is a
 *	    letter or a digit, and not all are digits. No other container of the user has the
 *	    name.
 *	pidFile (string)
 *	    With detach: the file that the monitor writes its pid to, and removes at the end.
 *	scrollback (number from 4096 to 67108864)
 *	    With detach: how many bytes of the pty's output are kept. Default: 262144.
 */

/**
 * Sets a field of a spec, or appends to a field that is a list. A flag takes "yes" or "no", a
 * number takes decimal digits, and a list of NAME=VALUE takes one of them. "The fields of a spec"
 * lists the fields: what they take and what they mean.
 * Returns 0; or, with the spec as it was, -ENOENT (no such field), -EINVAL (malformed value) or
 * -ENOMEM. *reterr has the field.
 */
int pflask_spec_set(pflask_spec *spec, const char *field, const char *value,
		    struct pflask_error *reterr, uint32_t error_size);

/**
 * Checks a spec and makes the plan for it: finds users, checks that directories exist, and
 * refuses options that contradict each other. Reads the file system, changes nothing. Where
 * nsswitch.conf(5) names another source of subordinate ids than the files, and they are needed, it
 * runs getsubids(1), a child of the calling process that it waits for.
 * Opens each file and directory of the host that the spec names, once: a container of the plan uses
 * that one, or does not start where another one has taken its place. The plan holds them open until
 * its first container has started, those that are passed on as descriptors (keep, pidFile, a
 * network namespace, the root without mountns) until it is freed. The file of `changes` is made or
 * emptied by pflask_start(), in the calling process.
 * Returns 0 or -errno; on failure *reterr says which field is to blame.
 */
int pflask_plan_make(const pflask_spec *spec, pflask_plan **ret, struct pflask_error *reterr,
		     uint32_t error_size);

/** Frees a plan; NULL is allowed. Returns NULL. A container does not need its plan any more. */
pflask_plan *pflask_plan_free(pflask_plan *plan);

/** Returns the plan as text, an operation a line; owned by the plan. NULL: no memory. */
const char *pflask_plan_text(pflask_plan *plan);

/**
 * Starts a container and returns when its command has been executed.
 * stdin_fd, stdout_fd, stderr_fd: descriptors the command gets as 0, 1 and 2, or -1 for none;
 * they stay the caller's. flags: enum pflask_start_flags.
 * With PFLASK_FOREGROUND, where the command has no terminal of its own, a stdin_fd that is a
 * terminal is not handed over: the command gets a pipe, which pflask_foreground() fills from that
 * terminal. The descriptor has to stay open until pflask_close().
 * A detached container with a terminal does not use the descriptors; without a terminal its command
 * keeps them, but an input that is a terminal becomes /dev/null. The monitor of a detached
 * container is no child of the calling process.
 * Returns 0 or -errno; on failure nothing is left of the container.
 */
int pflask_start(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
		 uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		 uint32_t error_size);

/**
 * Runs a container in the foreground, from its start to its end: pflask_start() with
 * PFLASK_FOREGROUND, pflask_foreground() and pflask_close() in one. The descriptors are what it
 * gets, or with a terminal what that is connected to. Not for a detached container.
 * Returns 0 and fills *ret, or -errno.
 */
int pflask_run(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
	       struct pflask_exit *ret, uint32_t exit_size, struct pflask_error *reterr,
	       uint32_t error_size);

/** Says what holds of a container. Returns 0, or -EINVAL (info_size is too small). */
int pflask_info(const pflask_container *container, struct pflask_info *ret, uint32_t info_size);

/** Returns the pty's master, owned by the container, or -ENOTTY where it has no terminal, or has
 * one that its monitor serves (detach). */
int pflask_terminal(const pflask_container *container);

/**
 * Sends a signal to the command, as the monitor forwards it (INT, QUIT, HUP, STOP and CONT to its
 * process group, as a terminal or a shell would; for a booted init TERM, INT and HUP become
 * killSignal; CONT follows TERM, INT, HUP and QUIT, so that a stopped command ends, too; KILL ends
 * the whole container). Returns 0, -EINVAL (no such signal), -ESRCH when it has ended, or -ECHILD
 * in a fork.
 */
int pflask_kill(pflask_container *container, int signal);

/**
 * Waits for the end of the container. timeout_ms: -1 for ever, 0 to look.
 * Returns 0 and fills *ret, -ETIMEDOUT, -EINVAL (exit_size is too small), or -ECHILD in a fork. May
 * be called again after the end.
 */
int pflask_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret,
		uint32_t exit_size);

/**
 * Looks after a container until it ends, as a foreground program: forwards signals and, where it
 * has a terminal, copies in_fd to it and its output to out_fd (in_fd is put into raw mode while
 * it is a terminal, and its size is followed). While another job has that terminal, its modes are
 * left alone and it is not read. All output has been written when it returns.
 * What pflask_start() and pflask_exec() have not handed over is copied in any case, with the modes
 * of the terminals as they are.
 * Where out_fd is a terminal, the modes that the command has set there are put back, unless the
 * command ends with exit code 0. A descriptor to which output can not be written hangs the
 * container's terminal up, and ret->output_errno says why.
 * Returns 0 and fills *ret, or -errno (-ECHILD: in a fork; -EINVAL: exit_size is too small).
 */
int pflask_foreground(pflask_container *container, int in_fd, int out_fd, struct pflask_exit *ret,
		      uint32_t exit_size);

/** Kills the container if it still runs, waits for it, and frees the handle; NULL is allowed. A
 * detached container goes on, a command of pflask_exec() is killed; in a fork only the handle is
 * freed. Returns NULL. */
pflask_container *pflask_close(pflask_container *container);

/*
 * Detached containers. `which` is a name, or in decimal the pid of a monitor or of a leader, and
 * means a container of the calling user. Root names a container of another user as USER/NAME or
 * USER/PID, where USER is a name or a number. A monitor and its client must have the same user,
 * pid, mount and cgroup namespace and root directory.
 * Errors: -ESRCH where there is no such container (any more), -EPERM where an ordinary user names
 * another user, or where what listens runs in other namespaces; with the field "which".
 */

/** Finds a detached container. The strings of a record are what its monitor says: they may hold any
 * byte. Returns 0 or -errno. */
int pflask_find(const char *which, struct pflask_record *ret, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/**
 * Lists the detached containers of the calling user, and for root those of all users, in the order
 * of their start, and removes what one of the caller's that was killed has left. All monitors have
 * one second to answer in. Returns how many there are, of which at most `capacity` are written to
 * *ret, an array of structures of `record_size` bytes each; or -errno.
 */
int pflask_list(struct pflask_record *ret, uint32_t capacity, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/**
 * Connects two descriptors to a container's terminal: out_fd gets what was kept of its output and
 * what follows, in_fd is typed. in_fd is put into raw mode while it is a terminal, its size becomes
 * the container's, and detach_key (a byte, or -1 for none) typed there detaches; a control
 * character also where the terminal sends it as a sequence. The end of in_fd, where it is none, is
 * only that. Signals of the calling process keep their meaning. Where out_fd is a terminal, what
 * was kept comes without what the terminal would answer or act on, and the modes that the container
 * has set are put back at the end, or when a signal ends or stops the process.
 * Returns 0 with *ret filled in when the container has ended; 1 when it goes on: the key was typed,
 * the terminal was hung up, or out_fd can not be written to (ret->output_errno is not 0, but for
 * EPIPE); or -errno (-ENOTTY: it has no terminal).
 */
int pflask_attach(const char *which, int in_fd, int out_fd, int detach_key, struct pflask_exit *ret,
		  uint32_t exit_size, struct pflask_error *reterr, uint32_t error_size);

/** Writes what was kept of a container's output to a descriptor; `follow`: and what comes, until it
 * ends. A terminal does not get what it would answer or act on, and is put back at the end. A
 * reader that has gone is no error. Returns 0 or -errno (-EBUSY: another container is in the
 * foreground). */
int pflask_logs(const char *which, int out_fd, int follow, struct pflask_error *reterr,
		uint32_t error_size);

/** Sends a signal, as pflask_kill() does; 0 is what ends the command: TERM, or its killSignal.
 * Returns 0 or -errno. */
int pflask_send(const char *which, int signal, struct pflask_error *reterr, uint32_t error_size);

/** Waits for the end of a container. timeout_ms: -1 for ever. Returns 0 with *ret filled in,
 * -ETIMEDOUT, or -errno. */
int pflask_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret, uint32_t exit_size,
		    struct pflask_error *reterr, uint32_t error_size);

/**
 * Runs a command in a detached container, as its leader runs: in its namespaces, cgroup and root,
 * with its user, environment and limits. Of the spec it takes command, user, chdir, setenv,
 * terminal, ownStderr, rows and cols. The user is looked up in the passwd and group files of the
 * container's root, and gets HOME, USER, LOGNAME and SHELL of its own. Descriptors and flags: as
 * for pflask_start(). The container's monitor,
 * which is a process of the container's user, gets the three descriptors (with terminal none of
 * them, but with ownStderr the third), the arguments and the variables, and hands them to the
 * command. With PFLASK_FOREGROUND none of the descriptors that are a terminal is handed over:
 * pflask_foreground() copies, and they have to stay open until pflask_close(). The command is
 * looked after as a container of its own: pflask_foreground(), pflask_wait(), pflask_kill(); it is
 * killed where its caller goes away. Returns 0 or -errno.
 */
int pflask_exec(const char *which, const pflask_spec *spec, int stdin_fd, int stdout_fd,
		int stderr_fd, uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		uint32_t error_size);

/**
 * Tells whether a descriptor is a terminal and how large. Returns rows << 16 | columns,
 * or -errno (-ENOTTY where it is none).
 */
int pflask_terminal_size(int fd);

/** Returns the soft RLIMIT_NOFILE of the calling program's parent process, or -errno. A runtime
 * that raises its own limit uses it for `openFiles`. */
int pflask_parent_open_files(void);

#ifdef __cplusplus
}
#endif
#endif
