// SPDX-License-Identifier: BSD-2-Clause
// The table of options. The parser, its types and --help are made from this table.
import type { Option as Syntax } from "@pflask/command";
import type { Spec } from "@pflask/runtime";
import type { Kind } from "./kinds.ts";

/** An option. Its last members say which fields of a spec the option sets. */
export interface Option extends Syntax {
	/** Whether every occurrence counts. Otherwise the last occurrence counts. */
	readonly multiple?: true;
	readonly group: keyof typeof GROUPS;
	readonly help: string;
	/** The actions that the option applies to. Default: running a command. */
	readonly of?: readonly (Action | "run")[];
	/** The fields that the option sets, with or without a value. */
	readonly sets?: Spec;
	/** A value with which the option does not set the fields of `sets`. */
	readonly unless?: string;
	/** More fields that the option sets if it has no value. */
	readonly bare?: Spec;
	/** If the value must be one of a few words: the fields that the option sets for each word. */
	readonly words?: Readonly<Record<string, Spec>>;
	/** The word that a hint shows as an example. */
	readonly example?: string;
	/** The field that gets the value. */
	readonly field?: keyof Spec;
	/** The kind of the value. Default: the value is any text but an empty one. */
	readonly kind?: Kind;
}

/**
 * The groups of options, in the order of --help. In --help, a brief group shows only the names of
 * its options.
 */
export const GROUPS = {
	container: { title: "Container:", brief: false },
	shared: { title: "Namespaces to share with the host:", brief: true },
	running: { title: "Running the command:", brief: false },
	limits: { title: "Limits and confinement:", brief: false },
	detached: {
		title: "Detached containers (PID of the monitor or the command, or NAME):",
		brief: false,
	},
} as const;

/** The options that do not run a command in a new container. */
export const ACTIONS = ["attach", "exec", "kill", "list", "logs", "wait"] as const;

/** An action on detached containers. */
export type Action = (typeof ACTIONS)[number];

/**
 * What to type instead of the subcommands that other programs have. pflask has none: the first word
 * is the command. The words are the hint if no such command is found.
 */
export const SUBCOMMANDS = {
	attach: "pflask --attach=NAME",
	exec: "pflask --exec=NAME -- COMMAND",
	help: "pflask --help",
	list: "pflask --list",
	login: "pflask --exec=NAME",
	logs: "pflask --logs=NAME",
	run: "pflask -- COMMAND",
	shell: "pflask --exec=NAME",
	start: "pflask --detach --name=NAME -- COMMAND",
	stop: "pflask --kill NAME",
	version: "pflask --version",
	wait: "pflask --wait=NAME",
} as const;

/** The options by their long names. parse.ts relies on every member being an `Option`. */
export const OPTIONS = {
	chroot: {
		short: "r",
		argument: "required",
		value: "DIR",
		group: "container",
		help: "use DIR as the root directory",
		field: "chroot",
	},
	mount: {
		short: "m",
		argument: "required",
		multiple: true,
		value: "TYPE:...",
		group: "container",
		help: "mount bind:HOST:DEST, tmp:DEST and others",
		field: "mount",
	},
	ephemeral: {
		short: "w",
		argument: "optional",
		value: "DIR",
		group: "container",
		help: "discard changes to the root; =DIR keeps them",
		sets: { ephemeral: true },
		field: "ephemeralDir",
	},
	changes: {
		argument: "optional",
		value: "FILE",
		group: "container",
		help: "list changes: to stderr, FILE, or - for stdout",
		bare: { changes: "2" },
		field: "changes",
	},
	"changes-format": {
		argument: "required",
		value: "FORMAT",
		group: "container",
		help: "text, json or jsonl (default: by FILE's ending)",
		field: "changesFormat",
	},
	keep: {
		argument: "required",
		value: "DIR",
		group: "container",
		help: "copy the changes to DIR at the end",
		field: "keep",
	},
	proc: {
		argument: "required",
		value: "HOW",
		group: "container",
		help: "/proc: new (default), bind (host's), unmasked",
		words: { new: { bindProc: false }, bind: { bindProc: true }, unmasked: { unmaskProc: true } },
		example: "bind",
	},
	"read-only": {
		argument: "optional",
		value: "no",
		group: "container",
		help: "make the root itself read-only",
		bare: { readOnly: true },
		words: { no: { readOnly: false }, yes: { readOnly: true } },
		example: "no",
	},
	user: {
		short: "u",
		argument: "required",
		value: "USER[:GROUP]",
		group: "container",
		help: "run the command as USER",
		of: ["run", "exec"],
		field: "user",
	},
	"user-map": {
		short: "e",
		argument: "required",
		multiple: true,
		value: "ID:HOST:COUNT",
		group: "container",
		help: "map ids of a user namespace, or auto",
		field: "userMap",
	},
	chdir: {
		short: "c",
		argument: "required",
		value: "DIR",
		group: "container",
		help: "start the command in DIR",
		of: ["run", "exec"],
		field: "chdir",
	},
	hostname: {
		short: "t",
		argument: "required",
		value: "NAME",
		group: "container",
		help: "set the host name",
		field: "hostname",
	},
	setenv: {
		short: "s",
		argument: "required",
		multiple: true,
		value: "NAME=VALUE[,...]",
		group: "container",
		help: "set variables; write \\, for a comma in a value",
		of: ["run", "exec"],
		field: "setenv",
		kind: "variables",
	},
	keepenv: {
		short: "k",
		argument: "none",
		group: "container",
		help: "keep the environment also with --chroot",
		sets: { keepenv: true },
	},
	clearenv: {
		argument: "none",
		group: "container",
		help: "clear the environment also without --chroot",
		sets: { keepenv: false },
	},
	netif: {
		short: "n",
		argument: "optional",
		multiple: true,
		value: "KIND:...",
		group: "container",
		help: "make a network namespace, with interfaces",
		sets: { netns: true },
		unless: "host",
		field: "netif",
	},
	"no-userns": {
		short: "U",
		argument: "none",
		group: "shared",
		help: "share the host's user namespace",
		sets: { userns: false },
	},
	"no-mountns": {
		short: "M",
		argument: "none",
		group: "shared",
		help: "share the host's mount namespace; mount nothing",
		sets: { mountns: false },
	},
	"no-netns": {
		short: "N",
		argument: "none",
		group: "shared",
		help: "share the host's network namespace",
		sets: { netns: false },
	},
	"no-ipcns": {
		short: "I",
		argument: "none",
		group: "shared",
		help: "share the host's ipc namespace",
		sets: { ipcns: false },
	},
	"no-utsns": {
		short: "H",
		argument: "none",
		group: "shared",
		help: "share the host's uts namespace and host name",
		sets: { utsns: false },
	},
	"no-pidns": {
		short: "P",
		argument: "none",
		group: "shared",
		help: "share the host's pid namespace",
		sets: { pidns: false },
	},
	"as-pid1": {
		argument: "none",
		group: "running",
		help: "make COMMAND PID 1; init and systemd always are",
		sets: { asPid1: true },
	},
	tty: {
		argument: "required",
		value: "WHEN",
		group: "running",
		help: "own terminal: auto (default), always, never",
		of: ["run", "exec"],
		words: { auto: {}, always: { terminal: true }, never: { terminal: false } },
		example: "auto",
	},
	"kill-signal": {
		argument: "required",
		value: "SIGNAL",
		group: "running",
		help: "turn TERM, INT, HUP into SIGNAL (init: RTMIN+3)",
		field: "killSignal",
		kind: "signal",
	},
	"kill-after": {
		argument: "required",
		value: "DURATION",
		group: "running",
		help: "kill it this long after TERM: 500ms, 10s, 1m",
		of: ["run", "exec", "kill"],
		field: "killAfter",
		kind: "duration",
	},
	"escape-key": {
		argument: "required",
		value: "^X|none",
		group: "running",
		help: "set the key that ends it if typed 3 times (^])",
		of: ["run", "exec"],
		field: "escapeKey",
		kind: "escape",
	},
	"status-fd": {
		argument: "required",
		value: "FD",
		group: "running",
		help: "write events to the descriptor FD, as JSON",
		of: ["run", "exec"],
		kind: "descriptor",
	},
	"dry-run": {
		argument: "none",
		group: "running",
		help: "print the plan, and do nothing",
	},
	help: { short: "h", argument: "none", group: "running", help: "print this help" },
	version: { short: "V", argument: "none", group: "running", help: "print the version" },
	confine: {
		argument: "none",
		group: "limits",
		help: "run a command that you do not trust",
		sets: { confine: true },
	},
	caps: {
		short: "b",
		argument: "required",
		multiple: true,
		value: "+NAME,-NAME,...",
		group: "limits",
		help: "change the capabilities; all or -all come first",
		field: "caps",
	},
	"no-new-privs": {
		argument: "optional",
		value: "no",
		group: "limits",
		help: "let no setuid program gain privileges",
		bare: { noNewPrivs: true },
		words: { no: { noNewPrivs: false }, yes: { noNewPrivs: true } },
		example: "no",
	},
	rlimit: {
		argument: "required",
		multiple: true,
		value: "NAME=SOFT[:HARD]",
		group: "limits",
		help: "set a limit of setrlimit(2), such as nofile",
		field: "rlimit",
	},
	seccomp: {
		argument: "required",
		value: "default|off|FILE",
		group: "limits",
		help: "filter the system calls; FILE is OCI's JSON",
		field: "seccomp",
		kind: "filter",
		example: "default",
	},
	timeout: {
		argument: "required",
		value: "DURATION",
		group: "limits",
		help: "end the command after DURATION, with status 124",
		of: ["run", "exec"],
		field: "timeout",
		kind: "duration",
	},
	"die-with-parent": {
		argument: "none",
		group: "limits",
		help: "end when the process that started pflask ends",
		sets: { dieWithParent: true },
	},
	stats: {
		argument: "optional",
		value: "json",
		group: "limits",
		of: ["run", "exec", "wait"],
		help: "print the resource usage at the end",
		kind: "format",
	},
	register: {
		argument: "required",
		value: "WHEN",
		group: "limits",
		help: "tell systemd-machined: auto (default), yes, no",
		words: { auto: {}, yes: { registered: true }, no: { registered: false } },
		example: "auto",
	},
	machine: {
		argument: "required",
		value: "NAME",
		group: "limits",
		help: "name the machine of machinectl(1)",
		field: "machine",
	},
	cgroup: {
		short: "g",
		argument: "required",
		multiple: true,
		value: "CONTROLLER[:...]",
		group: "limits",
		help: "make a cgroup, with KEY=VALUE for its files",
		field: "cgroup",
	},
	limit: {
		argument: "required",
		multiple: true,
		value: "WORD=VALUE,...",
		group: "limits",
		help: "limit memory, swap, pids, cpu, io: memory=512M",
		field: "limit",
	},
	limits: {
		argument: "required",
		value: "HOW",
		group: "limits",
		help: "without a cgroup: strict (default), best-effort",
		words: { strict: { limitsBestEffort: false }, "best-effort": { limitsBestEffort: true } },
		example: "best-effort",
	},
	detach: {
		short: "d",
		argument: "none",
		group: "detached",
		help: "run in the background; print the monitor's PID",
		sets: { detach: true },
	},
	name: {
		argument: "required",
		value: "NAME",
		group: "detached",
		help: "with --detach: name the container",
		field: "name",
	},
	"pid-file": {
		argument: "required",
		value: "FILE",
		group: "detached",
		help: "with --detach: write the monitor's PID to FILE",
		field: "pidFile",
	},
	scrollback: {
		argument: "required",
		value: "SIZE",
		group: "detached",
		help: "with --detach: keep SIZE of the output (256K)",
		field: "scrollback",
		kind: "size",
	},
	attach: {
		short: "a",
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["attach"],
		help: "connect the terminal to a container",
	},
	"detach-key": {
		argument: "required",
		value: "^X|none",
		group: "detached",
		of: ["attach"],
		help: "with --attach: set the key that detaches (^@)",
		kind: "key",
	},
	list: {
		argument: "none",
		group: "detached",
		of: ["list"],
		help: "list the detached containers",
	},
	json: {
		argument: "none",
		group: "detached",
		of: ["list"],
		help: "with --list: print JSON",
	},
	quiet: {
		short: "q",
		argument: "none",
		group: "detached",
		of: ["list"],
		help: "with --list: print only the monitors' PIDs",
	},
	exec: {
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["exec"],
		help: "run COMMAND, or a login shell, in a container",
	},
	kill: {
		argument: "optional",
		value: "SIGNAL",
		group: "detached",
		of: ["kill"],
		help: "end a container (TERM, KILL), or send SIGNAL",
		kind: "signal",
	},
	logs: {
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["logs"],
		help: "print the output that was kept",
	},
	follow: {
		argument: "none",
		group: "detached",
		of: ["logs"],
		help: "with --logs: follow new output",
	},
	wait: {
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["wait"],
		help: "wait for a container; exit with its status",
	},
} as const;

/** The long name of an option. */
export type Name = keyof typeof OPTIONS;

type ValueOf<O extends Option> = O extends { multiple: true; argument: "optional" }
	? readonly (string | true)[]
	: O extends { multiple: true }
		? readonly string[]
		: O extends { argument: "required" }
			? string
			: O extends { argument: "optional" }
				? string | true
				: true;

/** The values of the options that were given; `true` stands for an option without a value. */
export type Values = { readonly [N in Name]?: ValueOf<(typeof OPTIONS)[N]> };
