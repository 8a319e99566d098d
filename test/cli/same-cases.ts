// SPDX-License-Identifier: BSD-2-Clause
// Makes command lines with random combinations of options. Equal seeds give equal command lines.
import type { Case } from "../lib/pair.ts";
import { FACTS } from "./same-surroundings.ts";

/** Returns a generator of numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Values other than plain text. */
const ODD = ["\xff\xfe", "a\nb", "\x1b[31m", "\xc3\xa9"];

const MOUNTS: readonly string[] = [
	...["bind:@DIR@/m:@DIR@/e", "bind:@DIR@/m:/mnt", "tmp:@DIR@/e", "tmp:/mnt", "bind-ro:/etc:/mnt"],
	...["tmp:/mnt:size=1M,mode=700", "symlink:/x:@DIR@/l", "dir:@DIR@/d", "file:3:@DIR@/f"],
	...["bind:x:y", "overlay:@DIR@/m:@DIR@/e:@DIR@/m", "nosuch:/mnt", "tmp", "proc:/mnt"],
	...["mqueue:/mnt", "dev:/mnt"],
];

/** Values of the options of a run. The first value of each option is valid. */
const RUN: Readonly<Record<string, readonly string[]>> = {
	"-r": ["@DIR@/root", "root", "@DIR@/root/../root", "@DIR@/missing", "@DIR@/probe"],
	"--chroot": ["@DIR@/root", "root/", "/", "m"],
	"--mount": MOUNTS,
	"--ephemeral": ["", "@DIR@/e", "@DIR@/new", "@DIR@/missing/x"],
	"--changes": ["", "-", "@DIR@/changes", "c.json", "c.jsonl", "/dev/full", "@DIR@/missing/x"],
	"--changes-format": ["text", "json", "jsonl", "odd"],
	"--keep": ["@DIR@/keep", "keep", "@DIR@/m", "@DIR@/missing/x"],
	"--proc": ["new", "bind", "unmasked", "odd"],
	"--read-only": [""],
	"--user": ["root", "0", "0:0", "nobody", "12:34", "nosuch", "root:nosuch", "-1", "4294967295"],
	"--user-map": ["auto", "0:0:1", "0:100000:65536", "0:100000", "0:1:99999999999", "x"],
	"--chdir": ["/", "@DIR@", "@DIR@/m", "/bin", "/bin/probe", "m", "."],
	"--hostname": ["box", "a.b-c", "-x", "--", "x".repeat(64)],
	"--setenv": ["A=1", "A=1,B=2", "A=1\\,2,B=", "A=1,A=2", "1=2", "PATH=/bin", "A=\\", "A", "A=1,,"],
	"-s": ["A=3", "B=x=y", "TERM=vt100", "HOME=/root"],
	"--keepenv": [""],
	"--clearenv": [""],
	"--netif": [
		"",
		"host",
		"nosuch0",
		"nosuch0:x",
		"macvlan:nosuch0:x",
		"/no/such",
		"lo",
		"veth:a:b:c",
	],
	"--no-userns": [""],
	"--no-mountns": [""],
	"--no-netns": [""],
	"--no-ipcns": [""],
	"--no-utsns": [""],
	"--no-pidns": [""],
	"--as-pid1": [""],
	"--tty": ["auto", "always", "never", "often"],
	"--seccomp": ["default", "off", "x", "/no/such", "@DIR@", "/dev/null", "fd:0"],
	"--kill-signal": ["TERM", "9", "sigint", "RTMIN+3", "RTMAX-1", "RTMIN+31", "099", "SIG"],
	"--kill-after": ["1", "10s", "100ms", "1h", "0", "2147483647ms", "9999999h", "1S"],
	"--status-fd": ["9", "1", "2", "3", "09", "0", "1234567890", "x"],
	"--register": ["auto", "yes", "no", "maybe"],
	"--machine": ["web", "a.b-2", "a_b", "a..b", "x".repeat(65)],
	"--pid-file": ["@DIR@/pid", "pid", "@DIR@/missing/x"],
	"--scrollback": ["1K", "64K", "0", "2G", "9999999G"],
	"--name": ["@NAME@", "a/b", ".", "12"],
	"-kM": [""],
	"-kHUM": [""],
};

const EXEC: Readonly<Record<string, readonly string[]>> = {
	"--user": ["root", "0:0", "nobody", "nosuch", "12:34"],
	"--chdir": ["/", "@DIR@", "/no/such"],
	"--setenv": ["A=1", "A=1,B=2", "A"],
	"--tty": ["auto", "always", "never", "x"],
	"--status-fd": ["9", "1", "7", "x"],
};

/** Other words that can come before the command. */
const STRAY = [
	...[
		"--help",
		"--version",
		"--dry-run",
		"--list=x",
		"--json",
		"--quiet",
		"--follow",
		"--chr=root",
	],
	...["--ro", "-", "-k-", "--attach", "--exec", "--kill", "--wait", "--attach=", "--detach-key=^A"],
	...["--attach=nosuch", "--wait=nosuch", "--exec=nosuch", "--kill=nosuch", "--logs=nosuch", "-"],
];

const COMMANDS = [
	["@DIR@/probe", "exit", "0"],
	["@DIR@/probe", "exit", "7"],
	["/bin/probe", "exit", "255"],
	["@DIR@/probe", ...FACTS],
	["/bin/probe", ...FACTS],
	["/bin/probe", "die", "15"],
	["@DIR@/probe", "die", "9"],
	["@DIR@/probe", "args", "\xff", "", "a\nb"],
	["@DIR@/probe", "write", "@DIR@/m/new", "text"],
	["/bin/probe", "write", "/mnt/new", "text"],
	["true"],
	["./probe", "exit", "3"],
	["/no/such"],
	["@DIR@/m"],
	["\xff"],
	["no\nsuch"],
	[""],
];

/** Makes random choices. */
class Dice {
	readonly #next: () => number;
	constructor(seed: number) {
		this.#next = random(seed);
	}
	below(limit: number): number {
		return Math.floor(this.#next() * limit);
	}
	chance(share: number): boolean {
		return this.#next() < share;
	}
	of<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}
	/** Returns a random member of a list. Early members are more frequent than late members. */
	early<T>(list: readonly T[]): T {
		return list[Math.min(this.below(list.length), this.below(list.length))] as T;
	}
}

/** Writes an option with a value in one of the possible ways. */
function written(dice: Dice, option: string, value: string): string[] {
	if (value === "") return [option];
	if (!option.startsWith("--")) return dice.chance(0.5) ? [option + value] : [option, value];
	const isOptional = /^--(ephemeral|changes|netif|kill)$/.test(option);
	if (!isOptional && dice.chance(0.3)) return [option, value];
	return [`${option}=${value}`];
}

function options(dice: Dice, from: typeof RUN, most: number): string[] {
	const words: string[] = [];
	for (let count = dice.below(most + 1); count > 0; count--) {
		const option = dice.of(Object.keys(from));
		const value = dice.chance(0.05) ? dice.of(ODD) : dice.early(from[option] ?? []);
		words.push(...written(dice, option, value));
	}
	if (dice.chance(0.08)) words.push(dice.of(STRAY));
	return words;
}

const STREAMS = ["", "", "", "<&-", ">out", ">/dev/full", "2>err", "2>&1", ">&-", "2>&-", "<probe"];

/** Returns random redirections, a terminal, a user and an environment for a command line. */
function surroundings(dice: Dice): Omit<Case, "words"> {
	return {
		streams: `9>status ${dice.chance(0.3) ? dice.of(STREAMS) : ""}`,
		onTerminal: dice.chance(0.15),
		isOrdinary: dice.chance(0.35),
		...(dice.chance(0.1) && { before: "export PFLASK_DEBUG=1" }),
	};
}

function running(dice: Dice): string[] {
	const command = dice.of(COMMANDS);
	const root = command[0]?.startsWith("/bin") ? ["--chroot=@DIR@/root"] : [];
	return [...root, ...options(dice, RUN, 4), ...(dice.chance(0.9) ? ["--"] : []), ...command];
}

function detached(dice: Dice): string[] {
	const words = [...options(dice, RUN, 3), "--name=@NAME@"];
	return ["-d", ...words, "--", "@DIR@/probe", "catch", "1"];
}

function executed(dice: Dice): string[] {
	return ["--exec=@NAME@", ...options(dice, EXEC, 3), "--", ...dice.of(COMMANDS)];
}

function killed(dice: Dice): string[] {
	const signal = dice.early(["", "TERM", "9", "INT", "0", "nosuch", "65"]);
	const after = dice.early(["", "0", "1ms", "x"]);
	return [
		...written(dice, "--kill", signal),
		...(after ? written(dice, "--kill-after", after) : []),
		...(dice.chance(0.9) ? ["@NAME@"] : ["@NAME@", "more"]),
	];
}

/** Returns random command lines with their surroundings. */
export function combinations(seed: number, count: number): Case[] {
	const dice = new Dice(seed);
	return Array.from({ length: count }, () => {
		const around = surroundings(dice);
		const kind = dice.below(10);
		if (kind === 0) return { ...around, words: detached(dice), detaches: true };
		if (kind === 1) return { ...around, words: executed(dice), hasContainer: true };
		if (kind === 2) return { ...around, words: killed(dice), hasContainer: true };
		return { ...around, words: running(dice) };
	});
}
