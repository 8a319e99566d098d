// SPDX-License-Identifier: BSD-2-Clause
// Odd surroundings of a command line: streams, environments, limits, signals, directories.
import type { Case } from "../lib/pair.ts";
import { PROBE } from "../lib/probe.ts";

/** The verbs by which the probe prints its surroundings. */
export const FACTS: readonly string[] =
	"ids + env + fds + limits + signals + umask? + tty + caps + hostname + tell".split(" ");

const SHOW = ["--", "@DIR@/probe", ...FACTS];
const FAIL = ["--chdir=/no/such", ...SHOW];
const MISSING = ["--", "/no/such"];
const STATUS = ["--status-fd=9", ...SHOW];
const DETACHED = ["--detach", "--name=@NAME@", "--", "@DIR@/probe", "catch", "1"];
const EXEC = ["--exec=@NAME@", ...SHOW];
const KILL = ["--kill", "@NAME@"];
const KERNEL = ["--", "grep", "^Sig[BIC]", "/proc/self/status"]; // shows signal 34, too
const UNKNOWN = ["--wait=@NAME@"];

const READERLESS = "mkfifo p; exec 5<>p 6>p 5>&-";

const STREAMS: readonly Partial<Case>[] = [
	...["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"],
	...["</dev/full", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1", ">out", "2>err", ">out 2>&1"],
	...[
		"1<>out",
		"<probe >>out",
		"</ >out",
		">out 2>/dev/full",
		"0>out",
		"1</dev/null",
		"2</dev/null",
	],
]
	.map((streams): Partial<Case> => ({ streams }))
	.concat([
		{ input: "some input\n" },
		{ before: READERLESS, streams: ">&6 6>&-" },
		{ before: READERLESS, streams: "2>&6 6>&-" },
		{ onTerminal: true },
		{ onTerminal: true, streams: "<&-" },
		{ onTerminal: true, streams: ">out" },
		{ onTerminal: true, streams: "2>err" },
		{ onTerminal: true, streams: "</dev/null" },
	]);

const SIGNALS: readonly Partial<Case>[] = [
	...["PIPE", "INT", "CHLD", "HUP", "TERM", "XFSZ", "PIPE INT CHLD HUP TERM QUIT TSTP TTOU TTIN"],
]
	.map((names): Partial<Case> => ({ before: `trap '' ${names}` }))
	.concat(
		["1", "2", "13", "15", "17", "25", "34", "1 2 13 17"].map((numbers) => ({
			via: [PROBE, "block", ...numbers.split(" "), "+", "exec"],
		})),
		[{ via: [PROBE, "ignore", "17", "34", "64", "+", "exec"] }, { via: ["nohup"] }],
	);

const OTHERS: readonly Partial<Case>[] = [
	...["BUN_BE_BUN=1", "BUN_OPTIONS=--version", "BUN_CONFIG_FILE=x", "LD_BIND_NOW=1"],
	...["LD_LIBRARY_PATH=/no/such", "PFLASK_DEBUG=1", "PFLASK_DEBUG=", "PFLASK_INIT=/no", "PATH="],
	...[
		"TERM=",
		"TERM=$'\\xff'",
		"HOME=",
		"HOME=/no/such",
		"ODD=$'a\\nb\\xff\\e'",
		"LANG=de_DE.UTF-8",
	],
]
	.map((variable): Partial<Case> => ({ before: `export ${variable}` }))
	.concat(
		["-n 64", "-n 256", "-f 100000", "-c 0", "-s 1024", "-u 4000", "-l 0", "-i 3"].map((limit) => ({
			before: `ulimit ${limit}`,
		})),
		["umask 077", "umask 777", "mkdir gone; cd gone; rmdir ../gone", "cd /", "cd root"].map(
			(before) => ({ before }),
		),
		[
			{ via: [PROBE, "argv0", ""] },
			{ via: [PROBE, "argv0", "odd\xff\n"] },
			{ via: [PROBE, "close", "0", "1", "2", "+", "exec"] },
			{ via: [PROBE, "new-session", "+", "exec"] },
			{ via: [PROBE, "leak", "5", "+", "exec"] },
			{ via: ["env", "-i"] },
			{ via: ["env", "-i", "A=1", "A=2"] },
			{ via: ["setsid", "--wait"] },
			{ via: ["setpriv", "--no-new-privs"] },
			{ via: ["setpriv", "--bounding-set=-net_admin"] },
			{ via: ["setpriv", "--pdeathsig=TERM"] },
		],
	);

const LINES: readonly Case[] = [
	{ words: SHOW },
	{ words: STATUS },
	{ words: FAIL },
	{ words: MISSING },
	{ words: DETACHED, detaches: true },
	{ words: EXEC, hasContainer: true },
	{ words: KILL, hasContainer: true },
	{ words: UNKNOWN },
	{ words: KERNEL },
	{ words: ["--chroot=root", "--", "/bin/probe", ...FACTS] },
	{ words: SHOW, isOrdinary: true },
];

/** Command lines that are always left to Bun: a spec file, and a plan as JSON. */
const SPECS: readonly Case[] = [
	{ words: ["--spec=-"], input: '{ "command": ["./probe", "exit", "7"] }' },
	{ words: ["--spec=-", "--status-fd=9"], input: '{ "comand": [] }', streams: "9>status" },
	{ words: ["--dry-run", "--json", "--clearenv", "--", "true"] },
];

/** Command lines for a container that has ended. */
const ENDED: readonly Case[] = [
	["--wait=@NAME@"],
	["--wait", "@NAME@", "--stats=json"],
	["--logs=@NAME@"],
	["--attach=@NAME@"],
	["--exec=@NAME@", "--", "true"],
	["--kill", "@NAME@"],
	["--forget=@NAME@"],
].map((words) => ({
	words,
	before: `start="@DIR@/../bare/pflask --detach --name=@NAME@"
$start -- sh -c 'echo x; exit 3' >/dev/null; @DIR@/../bare/pflask --wait=@NAME@`,
}));

/** Command lines that write all output to a file. */
const LOGGED: readonly Case[] = [
	{ words: ["--log-file=log", "--", "echo", "x"] },
	{ words: ["--log-file=log", "--", "echo", "x"], onTerminal: true },
	{ words: ["--log-file=@DIR@/missing/x", "--", "echo", "x"] },
	{ words: ["--log-file=/dev/null", "--", "echo", "x"] },
	{ words: ["--keep-log", "--", "echo", "x"] },
];

/** Makes a case from odd surroundings and a command line. Opens the descriptor of --status-fd. */
function join(odd: Partial<Case>, line: Case): Case {
	const status = line.words === STATUS ? "9>status" : "";
	return { ...odd, ...line, streams: `${status} ${odd.streams ?? ""}` };
}

/**
 * The cases. Each of the odd surroundings has a case with SHOW, and a case with one of the other
 * command lines in turn. The surroundings with signals also have a case with KERNEL.
 */
export const SURROUNDINGS: readonly Case[] = [
	...[...STREAMS, ...SIGNALS, ...OTHERS].flatMap((odd, i) => {
		const other = LINES[1 + (i % (LINES.length - 1))] as Case;
		return [join(odd, { words: SHOW }), join(odd, other)];
	}),
	...SIGNALS.map((odd) => join(odd, { words: KERNEL })),
	...SPECS,
	...ENDED,
	...LOGGED,
];
