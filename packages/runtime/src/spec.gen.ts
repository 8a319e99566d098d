// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-spec.ts from core-c/defs/spec.def; not to be edited.
import type { Mount, Netif } from "./kinds.gen.ts";

/** The wanted container. Every field may be left out. The names are those of pflask_spec_set(). */
export interface Spec {
	/**
	 * The command and its arguments. Default: the login shell that the container's own passwd(5)
	 * gives the user. If that shell cannot be executed, or is nologin or false, the default is
	 * /bin/bash or else /bin/sh.
	 */
	readonly command?: readonly string[];
	/** The directory that becomes the container's root. Default: the host's root. */
	readonly chroot?: string;
	/**
	 * The working directory of the command, in the container. Default: / with chroot; without chroot
	 * the caller's working directory. If the command cannot enter that directory, the default is HOME
	 * or else /.
	 */
	readonly chdir?: string;
	/**
	 * The host name inside: letters, digits, '.', '_' and '-'. A host name needs utsns. Default: the
	 * name of the container, if the name has the form of a machine's name; else the host's own name.
	 */
	readonly hostname?: string;
	/**
	 * The NIS domain name inside: letters, digits, '.', '_' and '-'. A domain name needs utsns.
	 * Default: the host's own domain name.
	 */
	readonly domainname?: string;
	/** The file mode creation mask of the command, in octal. Default: 022. */
	readonly umask?: string;
	/**
	 * Settings of the kernel for the namespaces of the container, each NAME=VALUE. Names are those of
	 * sysctl(8): net.* needs a network namespace, fs.mqueue.*, kernel.msg*, kernel.sem* and
	 * kernel.shm* need ipcns, kernel.hostname and kernel.domainname need utsns, and user.* needs a
	 * user namespace. Any other setting belongs to the whole machine, and is refused.
	 */
	readonly sysctl?: readonly string[];
	/**
	 * Variables of the command's environment. A variable replaces an earlier variable of the same
	 * name.
	 */
	readonly setenv?: Readonly<Record<string, string>>;
	/**
	 * Whether the command gets only the variables of setenv: no variable of the caller, and no
	 * variable that pflask adds. exactEnv contradicts keepenv. Default: no.
	 */
	readonly exactEnv?: boolean;
	/**
	 * Whether the command gets the caller's environment. Default: no with chroot, with confine and
	 * for a command that boots a system; else yes.
	 */
	readonly keepenv?: boolean;
	/**
	 * The mounts, made in this order, each TYPE:FIELD...: bind:HOST:DEST[:OPTIONS],
	 * bind-ro:HOST:DEST[:OPTIONS], overlay:UPPER:DEST:WORK[:OPTIONS], tmp:DEST[:OPTIONS],
	 * proc:DEST[:OPTIONS], dev:DEST[:OPTIONS], mqueue:DEST[:OPTIONS], sysfs:DEST[:OPTIONS],
	 * devpts:DEST[:OPTIONS], cgroup:DEST[:OPTIONS], symlink:TARGET:DEST, dir:DEST[:MODE],
	 * file:FD:DEST[:OPTIONS]. Commas separate the options, which are ro, rw, nosuid, suid, nodev,
	 * dev, noexec, exec, relatime, noatime, strictatime, nodiratime, diratime, nosymfollow,
	 * symfollow, private, rprivate, slave, rslave, shared, rshared, unbindable, runbindable, idmap
	 * (bind, bind-ro), mode=MODE (tmp), size=SIZE (tmp), data=OPTION (tmp), data=OPTION (proc),
	 * data=OPTION (devpts) and data=OPTION (cgroup). A colon in a field follows a backslash.
	 */
	readonly mount?: readonly Mount[];
	/** Whether /proc is the /proc of the host, which shows all processes of the host. Default: no. */
	readonly bindProc?: boolean;
	/**
	 * Whether everything in /proc and /sys is visible and everything in /proc is writable, so that
	 * containers can be made inside. unmaskProc contradicts bindProc. Default: no.
	 */
	readonly unmaskProc?: boolean;
	/**
	 * Whether the root is read-only, with everything that the host has mounted in it. Mounts that
	 * pflask or mount adds keep their attributes. Default: yes with confine, unless ephemeral is yes;
	 * else no.
	 */
	readonly readOnly?: boolean;
	/** Whether changes to the root are lost when the container ends. Default: no. */
	readonly ephemeral?: boolean;
	/**
	 * With ephemeral: the directory that keeps the changes, in its subdirectory upper. Default:
	 * nothing keeps the changes.
	 */
	readonly ephemeralDir?: string;
	/**
	 * With ephemeral: the directory of a trial. The changes of the trial are visible, and the changes
	 * of the container lie above them. Default: no trial lies below.
	 */
	readonly lower?: string;
	/**
	 * With ephemeral: the place to which the changed paths are written when the container has ended:
	 * a file, the number of a descriptor, or - for standard output. With detach, the place must be a
	 * file. Default: none.
	 */
	readonly changes?: string;
	/**
	 * With changes: the format of the list: text, json (one array) or jsonl (a line of JSON for each
	 * path). Default: the format that the file's name ends with, .json or .jsonl; else text.
	 */
	readonly changesFormat?: string;
	/**
	 * With ephemeral: the directory to which the changes are copied when the container has ended. The
	 * directory must exist and be empty.
	 */
	readonly keep?: string;
	/**
	 * The user that the command runs as, and the groups: USER or USER:GROUP[,GROUP...], by name or
	 * number. The first group is the primary group. Groups after the first group replace the
	 * supplementary groups of the user.
	 */
	readonly user?: string;
	/**
	 * The maps of the user namespace: ID:HOST:COUNT for users and groups, u:ID:HOST:COUNT for users
	 * alone, g:ID:HOST:COUNT for groups alone; or the single word auto.
	 */
	readonly userMap?: readonly string[];
	/**
	 * The network interfaces, each KIND:FIELD...[:OPTION...]: DEV:NAME, macvlan:MASTER:NAME[:MODE],
	 * ipvlan:MASTER:NAME[:MODE], veth:OUTSIDE:INSIDE, pasta[:tcp=PORTS][:udp=PORTS], ns:PATH, host.
	 * MODE of macvlan is bridge (the default), private, vepa or passthru; MODE of ipvlan is l3 (the
	 * default), l2 or l3s. The options are addr=ADDRESS/PREFIX, gw=ADDRESS, mac=ADDRESS (DEV:NAME,
	 * macvlan, veth), mtu=BYTES, up, bridge=BRIDGE (veth), tcp=PORTS (pasta) and udp=PORTS (pasta).
	 */
	readonly netif?: readonly Netif[];
	/**
	 * Whether a user namespace is made. Default: yes with confine, if user or userMap asks for a user
	 * namespace, or if the caller lacks the privilege for a container without a user namespace; else
	 * no.
	 */
	readonly userns?: boolean;
	/** Whether a mount namespace is made. Default: yes. */
	readonly mountns?: boolean;
	/**
	 * Whether a network namespace is made. Default: yes if netif asks for a network namespace, and
	 * with confine if netif is empty; else no.
	 */
	readonly netns?: boolean;
	/** Whether an ipc namespace is made. Default: yes. */
	readonly ipcns?: boolean;
	/** Whether a uts namespace is made. Default: yes. */
	readonly utsns?: boolean;
	/** Whether a pid namespace is made. Default: yes. */
	readonly pidns?: boolean;
	/**
	 * Whether the command itself is pid 1. A command that is called init or systemd is always pid 1.
	 * Default: no.
	 */
	readonly asPid1?: boolean;
	/**
	 * Whether standard input, output and error of the command are a pty of the container's own.
	 * Default: no.
	 */
	readonly terminal?: boolean;
	/** With terminal: whether the command keeps the caller's standard error. Default: no. */
	readonly ownStderr?: boolean;
	/**
	 * With terminal and without detach: a control character. If a user types this character three
	 * times within a second, the container is killed. 128 means no character. Default: 29, which is
	 * ^].
	 */
	readonly escapeKey?: number;
	/**
	 * The rows of the pty. Default, and the meaning of 0: the rows of the caller's terminal, or 24 if
	 * the caller has no terminal or the container is detached.
	 */
	readonly rows?: number;
	/**
	 * The columns of the pty. Default, and the meaning of 0: the columns of the caller's terminal, or
	 * 80 if the caller has no terminal or the container is detached.
	 */
	readonly cols?: number;
	/**
	 * The signal that replaces TERM, INT and HUP. Default, and the meaning of 0: 37, which is
	 * SIGRTMIN+3, for a command that boots a system. For any other command, TERM, INT and HUP stay as
	 * they are.
	 */
	readonly killSignal?: number;
	/**
	 * A container that has not ended is killed this many milliseconds after TERM, INT, HUP or QUIT,
	 * or after the signal of timeout. Default: 10000 after the signal of timeout, or if the command
	 * is pid 1 and does not handle the signal. Any other container is not killed by default.
	 */
	readonly killAfter?: number;
	/**
	 * The command's soft limit on open files (RLIMIT_NOFILE); 0 leaves the limit as it is. Default: 0
	 * in C; in TypeScript the limit of the process that started the program, because Bun raises its
	 * own limit.
	 */
	readonly openFiles?: number;
	/**
	 * Whether the command is confined, because the caller does not trust the command. The defaults
	 * are then: userns, netns, readOnly and noNewPrivs are yes, keepenv is no, caps is -all, seccomp
	 * is default, rlimit is nproc=1024 or half of the caller's limit, and userMap is auto if root is
	 * the caller and does not set user. limit is pids=1024 if the container has the host's root user,
	 * because nproc does not limit this user. /proc, /sys, /dev and /run are fresh. /tmp, /var/tmp,
	 * /var/mail, /mnt, /media, /home, /root and the home directories of the caller and of the user
	 * are empty and private. setenv has HOME and the caller's language, time zone, colours and,
	 * without chroot, PATH. A field that is set replaces its default. But the values of caps, rlimit,
	 * limit, setenv and mount are applied after their defaults. Default: no.
	 */
	readonly confine?: boolean;
	/**
	 * The capabilities of the command, changed in this order, each all, -all, +NAME, NAME or -NAME;
	 * commas separate several. Only the first value can be all or -all. NAME is a name of
	 * capabilities(7), in upper or lower case, with or without CAP_, or a number. A user other than
	 * root gets the capabilities that are named. Default: the capabilities that the kernel gives the
	 * user.
	 */
	readonly caps?: readonly string[];
	/**
	 * Whether execve(2) gives the command and its descendants no privileges, so that setuid programs
	 * and file capabilities have no effect (PR_SET_NO_NEW_PRIVS). Default: yes with confine; else no.
	 */
	readonly noNewPrivs?: boolean;
	/**
	 * The limits of the command, each NAME=SOFT or NAME=SOFT:HARD, a number or unlimited. SOFT alone
	 * sets both. Names are those of setrlimit(2), in any case, with or without RLIMIT_. A limit of
	 * nofile replaces openFiles.
	 */
	readonly rlimit?: readonly string[];
	/**
	 * A number from -1000 to 1000 that is added to the score by which the kernel chooses the
	 * processes to kill when memory is short (proc(5)). Only a caller with CAP_SYS_RESOURCE may
	 * choose less than its own number. Default: the number of the caller.
	 */
	readonly oomScoreAdj?: string;
	/**
	 * The filter of system calls: off, default, or fd:NUMBER[:NAME]. NUMBER is a descriptor, from
	 * which the program of the filter (struct sock_filter) is read to the end. The plan shows NAME.
	 * With a filter, a command without CAP_SYS_ADMIN has noNewPrivs, too. Default: off.
	 */
	readonly seccomp?: string;
	/**
	 * Cgroups of the container, each CONTROLLER[:KEY=VALUE,...]. A KEY is the name of a file of the
	 * controller, with or without the name of the controller, and gets VALUE. A comma in a VALUE
	 * follows a backslash.
	 */
	readonly cgroup?: readonly string[];
	/**
	 * Limits on the resources of all processes of the container, each memory=SIZE, swap=SIZE,
	 * pids=COUNT, cpu=CPUS or io=DEVICE:RATE=NUMBER[:...], or several with commas between them. A
	 * RATE is one of rbps (bytes read in a second), wbps (bytes written in a second), riops (reads in
	 * a second) and wiops (writes in a second). A size may have a unit: K, M, G or T. The value max
	 * means no limit.
	 */
	readonly limit?: readonly string[];
	/**
	 * Whether the container starts without the limits that no cgroup can enforce.
	 * pflask_plan_left_out() returns these limits. Default: no.
	 */
	readonly limitsBestEffort?: boolean;
	/**
	 * The command gets TERM, or killSignal, when it has run for this many milliseconds. The set-up
	 * before the execution may take this time, too, and in any case 10 seconds. If the set-up takes
	 * longer, the start fails. Default: 0, which is no limit.
	 */
	readonly timeout?: number;
	/**
	 * Whether the container is killed when the parent process of its caller ends. A container that is
	 * not detached always ends with its caller. Default: no.
	 */
	readonly dieWithParent?: boolean;
	/**
	 * Whether the container is a machine of systemd-machined(8). Default: yes if machined takes the
	 * registration; else no.
	 */
	readonly registered?: boolean;
	/**
	 * The name of the machine: letters, digits, '-' and '.'. The name begins and ends with a letter
	 * or a digit, and each '.' is between two letters or digits. Default: the name of the container,
	 * if that name has this form; else pflask-PID, with the pid of the monitor.
	 */
	readonly machine?: string;
	/**
	 * Whether the container outlives its caller and is found by name or pid. With terminal, every
	 * client that attaches gets the pty. Default: no.
	 */
	readonly detach?: boolean;
	/**
	 * With detach: the container's name: letters, digits, '.', '_' and '-'. The first character is a
	 * letter or a digit, and at least one character is not a digit. No other container of the user
	 * may have this name.
	 */
	readonly name?: string;
	/**
	 * With detach: the file that the monitor writes its pid to, and removes when the container ends.
	 */
	readonly pidFile?: string;
	/** With detach: how many bytes of the pty's output are kept. Default: 262144. */
	readonly scrollback?: number;
	/**
	 * The file to which all output of the command is appended as soon as the output comes. The file
	 * is made with mode 0600 if it is missing. With a terminal, the output goes to the file and to
	 * the terminal. Without a terminal, the output of a detached command goes to the file instead of
	 * the caller's descriptors. If the start fails, a file that the start has made is removed.
	 * Default: none.
	 */
	readonly logFile?: string;
	/**
	 * With detach: whether the end of a container without a name is kept, together with the kept
	 * output. Default: no.
	 */
	readonly keepLog?: boolean;
}

/** The defaults of the fields that are numbers. */
export const DEFAULTS = {
	escapeKey: 29,
	rows: 24,
	cols: 80,
	killSignal: 37,
	killAfter: 10000,
	openFiles: 0,
	timeout: 0,
	scrollback: 262144,
} as const;

/** The type of a field. A number has its least and its greatest value. */
export type FieldType = "list" | "variables" | "string" | "flag" | readonly [number, number];

/** Returns the types of the fields. The object has no prototype, so it has no other names. */
export function fieldTypes(): Readonly<Record<string, FieldType | undefined>> {
	return {
		__proto__: null as never,
		command: "list",
		chroot: "string",
		chdir: "string",
		hostname: "string",
		domainname: "string",
		umask: "string",
		sysctl: "list",
		setenv: "variables",
		exactEnv: "flag",
		keepenv: "flag",
		mount: "list",
		bindProc: "flag",
		unmaskProc: "flag",
		readOnly: "flag",
		ephemeral: "flag",
		ephemeralDir: "string",
		lower: "string",
		changes: "string",
		changesFormat: "string",
		keep: "string",
		user: "string",
		userMap: "list",
		netif: "list",
		userns: "flag",
		mountns: "flag",
		netns: "flag",
		ipcns: "flag",
		utsns: "flag",
		pidns: "flag",
		asPid1: "flag",
		terminal: "flag",
		ownStderr: "flag",
		escapeKey: [0, 128],
		rows: [0, 65535],
		cols: [0, 65535],
		killSignal: [0, 64],
		killAfter: [0, 2147483647],
		openFiles: [0, 2147483647],
		confine: "flag",
		caps: "list",
		noNewPrivs: "flag",
		rlimit: "list",
		oomScoreAdj: "string",
		seccomp: "string",
		cgroup: "list",
		limit: "list",
		limitsBestEffort: "flag",
		timeout: [0, 2147483647],
		dieWithParent: "flag",
		registered: "flag",
		machine: "string",
		detach: "flag",
		name: "string",
		pidFile: "string",
		scrollback: [4096, 67108864],
		logFile: "string",
		keepLog: "flag",
	};
}
