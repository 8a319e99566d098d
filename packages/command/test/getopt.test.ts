// SPDX-License-Identifier: BSD-2-Clause
// The parser agrees with getopt_long(3) of the C library.
import t from "tap";
import { getopt, type Option } from "../src/getopt.ts";

/** An option of each kind, and options with a common beginning of their names. */
const OPTIONS = {
	chroot: { short: "r", argument: "required", value: "DIR" },
	setenv: { short: "s", argument: "required", value: "NAME=VALUE" },
	keep: { argument: "required", value: "DIR" },
	keepenv: { short: "k", argument: "none" },
	"kill-signal": { argument: "required", value: "SIGNAL" },
	"kill-after": { argument: "required", value: "DURATION" },
	netif: { short: "n", argument: "optional" },
	"no-userns": { short: "U", argument: "none" },
	"no-utsns": { short: "H", argument: "none" },
	"status-fd": { argument: "required", value: "FD" },
	help: { short: "h", argument: "none" },
	version: { short: "V", argument: "none" },
} as const;
const CASES = 6000;
const SEPARATOR = "\x1f";
const OPERANDS = ["x", "-", "ip", "", "a=b", "é", "/bin/true"];

/** The seed of the random vectors. PFLASK_SEED=N repeats a run. */
const seed = Number(process.env.PFLASK_SEED ?? 20_260_101);

/** Returns a function that returns random integers below a limit (mulberry32). */
function randomBelow(start: number): (limit: number) => number {
	let state = start >>> 0;
	return (limit) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
	};
}

/** Returns random argument vectors with many mistakes. */
function randomVectors(count: number): string[][] {
	const below = randomBelow(seed);
	const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
	const names = Object.keys(OPTIONS);
	const letters = [
		...Object.values<Option>(OPTIONS).map(({ short }) => short ?? "z"),
		"-",
		":",
		"é",
	];
	function long(): string {
		const name = `${pick(names)}${below(8) === 0 ? "x" : ""}`;
		const cut = below(2) === 0 ? name : name.slice(0, below(name.length + 1));
		return `--${cut}${below(3) === 0 ? `=${pick(OPERANDS)}` : ""}`;
	}
	function cluster(): string {
		const length = 1 + below(3);
		return `-${Array.from({ length }, () => pick(letters)).join("")}`;
	}
	function word(): string {
		const kind = below(10);
		if (kind < 4) return long();
		if (kind < 7) return cluster();
		return kind < 9 ? pick(OPERANDS) : "--";
	}
	return Array.from({ length: count }, () => Array.from({ length: 1 + below(6) }, word));
}

/** Describes the parser's result in the format of the oracle. */
function parsed(argv: readonly string[]): string {
	const { options, operands, error } = getopt(OPTIONS, argv);
	const given = options.map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
	const end = error === undefined ? ["--", ...operands] : [`!${kindOf(error.message)}`];
	return [...given, ...end].join(SEPARATOR);
}

function kindOf(message: string): string {
	if (message.includes(": unknown option")) return "unknown";
	if (message.includes(": ambiguous option")) return "ambiguous";
	return message.includes(": requires a value") ? "missing" : "unwanted";
}

/** Compiles the oracle, and returns its output. */
function oracle(directory: string, vectors: readonly string[][]): string[] {
	const program = `${directory}/oracle`;
	const source = `${import.meta.dir}/oracle.c`;
	const compiled = Bun.spawnSync(["gcc", "-Wall", "-Werror", "-o", program, source]);
	if (compiled.exitCode !== 0) throw new Error(`${compiled.stderr}`);
	const grammar = Object.entries<Option>(OPTIONS).map(([name, { short = "", argument }]) => {
		return `${name}:${short}:${["none", "required", "optional"].indexOf(argument)}`;
	});
	const lines = vectors.map((argv) => argv.join(SEPARATOR));
	const asked = Bun.spawnSync([program, grammar.join(",")], {
		stdin: Buffer.from(`${lines.join("\n")}\n`),
	});
	if (asked.exitCode !== 0) throw new Error(`${asked.stderr}`);
	return asked.stdout.toString().split("\n").slice(0, -1);
}

t.test("the results are those of getopt_long(3)", async (t) => {
	const vectors = randomVectors(CASES);
	const truth = oracle(t.testdir(), vectors);
	t.equal(truth.length, CASES, "an answer for each case");
	const wrong = vectors
		.map((argv, index) => ({ argv, got: parsed(argv), wanted: truth[index] }))
		.filter(({ got, wanted }) => got !== wanted);
	t.same(wrong.slice(0, 5), [], `no difference (PFLASK_SEED=${seed})`);
	for (const kind of ["!unknown", "!ambiguous", "!missing", "!unwanted", "--"])
		t.ok(
			truth.some((line) => line.includes(kind)),
			`a case of ${kind} was among them`,
		);
});

t.test("parsing stops at the first operand", async (t) => {
	t.same(getopt(OPTIONS, ["ls", "-l"]).operands, ["ls", "-l"]);
	t.same(getopt(OPTIONS, ["-k", "--", "-l"]).operands, ["-l"]);
	t.same(getopt(OPTIONS, ["-", "-k"]).operands, ["-", "-k"]);
});

t.test("options may follow operands that are not a command", async (t) => {
	const anywhere = (...argv: string[]) => {
		const { options, operands, error } = getopt(OPTIONS, argv, (_operand, options) =>
			options.some(([name]) => name === "keep"),
		);
		return error === undefined ? [options.map(([name]) => name), operands] : error.message;
	};
	t.same(anywhere("--keep=x", "web", "-k", "db"), [
		["keep", "keepenv"],
		["web", "db"],
	]);
	t.same(anywhere("--keep=x", "web", "--", "-k"), [["keep"], ["web", "-k"]]);
	t.same(anywhere("--keep=x", "-", "-s", "A=1"), [["keep", "setenv"], ["-"]]);
	t.same(anywhere("ls", "--keep=x", "-k"), [[], ["ls", "--keep=x", "-k"]]);
	t.same(anywhere("--keep=x", "web", "--bogus"), "--bogus: unknown option");
});

t.test("the options before a mistake are kept", async (t) => {
	const { options, operands, error } = getopt(OPTIONS, ["--status-fd=3", "--bogus", "x"]);
	t.same(options, [["status-fd", "3"]]);
	t.same(operands, []);
	t.match(error, { option: "--bogus", message: "--bogus: unknown option", hint: undefined });
	t.match(getopt(OPTIONS, ["--keepnv"]).error, { option: "--keepnv", hint: "--keepenv" });
});

t.test("a mistake names the typed word, and the hint a valid one", async (t) => {
	const mistake = (...argv: string[]) => getopt(OPTIONS, argv).error;
	t.match(mistake("--chroot"), {
		message: "--chroot: requires a value",
		hint: "--chroot=DIR",
	});
	t.match(mistake("-kr"), { message: "-r: requires a value", hint: "-r DIR" });
	t.match(mistake("--keepenv=x"), {
		message: "--keepenv: does not take a value",
		hint: "--keepenv",
	});
	t.match(mistake("-k€"), { message: "-€: unknown option" });
	t.match(mistake("--ki=x"), {
		message: "--ki: ambiguous option: --kill-signal, --kill-after",
	});
});
