/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpflask: run a command, or boot a system, inside Linux namespaces.
 *
 * A spec describes the wanted container. A plan is the flat list of operations that make the
 * container. A container is a running plan. A spec and a plan are data: they need no privilege and
 * change nothing.
 *
 *	pflask_spec *spec = pflask_spec_new();
 *	pflask_spec_set(spec, "chroot", "/srv/debian", &error, sizeof(error));
 *	pflask_spec_set(spec, "command", "/bin/ls", &error, sizeof(error));
 *	pflask_spec_set(spec, "command", "-l", &error, sizeof(error));
 *	pflask_plan_make(spec, &plan, &error, sizeof(error));
 *	pflask_run(plan, 0, 1, 2, &ended, sizeof(ended), &error, sizeof(error));
 *
 * Errors: every function that can fail returns 0 (or a count) on success and -errno on failure. The
 * library writes parameters named ret* only on success, and reterr only on failure. reterr may be
 * NULL; error_size is then ignored.
 * Structures: a function that fills in a structure takes the size of the structure, such as
 * sizeof(struct pflask_error), in the next argument. The library writes at most that many bytes,
 * and sets members that the library does not know to zero. Later versions of the library add
 * members only at the end, so that a program works with a library that is older or newer than the
 * program's header. If the size is 0, or less than the size of the structure in ABI 2, a function
 * does nothing and returns -EINVAL.
 * Threads: only one thread at a time may use a handle. Different handles are independent.
 * Signals and children: the library has signal handlers only while a container is in the
 * foreground: from pflask_start() or pflask_exec() with PFLASK_FOREGROUND to pflask_close(), and in
 * pflask_foreground(), pflask_run(), pflask_attach() and pflask_logs(). Only one container of a
 * process may be in the foreground at a time. The library never handles SIGCHLD. The monitor is a
 * child of the calling process. Only pflask_close() and pflask_run() wait for the monitor.
 * fork(2): a container belongs to the process that started it. In a forked child of that process, a
 * handle is a copy: pflask_close() frees only the copy, pflask_info() and pflask_terminal() work,
 * and pflask_wait(), pflask_kill() and pflask_foreground() return -ECHILD. The container ends with
 * the process that started it, even if a forked child lives on.
 * Descriptors: every descriptor that the library makes is close-on-exec. The sealed memfd of
 * pflask-init stays open from the first pflask_start() on, for all containers of the process. A
 * plan holds descriptors of the files and directories that its spec names (pflask_plan_make()).
 */
#ifndef PFLASK_H
#define PFLASK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the binary interface (ABI) that this header declares. A new function, a new value
 * or a new member at the end of a structure does not change this number. Any other change raises
 * it. */
#define PFLASK_ABI 2

/** Version of this header; pflask_version() returns the version of the library. */
#define PFLASK_VERSION "0.1.0"

typedef struct pflask_spec pflask_spec;
typedef struct pflask_plan pflask_plan;
typedef struct pflask_container pflask_container;

/** Kinds of error. The numbers are stable. The command line maps them to the exit statuses 125, 126
 * and 127. */
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

/** Why a container ended. */
enum pflask_reason {
	PFLASK_EXITED = 1, /**< the command called exit: `code` has its exit code */
	PFLASK_SIGNALED,   /**< a signal killed the command: `signal` has the number */
	PFLASK_POWEROFF,   /**< power-off or halt by reboot(2) inside (pid_namespaces(7)) */
	PFLASK_REBOOT,     /**< restart by reboot(2) inside */
	PFLASK_LOST,       /**< the monitor was killed from outside, and init died with it */
	PFLASK_OOM,        /**< the kernel killed the command: the memory limit was reached */
	PFLASK_TIMEOUT,    /**< pflask ended the container at the end of its `timeout` */
	PFLASK_SECCOMP,    /**< the seccomp filter of the container killed the command */
	PFLASK_KILLED      /**< pflask killed the container: SIGKILL was asked for, the time of
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
	 * received the signal. Set by pflask_foreground(), pflask_run() and pflask_attach(). */
	int32_t typed_signal;
	uint64_t wall_usec;     /**< from the start of the monitor to the end, in microseconds */
	uint64_t user_usec;     /**< user CPU time of all processes waited for, in microseconds */
	uint64_t system_usec;   /**< system CPU time, in microseconds */
	uint64_t max_rss_kib;   /**< largest resident set of a single process, KiB (getrusage(2)) */
	char changes_path[256]; /**< path in the container for `changes_errno`, or ""; a
				 * path that is too long loses its beginning */
	char keep_path[256];    /**< path in the container for `keep_errno`, in the same form */
	char link[16];          /**< name of the interface for `link_errno` on the host, or "" */
	char network[16]; /**< network program ("pasta") that ended before the container, or "" */
	uint64_t memory_peak;  /**< most memory that the cgroup used, in bytes; 0: not known */
	uint64_t memory_limit; /**< with PFLASK_OOM: the limit of the memory, in bytes, or 0 */
	uint64_t io_read;      /**< bytes that were read from storage, if `has_io` is not 0 */
	uint64_t io_write;     /**< bytes that were written to storage, if `has_io` is not 0 */
	uint64_t process_peak; /**< most processes at the same time; 0: not known */
	int32_t has_io;        /**< 1: io_read and io_write are known; else 0 */
	int32_t timeout_msec;  /**< with PFLASK_TIMEOUT: the `timeout`, in milliseconds */
};

/** The actual state of a running container. Pids are in the caller's pid namespace. */
struct pflask_info {
	int32_t monitor_pid;   /**< the monitor, which looks after the container */
	int32_t init_pid;      /**< pid 1 of the pid namespace; without pidns, the subreaper */
	int32_t leader_pid;    /**< the command */
	int32_t keyring_errno; /**< 0: the container has its own session keyring; else the errno */
	uint32_t namespaces;   /**< CLONE_NEW* flags of the new namespaces */
};

/** A detached container, as reported by its monitor. A monitor may fail to answer, for instance
 * because it is stopped. Strings are NUL-terminated. A string that is too long is cut. */
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
};

/** Flags of pflask_start(). */
enum pflask_start_flags {
	/** Puts the container in the foreground: from pflask_start() to pflask_close(), the calling
	 * program forwards TERM, INT, HUP, QUIT, USR1, USR2, CONT and WINCH to the command. If the
	 * program has the default action for TSTP, TTIN and TTOU, these signals stop the command
	 * (by STOP) and then the program. A signal that the program ignores stays ignored
	 * (nohup(1)). After the command has ended, TERM, INT, HUP and QUIT act on the program
	 * again. Only one container of a process can be in the foreground at a time; else
	 * -EBUSY. */
	PFLASK_FOREGROUND = 1
};

/** Flags of pflask_report_exit(). */
enum pflask_report_flags {
	PFLASK_OF_EXEC = 1,   /**< the command was one of pflask_exec() */
	PFLASK_PASS_ON = 2,   /**< raise SIGINT if SIGINT ended the command */
	PFLASK_STATS = 4,     /**< print the reason and the used resources on stderr, as text */
	PFLASK_STATS_JSON = 8 /**< print the event "exited" on stderr */
};

/** Returns PFLASK_ABI of the loaded library. */
uint32_t pflask_abi(void);

/** Returns the version of the library, "MAJOR.MINOR.PATCH", in static memory. */
const char *pflask_version(void);

/** Returns a new spec with every field at its default, or NULL if there is no memory.
 * pflask_spec_free() frees the spec. */
pflask_spec *pflask_spec_new(void);

/** Frees a spec; NULL is allowed. Returns NULL. */
pflask_spec *pflask_spec_free(pflask_spec *spec);

/*
 * The fields of a spec.
 * Made by scripts/gen-spec.ts from core-c/defs/spec.def; not to be edited here.
 *
 *	command (list)
 *	    The command and its arguments. Default: the login shell that the container's own
 *	    passwd(5) gives the user. If that shell cannot be executed, or is nologin or false,
 *	    the default is /bin/bash or else /bin/sh.
 *	chroot (string)
 *	    The directory that becomes the container's root. Default: the host's root.
 *	chdir (string)
 *	    The working directory of the command, inside. Default: / with chroot; without chroot
 *	    the caller's working directory. If the command cannot enter that directory, the
 *	    default is HOME or else /.
 *	hostname (string of 1 to 64 characters)
 *	    The host name inside: letters, digits, '.', '_' and '-'. A host name needs utsns.
 *	    Default: the name of the container, if the name has the form of a machine's name; else
 *	    the host's own name.
 *	setenv (list of NAME=VALUE)
 *	    Variables of the command's environment. A variable replaces an earlier variable of the
 *	    same name.
 *	keepenv (flag)
 *	    Whether the command gets the caller's environment. Default: no with chroot, with
 *	    confine and for a command that boots a system; else yes.
 *	mount (list)
 *	    The mounts, made in this order, each TYPE:FIELD...: bind:HOST:DEST[:OPTIONS],
 *	    bind-ro:HOST:DEST[:OPTIONS], overlay:UPPER:DEST:WORK[:OPTIONS], tmp:DEST[:OPTIONS],
 *	    proc:DEST[:OPTIONS], dev:DEST[:OPTIONS], mqueue:DEST[:OPTIONS], symlink:TARGET:DEST,
 *	    dir:DEST[:MODE], file:FD:DEST[:OPTIONS]. Commas separate the options, which are ro,
 *	    rw, nosuid, suid, nodev, dev, noexec, exec, idmap (bind, bind-ro), mode=MODE (tmp) and
 *	    size=SIZE (tmp). A colon in a field follows a backslash.
 *	bindProc (flag)
 *	    Whether /proc is the host's, which shows all processes of the host. Default: no.
 *	unmaskProc (flag)
 *	    Whether nothing of /proc and /sys is hidden and nothing of /proc is read-only, so that
 *	    containers can be made inside. unmaskProc contradicts bindProc. Default: no.
 *	readOnly (flag)
 *	    Whether the root is read-only, with everything that the host has mounted in it. What
 *	    pflask or mount adds stays as it is. Default: yes with confine, unless ephemeral is
 *	    yes; else no.
 *	ephemeral (flag)
 *	    Whether changes to the root are lost when the container ends. Default: no.
 *	ephemeralDir (string)
 *	    With ephemeral: the directory that keeps the changes, in its subdirectory upper.
 *	    Default: nothing keeps the changes.
 *	changes (string)
 *	    With ephemeral: the file, or the number of a descriptor, or - for standard output, to
 *	    which the changed paths are written when the container has ended. With detach it must
 *	    be a file. Default: none.
 *	changesFormat (string of 1 to 5 characters)
 *	    With changes: the format of the list: text, json (one array) or jsonl (a line of JSON
 *	    for each path). Default: the ending of the file's name, .json or .jsonl, or else text.
 *	keep (string)
 *	    With ephemeral: the directory to which the changes are copied when the container has
 *	    ended. The directory must exist and be empty.
 *	user (string)
 *	    The user that the command runs as, and the group: USER or USER:GROUP, by name or
 *	    number.
 *	userMap (list)
 *	    The maps of the user namespace: ID:HOST:COUNT for users and groups, u:ID:HOST:COUNT
 *	    for users alone, g:ID:HOST:COUNT for groups alone; or the single word auto.
 *	netif (list)
 *	    The network interfaces, each KIND:FIELD...[:OPTION...]: DEV:NAME,
 *	    macvlan:MASTER:NAME[:MODE], ipvlan:MASTER:NAME[:MODE], veth:OUTSIDE:INSIDE,
 *	    pasta[:tcp=PORTS][:udp=PORTS], ns:PATH, host. MODE of macvlan is bridge (the default),
 *	    private, vepa or passthru; MODE of ipvlan is l3 (the default), l2 or l3s. The options
 *	    are addr=ADDRESS/PREFIX, gw=ADDRESS, mac=ADDRESS (DEV:NAME, macvlan, veth), mtu=BYTES,
 *	    up, bridge=BRIDGE (veth), tcp=PORTS (pasta) and udp=PORTS (pasta).
 *	userns (flag)
 *	    Whether a user namespace is made. Default: yes with confine, if user or userMap asks
 *	    for a user namespace, or if the caller lacks the privilege to do without; else no.
 *	mountns (flag)
 *	    Whether a mount namespace is made. Default: yes.
 *	netns (flag)
 *	    Whether a network namespace is made. Default: yes if netif asks for a network
 *	    namespace, and with confine if netif is empty; else no.
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
 *	escapeKey (number from 0 to 128)
 *	    With terminal, and not with detach: the control character that ends the container
 *	    (KILL) when a user types it three times within a second; 128 means none. Default: 29,
 *	    which is ^].
 *	rows (number from 0 to 65535)
 *	    The rows of the pty. Default, and the meaning of 0: those of the caller's terminal, or
 *	    24 if the caller has no terminal or the container is detached.
 *	cols (number from 0 to 65535)
 *	    The columns of the pty. Default, and the meaning of 0: those of the caller's terminal,
 *	    or 80 if the caller has no terminal or the container is detached.
 *	killSignal (number from 0 to 64)
 *	    The signal that TERM, INT and HUP become. Default, and the meaning of 0: 37, which is
 *	    SIGRTMIN+3, for a command that boots a system; TERM, INT and HUP themselves for any
 *	    other.
 *	killAfter (number from 0 to 2147483647)
 *	    A container that has not ended is killed this many milliseconds after TERM, INT, HUP
 *	    or QUIT, or after the signal of timeout. Default: 10000 after the signal of timeout,
 *	    and for a pid 1 that does not handle the signal; else such a container is not killed.
 *	openFiles (number from 0 to 2147483647)
 *	    The command's soft limit on open files (RLIMIT_NOFILE); 0 leaves the limit as it is.
 *	    Default: 0 in C; in TypeScript the limit of the process that started the program,
 *	    because Bun raises its own limit.
 *	confine (flag)
 *	    Whether the command is confined, as a command that the caller does not trust. These
 *	    become defaults: userns, netns, readOnly and noNewPrivs are yes, keepenv is no, caps
 *	    is -all, seccomp is default, rlimit is nproc=1024 or half of the caller's limit, and
 *	    userMap is auto if root is the caller and does not set user. limit is pids=1024 if the
 *	    container has the host's root, because the kernel does not count its processes. /proc,
 *	    /sys, /dev and /run are fresh. /tmp, /var/tmp, /var/mail, /mnt, /media, /home, /root
 *	    and the home directories of the caller and of the user are empty and private. setenv
 *	    has HOME and the caller's language, time zone, colours and, without chroot, PATH.
 *	    Fields that are set replace these defaults; caps, rlimit, limit, setenv and mount
 *	    follow them. Default: no.
 *	caps (list)
 *	    The capabilities of the command, changed in this order, each all, -all, +NAME, NAME or
 *	    -NAME; commas separate several. Only the first can be all or -all. Names are those of
 *	    capabilities(7), in any case, with or without CAP_, or numbers. A user other than root
 *	    gets the capabilities that are named. Default: those that the kernel gives the user.
 *	noNewPrivs (flag)
 *	    Whether execve(2) gives the command and its descendants no privileges, so that setuid
 *	    programs and file capabilities have no effect (PR_SET_NO_NEW_PRIVS). Default: yes with
 *	    confine; else no.
 *	rlimit (list)
 *	    The limits of the command, each NAME=SOFT or NAME=SOFT:HARD, a number or unlimited.
 *	    SOFT alone sets both. Names are those of setrlimit(2), in any case, with or without
 *	    RLIMIT_. A limit of nofile replaces openFiles.
 *	seccomp (string)
 *	    The filter of system calls: off, default, or fd:NUMBER[:NAME], a descriptor with the
 *	    program of a filter (struct sock_filter), which is read to the end. The plan shows the
 *	    name. With a filter, a command without CAP_SYS_ADMIN has noNewPrivs, too. Default:
 *	    off.
 *	cgroup (list)
 *	    Cgroups of the container, each CONTROLLER[:KEY=VALUE,...]. A KEY is the name of a file
 *	    of the controller, with or without the name of the controller, and gets VALUE. A comma
 *	    in a VALUE follows a backslash.
 *	limit (list)
 *	    Limits on the resources of all processes of the container, each memory=SIZE,
 *	    swap=SIZE, pids=COUNT, cpu=CPUS or io=DEVICE:RATE=NUMBER[:...], or several with commas
 *	    between them. A RATE is one of rbps (bytes read in a second), wbps (bytes written in a
 *	    second), riops (reads in a second) and wiops (writes in a second). A size may have a
 *	    unit: K, M, G or T. The value max means no limit.
 *	limitsBestEffort (flag)
 *	    Whether the container starts without the limits that no cgroup can enforce.
 *	    pflask_plan_left_out() returns these limits. Default: no.
 *	timeout (number from 0 to 2147483647)
 *	    The command gets TERM, or killSignal, when it has run for this many milliseconds. The
 *	    start fails if the set-up before the execution takes longer than this time and longer
 *	    than 10 seconds. Default: 0, which is no limit.
 *	dieWithParent (flag)
 *	    Whether the container is killed when the parent process of its caller ends. A
 *	    container that is not detached always ends with its caller. Default: no.
 *	registered (flag)
 *	    Whether the container is a machine of systemd-machined(8). Default: yes if machined
 *	    takes the registration; else no.
 *	machine (string of 1 to 64 characters)
 *	    The name of the machine: letters, digits, '-' and '.'. The name begins and ends with a
 *	    letter or a digit, and each '.' is between two of these. Default: the name of the
 *	    container, if it has this form; else pflask-PID, with the pid of the monitor.
 *	detach (flag)
 *	    Whether the container outlives its caller and is found by name or pid. With terminal,
 *	    the pty is served to all who attach. Default: no.
 *	name (string of 1 to 63 characters)
 *	    With detach: the container's name: letters, digits, '.', '_' and '-'. The first is a
 *	    letter or a digit, and not all are digits. No other container of the user has the
 *	    name.
 *	pidFile (string)
 *	    With detach: the file that the monitor writes its pid to, and removes when the
 *	    container ends.
 *	scrollback (number from 4096 to 67108864)
 *	    With detach: how many bytes of the pty's output are kept. Default: 262144.
 */

/**
 * Sets a field of a spec, or appends to a field that is a list. A flag takes "yes" or "no". A
 * number takes decimal digits. A list of NAME=VALUE takes one NAME=VALUE at a time. "The fields of
 * a spec" above says what each field takes and means.
 * Returns 0, or an error that leaves the spec unchanged: -ENOENT (no such field), -EINVAL
 * (malformed value) or -ENOMEM. *reterr has the field.
 */
int pflask_spec_set(pflask_spec *spec, const char *field, const char *value,
		    struct pflask_error *reterr, uint32_t error_size);

/**
 * Checks a spec and makes a plan: looks up users, checks that directories exist, and refuses fields
 * that contradict each other. Reads the file system and changes nothing. If subordinate ids are
 * needed, and nsswitch.conf(5) names a source other than /etc/subuid and /etc/subgid, the function
 * runs getsubids(1) as a child of the calling process and waits for the child.
 * Each file and directory of the host that the spec names is opened exactly once. A container of
 * the plan uses this file or directory. The container does not start if another file or directory
 * has taken its place. The plan holds the descriptors open until its first container has started.
 * Descriptors that are passed on (keep, pidFile, a network namespace, the root without mountns)
 * stay open until pflask_plan_free(). pflask_start() creates or truncates the file that `changes`
 * names, in the calling process.
 * Returns 0 or -errno. On failure, *reterr names the field that caused the error.
 */
int pflask_plan_make(const pflask_spec *spec, pflask_plan **ret, struct pflask_error *reterr,
		     uint32_t error_size);

/** Frees a plan; NULL is allowed. Returns NULL. A running container does not need its plan. */
pflask_plan *pflask_plan_free(pflask_plan *plan);

/** Returns the plan as text, with one operation a line. The plan owns the text. Returns NULL if
 * there is no memory. */
const char *pflask_plan_text(pflask_plan *plan);

/** Returns the limits that the plan leaves out, because the spec has limitsBestEffort and no cgroup
 * can enforce them: values of the field `limit` with commas between them, or "". The plan owns the
 * text. */
const char *pflask_plan_left_out(const pflask_plan *plan);

/**
 * Starts a container and returns when its command has been executed.
 * stdin_fd, stdout_fd, stderr_fd: descriptors that the command gets as 0, 1 and 2, or -1 for none.
 * The caller keeps them. flags: enum pflask_start_flags.
 * With PFLASK_FOREGROUND, a command without a terminal of its own never gets a terminal as its
 * standard input. If stdin_fd is a terminal, the command gets a pipe instead, and
 * pflask_foreground() relays from the terminal to the pipe. stdin_fd must then stay open until
 * pflask_close().
 * A detached container with a terminal ignores the descriptors. Without a terminal, its command
 * gets the descriptors, but /dev/null replaces an input that is a terminal. The monitor of a
 * detached container is not a child of the calling process.
 * Returns 0 or -errno. On failure, nothing of the container is left.
 */
int pflask_start(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
		 uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		 uint32_t error_size);

/**
 * Runs a container in the foreground, from start to end: calls pflask_start() with
 * PFLASK_FOREGROUND, pflask_foreground() and pflask_close(). Without a terminal, the command gets
 * the descriptors. With a terminal, the function relays between the descriptors and the terminal.
 * Refuses a detached container.
 * Returns 0 and fills *ret, or -errno.
 */
int pflask_run(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
	       struct pflask_exit *ret, uint32_t exit_size, struct pflask_error *reterr,
	       uint32_t error_size);

/** Fills in the actual state of a container. Returns 0, or -EINVAL (info_size is too small). */
int pflask_info(const pflask_container *container, struct pflask_info *ret, uint32_t info_size);

/** Returns the pty master of a container. The container owns the descriptor. Returns -ENOTTY if the
 * container has no terminal, or if its monitor serves the terminal (detach). */
int pflask_terminal(const pflask_container *container);

/**
 * Sends a signal to the command. INT, QUIT, HUP, STOP and CONT go to the process group of the
 * command, as from a terminal or a shell. A booted init gets killSignal in place of TERM, INT and
 * HUP. CONT follows TERM, INT, HUP and QUIT, so that a stopped command ends, too. HUP follows TERM
 * if the command ignores TERM, as an interactive shell does, and has a terminal. KILL ends the
 * whole container. Returns 0, -EINVAL (no such signal), -ESRCH (the container has ended), or
 * -ECHILD (in a forked child).
 */
int pflask_kill(pflask_container *container, int signal);

/**
 * Waits for the end of a container. timeout_ms: -1 waits for ever, 0 does not wait.
 * Returns 0 and fills *ret, -ETIMEDOUT, -EINVAL (exit_size is too small), or -ECHILD (in a forked
 * child). May be called again after the end.
 */
int pflask_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret,
		uint32_t exit_size);

/**
 * Runs a container in the foreground until the container ends. Forwards signals. If the container
 * has a terminal, relays from in_fd to this terminal, and from this terminal to out_fd. If in_fd is
 * a terminal, puts it into raw mode and follows its size; while another job uses the terminal,
 * neither reads in_fd nor changes its modes. Returns after all output has been written. If
 * pflask_start() or pflask_exec() has replaced a descriptor with a pipe, relays between the
 * descriptor and the pipe, and does not change the modes of the terminal. If out_fd is a terminal,
 * resets the modes that the command has left on there. If the command ends with exit code 0, these
 * modes stay. If output cannot be written to out_fd, hangs up the container's terminal;
 * ret->output_errno has the errno. Returns 0 and fills *ret, or -errno (-ECHILD: in a forked child;
 * -EINVAL: exit_size is too small).
 */
int pflask_foreground(pflask_container *container, int in_fd, int out_fd, struct pflask_exit *ret,
		      uint32_t exit_size);

/** Kills a container that still runs, waits for its end, and frees the handle; NULL is allowed.
 * Does not kill a detached container. Kills a command of pflask_exec(). In a forked child, only
 * frees the handle. Returns NULL. */
pflask_container *pflask_close(pflask_container *container);

/*
 * Detached containers. `which` names a container of the calling user by its name, or by the decimal
 * pid of its monitor or its leader. Root names a container of another user as USER/NAME or
 * USER/PID. USER is a name or a number. A monitor and its client must have the same user, pid,
 * mount and cgroup namespaces and the same root directory.
 * Errors, with the field "which": -ESRCH if there is no such container (any more); -EPERM if an
 * ordinary user names another user, or if the process that listens for the container's clients runs
 * in other namespaces.
 */

/** Finds a detached container. The strings of the record come from the monitor, and may have any
 * byte. Returns 0 or -errno. */
int pflask_find(const char *which, struct pflask_record *ret, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/**
 * Lists the detached containers of the calling user in the order of their start. If root calls,
 * lists the containers of all users. Removes the remains of the caller's killed containers. Waits
 * at most one second for the answers of all monitors together. Writes at most `capacity` records to
 * *ret, an array of structures of `record_size` bytes each. Returns the number of containers, which
 * may be more than `capacity`, or -errno.
 */
int pflask_list(struct pflask_record *ret, uint32_t capacity, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/**
 * Connects two descriptors to the terminal of a detached container. out_fd gets the kept output and
 * all further output. Input from in_fd goes to the terminal. If in_fd is a terminal, puts it into
 * raw mode, and gives its size to the container's terminal. Typing detach_key (a byte, or -1 for
 * none) at this terminal detaches. If the key is a control character, the key also detaches if the
 * terminal sends an escape sequence for the key. If in_fd is no terminal, the function continues
 * after the end of the input. Signals of the calling process keep their meaning. If out_fd is a
 * terminal, the kept output comes without sequences that the terminal would answer or act on. The
 * modes that the container has set there are reset at the end, or when a signal ends or stops the
 * process. Returns 0 with *ret filled in when the container has ended. Returns 1 if the container
 * still runs: the key was typed, the terminal was hung up, or out_fd cannot be written to
 * (ret->output_errno is then not 0, except after EPIPE). Returns -errno on failure (-ENOTTY: the
 * container has no terminal; -EBUSY: another container is in the foreground).
 */
int pflask_attach(const char *which, int in_fd, int out_fd, int detach_key, struct pflask_exit *ret,
		  uint32_t exit_size, struct pflask_error *reterr, uint32_t error_size);

/** Writes the kept output of a container to a descriptor. With `follow`, also writes new output,
 * until the container ends. A terminal does not get sequences that it would answer or act on, and
 * its modes are restored at the end. If out_fd is a pipe without a reader, this is no error.
 * Without `follow`, it is an error if the monitor sends nothing for 30 seconds. Returns 0 or -errno
 * (-EBUSY: another container is in the foreground). */
int pflask_logs(const char *which, int out_fd, int follow, struct pflask_error *reterr,
		uint32_t error_size);

/** Sends a signal, as pflask_kill() does. Signal 0 stands for the signal that asks the command to
 * end: TERM, or the container's killSignal. Returns 0 or -errno. */
int pflask_send(const char *which, int signal, struct pflask_error *reterr, uint32_t error_size);

/** Waits for the end of a container. timeout_ms: -1 waits for ever. Returns 0 with *ret filled in,
 * -ETIMEDOUT, or -errno. */
int pflask_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret, uint32_t exit_size,
		    struct pflask_error *reterr, uint32_t error_size);

/**
 * Ends a container: sends a signal as pflask_send() does, waits for the end, and kills a container
 * that has not ended kill_after_ms later. With kill_after_ms -1, the time is the default of
 * `killAfter` if signal is 0; with any other signal, the function only sends the signal. Returns 0
 * or -errno (-ETIMEDOUT: the container has not ended 30 seconds after it was killed).
 */
int pflask_end(const char *which, int signal, int kill_after_ms, struct pflask_error *reterr,
	       uint32_t error_size);

/**
 * Runs a command in a detached container. The command gets the namespaces, cgroup, root, user,
 * environment and limits of the container's leader. Uses only these fields of the spec: command,
 * user, chdir, setenv, terminal, ownStderr, rows, cols, timeout and killAfter. If the spec has a
 * user, looks up this user in the passwd and group files of the container's root. The command then
 * gets HOME, USER, LOGNAME and SHELL of this user. Descriptors and flags are as for pflask_start().
 * The container's monitor, a process of the container's user, gets the three descriptors, the
 * arguments and the variables, and passes them to the command. With terminal, the monitor gets no
 * descriptor, or with ownStderr only the third. With PFLASK_FOREGROUND, the function passes a pipe
 * in place of each descriptor that is a terminal, and pflask_foreground() relays between the
 * terminal and the pipe; such a descriptor must stay open until pflask_close(). The handle works as
 * for a container, with pflask_foreground(), pflask_wait() and pflask_kill(). The command is killed
 * when its caller ends. Returns 0 or -errno.
 */
int pflask_exec(const char *which, const pflask_spec *spec, int stdin_fd, int stdout_fd,
		int stderr_fd, uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		uint32_t error_size);

/* Reports of a command line: lines on stderr that begin with `program`, and events as JSON on
 * status_fd, unless status_fd is -1. `typed` has the typed options by field, in lines
 * FIELD<TAB>OPTION. `words` has the words for texts in braces, in lines NAME[=VALUE]<TAB>WORDS, in
 * which * stands for any value. The first line that fits counts. Both may be NULL. libpflask(3) has
 * more. */

/**
 * Reports an error: "PROGRAM: [OPTION: ]MESSAGE" and "hint: HINT" on stderr, and the event "error".
 * OPTION is the typed option of the error's field. If the operation is "write" and the errno EPIPE,
 * prints nothing on stderr: the reader of standard output has closed the pipe.
 * Returns the exit status: 127 for PFLASK_NOT_FOUND, 126 for PFLASK_NOT_EXECUTABLE, else 125.
 * Returns -EINVAL if error_size is too small.
 */
int pflask_report_error(const char *program, const char *typed, const char *words, int status_fd,
			const struct pflask_error *error, uint32_t error_size);

/** Reports a mistake on the command line, "OPTION: WHY", as pflask_report_error() does. hint: NULL
 * stands for "PROGRAM --help", and "" for no hint. Returns the exit status, 125. */
int pflask_report_mistake(const char *program, int status_fd, const char *option, const char *why,
			  const char *hint);

/** Reports on stderr the limits that a plan leaves out (pflask_plan_left_out()), if any. typed is
 * as in pflask_report_error(). Returns 1 if there are such limits, else 0. */
int pflask_report_plan(const char *program, const char *typed, const pflask_plan *plan);

/** Writes the event "started". Returns 0, or -errno. After an error, the caller must write no more
 * events. */
int pflask_report_started(const char *program, int status_fd, const pflask_container *container);

/**
 * Reports the end of a container: its errors on stderr, and the event "exited". flags: enum
 * pflask_report_flags. With PFLASK_PASS_ON, if SIGINT ended the command, the function raises SIGINT
 * for the calling process. A shell that received the same ^C stops its loop or script only if the
 * shell sees that SIGINT ended the process. If exit->typed_signal is set, the function instead
 * sends this signal to the whole process group, because a terminal in raw mode has sent no signal.
 * SIGQUIT never ends the calling process: a core dump would write its memory to a file. Call the
 * function after pflask_close(), when signals act on the program again.
 * If the process still runs, returns the exit status: the exit code; 128 plus the number of the
 * signal; 0 for PFLASK_POWEROFF, 124 for PFLASK_TIMEOUT, 133 for PFLASK_REBOOT, 137 for
 * PFLASK_LOST. After an error, the status is 125 if it would otherwise be 0, or if output could not
 * be written. Returns -EINVAL if exit_size is too small.
 */
int pflask_report_exit(const char *program, const char *typed, int status_fd,
		       const struct pflask_exit *exit, uint32_t exit_size, uint32_t flags);

/**
 * Returns the size of a terminal as rows << 16 | columns, or -errno (-ENOTTY: fd is no terminal).
 */
int pflask_terminal_size(int fd);

/** Returns the soft RLIMIT_NOFILE of the calling program's parent process, or -errno. A language
 * runtime that raises its own limit, such as Bun, sets `openFiles` to this value. */
int pflask_parent_open_files(void);

#ifdef __cplusplus
}
#endif
#endif
