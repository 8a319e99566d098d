// SPDX-License-Identifier: BSD-2-Clause
// The options. The parser, its types and --help come from this one table.
import type { Option as Syntax } from "@pflask/command";

/** What is to be known of an option. */
export interface Option extends Syntax {
	/** Whether every occurrence counts. Otherwise the last one does. */
	readonly multiple?: true;
	/** The values there are, where those are a few words. */
	readonly words?: readonly string[];
	readonly group: keyof typeof GROUPS;
	readonly help: string;
	/** The actions that it says something about. Default: running a command. */
	readonly of?: readonly (Action | "run")[];
}

/** The groups of options in --help, in its order; a brief one shows names only. */
export const GROUPS = {
	container: { title: "Container:", brief: false },
	shared: { title: "Namespaces to share with the host:", brief: true },
	running: { title: "Running it:", brief: false },
	detached: {
		title: "Detached containers, by PID (the monitor's, the leader's) or NAME:",
		brief: false,
	},
} as const;

/** The options that do something else than to run a command in a new container. */
export const ACTIONS = ["attach", "exec", "kill", "list", "logs", "wait"] as const;

/** What is done with detached containers. */
export type Action = (typeof ACTIONS)[number];

/** The options by their long names: each is an `Option`, which parse.ts relies on. */
export const OPTIONS = {
	chroot: {
		short: "r",
		argument: "required",
		value: "DIR",
		group: "container",
		help: "use DIR as the root directory",
	},
	mount: {
		short: "m",
		argument: "required",
		multiple: true,
		value: "TYPE:...",
		group: "container",
		help: "mount bind:HOST:DEST, tmp:DEST and others",
	},
	ephemeral: {
		short: "w",
		argument: "optional",
		value: "DIR",
		group: "container",
		help: "lose changes to the root (or keep them in =DIR)",
	},
	changes: {
		argument: "optional",
		value: "FILE",
		group: "container",
		help: "list them at the end (to =FILE or =FD: as JSON)",
	},
	keep: {
		argument: "required",
		value: "DIR",
		group: "container",
		help: "copy what has changed to DIR at the end",
	},
	proc: {
		argument: "required",
		value: "HOW",
		words: ["new", "bind", "unmasked"],
		group: "container",
		help: "new (default), bind (the host's), or unmasked",
	},
	"read-only": {
		argument: "none",
		group: "container",
		help: "make the root itself read-only",
	},
	user: {
		short: "u",
		argument: "required",
		value: "USER[:GROUP]",
		group: "container",
		help: "run the command as USER",
		of: ["run", "exec"],
	},
	"user-map": {
		short: "e",
		argument: "required",
		multiple: true,
		value: "ID:HOST:COUNT",
		group: "container",
		help: "map ids into a user namespace; or auto",
	},
	chdir: {
		short: "c",
		argument: "required",
		value: "DIR",
		group: "container",
		help: "start the command in DIR",
		of: ["run", "exec"],
	},
	hostname: {
		short: "t",
		argument: "required",
		value: "NAME",
		group: "container",
		help: "set the host name",
	},
	setenv: {
		short: "s",
		argument: "required",
		multiple: true,
		value: "NAME=VALUE[,...]",
		group: "container",
		help: "set variables (a comma of a value is \\,)",
		of: ["run", "exec"],
	},
	keepenv: {
		short: "k",
		argument: "none",
		group: "container",
		help: "keep the environment, with --chroot too",
	},
	clearenv: {
		argument: "none",
		group: "container",
		help: "clear the environment, without --chroot too",
	},
	netif: {
		short: "n",
		argument: "optional",
		multiple: true,
		value: "KIND:...",
		group: "container",
		help: "make a network namespace, with interfaces",
	},
	"no-userns": {
		short: "U",
		argument: "none",
		group: "shared",
		help: "share the host's user namespace",
	},
	"no-mountns": {
		short: "M",
		argument: "none",
		group: "shared",
		help: "share the host's mount namespace: nothing is mounted",
	},
	"no-netns": {
		short: "N",
		argument: "none",
		group: "shared",
		help: "share the host's network namespace",
	},
	"no-ipcns": {
		short: "I",
		argument: "none",
		group: "shared",
		help: "share the host's ipc namespace",
	},
	"no-utsns": {
		short: "H",
		argument: "none",
		group: "shared",
		help: "share the host's uts namespace: its host name",
	},
	"no-pidns": {
		short: "P",
		argument: "none",
		group: "shared",
		help: "share the host's pid namespace",
	},
	"as-pid1": {
		argument: "none",
		group: "running",
		help: "be PID 1 itself, as init and systemd always are",
	},
	tty: {
		argument: "required",
		value: "WHEN",
		words: ["auto", "always", "never"],
		group: "running",
		help: "give it a terminal: auto (usual), always, never",
		of: ["run", "exec"],
	},
	"kill-signal": {
		argument: "required",
		value: "SIGNAL",
		group: "running",
		help: "what TERM, INT, HUP become (init: RTMIN+3)",
	},
	"kill-after": {
		argument: "required",
		value: "DURATION",
		group: "running",
		help: "how long PID 1 may ignore them: 500ms, 10s, 1m",
		of: ["run", "kill"],
	},
	"status-fd": {
		argument: "required",
		value: "FD",
		group: "running",
		help: "write what happens to FD, as lines of JSON",
		of: ["run", "exec"],
	},
	"dry-run": {
		argument: "none",
		group: "running",
		help: "print what would be done, and do nothing",
	},
	help: { short: "h", argument: "none", group: "running", help: "print this help" },
	version: { short: "V", argument: "none", group: "running", help: "print the version" },
	detach: {
		short: "d",
		argument: "none",
		group: "detached",
		help: "start one: print its monitor's PID and leave it",
	},
	name: {
		argument: "required",
		value: "NAME",
		group: "detached",
		help: "with --detach: its name",
	},
	"pid-file": {
		argument: "required",
		value: "FILE",
		group: "detached",
		help: "with --detach: write that PID to FILE",
	},
	scrollback: {
		argument: "required",
		value: "SIZE",
		group: "detached",
		help: "with --detach: keep this much output (256K)",
	},
	attach: {
		short: "a",
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["attach"],
		help: "connect this terminal to it",
	},
	"detach-key": {
		argument: "required",
		value: "^X|none",
		group: "detached",
		of: ["attach"],
		help: "with --attach: the key that leaves it (^@)",
	},
	list: {
		argument: "none",
		group: "detached",
		of: ["list"],
		help: "list them",
	},
	json: {
		argument: "none",
		group: "detached",
		of: ["list"],
		help: "with --list: as JSON",
	},
	quiet: {
		short: "q",
		argument: "none",
		group: "detached",
		of: ["list"],
		help: "with --list: only the monitors' PIDs",
	},
	exec: {
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["exec"],
		help: "run COMMAND, or a login shell, inside it",
	},
	kill: {
		argument: "optional",
		value: "SIGNAL",
		group: "detached",
		of: ["kill"],
		help: "end it (TERM, then KILL), or send =SIGNAL",
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
		help: "with --logs: and what comes, until it ends",
	},
	wait: {
		argument: "required",
		value: "PID|NAME",
		group: "detached",
		of: ["wait"],
		help: "wait for its end; exit with its status",
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

/** The value of each option that was given; `true` stands for none. */
export type Values = { readonly [N in Name]?: ValueOf<(typeof OPTIONS)[N]> };
