// SPDX-License-Identifier: BSD-2-Clause
// The front reads a command line as the TypeScript code does, or leaves the command line to that
// code.

import t, { type Test } from "tap";
import { actionOf } from "../../packages/cli/src/action.ts";
import { readValue } from "../../packages/cli/src/kinds.ts";
import { OPTIONS, type Option, type Values } from "../../packages/cli/src/options.ts";
import { parse } from "../../packages/cli/src/parse.ts";
import { specOf } from "../../packages/cli/src/spec.ts";
import { statsFlag } from "../../packages/cli/src/stats.ts";
import { typedWords } from "../../packages/cli/src/words.ts";
import { fromBytes, toCString } from "../../packages/runtime/src/bytes.ts";
import { SIGINT } from "../../packages/runtime/src/numbers.gen.ts";
import { readFields } from "../../scripts/spec-fields.ts";

const FRONT = `${import.meta.dir}/../../build/unit/command_lines`;
const CASES = 3000;
/**
 * Options that print a text, name a text, or ask the user: the front leaves these options to
 * TypeScript.
 */
const TEXTS = new Set(["help", "version", "dry-run", "json", "spec", "ask"]);

/** The seed of the random command lines. PFLASK_SEED=N repeats a run. */
const seed = Number(process.env.PFLASK_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);

/**
 * The defaults of flags. For the front, a flag with its default is the same as a flag that is not
 * set.
 */
const standards = new Map(readFields().map(({ name, standard }) => [name, standard]));

/**
 * Returns the front's result for each command line: sorted lines, or no lines if Bun must handle
 * the command line.
 */
function ofFront(lines: readonly (readonly string[])[]): (readonly string[])[] {
	const texts = lines.flatMap((words) => {
		const all = ["pflask", ...words];
		return [".".repeat(all.length), ...all];
	});
	const stdin = Buffer.concat(texts.map((text) => toCString(text)));
	const { exitCode, stdout, stderr } = Bun.spawnSync([FRONT], { stdin });
	if (exitCode !== 0) throw new Error(`${stderr}`);
	return fromBytes(stdout)
		.split("\0\0")
		.slice(0, -1)
		.map((told) => (told === "action=" ? [] : sorted(told.split("\0"))));
}

/** Returns lines in an order that does not depend on the order of the options. */
function sorted(lines: readonly string[]): string[] {
	const typed = (line: string) => line.slice("typed=".length).split("\n").sort().join("\n");
	return lines.map((line) => (line.startsWith("typed=") ? `typed=${typed(line)}` : line)).sort();
}

/** Returns the result of TypeScript for a command line, in the same form. */
function ofTypeScript(words: readonly string[]): readonly string[] {
	try {
		return sorted(told(words));
	} catch {
		return [];
	}
}

function told(words: readonly string[]): string[] {
	const { values, operands, error } = parse(words);
	if (error !== undefined) throw error;
	const action = actionOf(values);
	if (Object.keys(values).some((name) => TEXTS.has(name))) return [];
	if (hasUser(values, operands)) return [];
	switch (action) {
		case "run":
			return [`action=${action}`, ...statusOf(values), ...specLines(values, operands)];
		case "exec": {
			const { exec, ...others } = values;
			const lines = specLines(others, operands, "which\t--exec\n");
			return [`action=${action}`, ...whichOf(exec), ...statusOf(values), ...lines];
		}
		case "attach":
		case "wait": {
			if (operands.length > 0) throw new Error("one too many");
			const lines = [`action=${action}`, `typed=which\t--${action}\n`, ...whichOf(values[action])];
			if (action === "wait") return [...lines, ...statusOf(values)];
			const key = readValue("detach-key", values["detach-key"] ?? "^@");
			return [...lines, `detach_key=${key ?? -1}`];
		}
		case "kill":
			return ["action=kill", "typed=which\t--kill\n", ...killLines(values, operands)];
		default:
			return [];
	}
}

/** Tells whether a value or operand is USER/NAME: the front cannot look up all users. */
function hasUser({ attach, exec, kill, wait }: Values, operands: readonly string[]): boolean {
	const which = [attach, exec, wait, kill === undefined ? undefined : operands[0]];
	return which.some((name) => name?.includes("/"));
}

function whichOf(which: string | undefined): string[] {
	if (!which) throw new Error("which container?");
	return [`which=${which}`];
}

function statusOf(values: Values): string[] {
	const { "status-fd": fd } = values;
	const status = fd === undefined ? [] : [`status_fd=${readValue("status-fd", fd)}`];
	const stats = statsFlag(values);
	return stats === 0 ? status : [...status, `stats=${stats}`];
}

function killLines({ kill, "kill-after": after }: Values, operands: readonly string[]): string[] {
	if (operands.length > 1) throw new Error("one too many");
	return [
		...whichOf(operands[0]),
		...(typeof kill === "string" ? [`signal=${readValue("kill", kill)}`] : []),
		...(after === undefined ? [] : [`kill_after=${readValue("kill-after", after)}`]),
	];
}

/** Returns the lines for a spec. The line "typed" also has the text `more`. */
function specLines(values: Values, operands: readonly string[], more: string = ""): string[] {
	const { spec, origins } = specOf(values, operands);
	const lines = Object.entries(spec).flatMap(([name, value]) => {
		if (value === standards.get(name) && typeof value === "boolean") return [];
		if (typeof value === "boolean") return [`${name}=${value ? "yes" : "no"}`];
		if (Array.isArray(value)) return value.map((text) => `${name}=${text}`);
		if (typeof value !== "object") return [`${name}=${value}`];
		return Object.entries(value).map(([variable, text]) => `${name}=${variable}=${text}`);
	});
	return [`typed=${typedWords(origins)}${more}`, ...lines];
}

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

/** Values of each kind that the front accepts. */
const GOOD: Readonly<Record<string, readonly string[]>> = {
	text: ["/r", "host", "a:b", "-x", "--", "é\n", "=", "a\udcff", "\udced\udca0\udc80"],
	variables: ["A=1", "B=,C=\\,d", "D=a=b\\\\,e,E=\\"],
	signal: ["TERM", "sigkill", "9", "064", "RTMIN", "rtmin+30", "SIGRTMAX-1", "Poll"],
	duration: ["0", "10", "500ms", "010s", "2m", "1h", "2147483647ms"],
	size: ["4096", "256K", "1m", "2G", "0"],
	descriptor: ["3", "000000012", "0"],
	key: ["^@", "^z", "^?", "^_", "none"],
	escape: ["^@", "^z", "^?", "^_", "none"],
	filter: ["default", "off"],
};

/** Values that the front may leave to TypeScript, or that are wrong. */
const ODD = [
	...["", "1.5s", "0.5m", "2147483648", "1e3", "-1", "99999999999999999999", "18014398509481984K"],
	...["SIGSIGTERM", "SIG9", "65", "0", "RTMIN+31", "RTMIN-1", "RTMAX+1", "rtmax-31", "ſigterm"],
	...["A", "=a", "A=1,A=2", "1=b,A=c", "A=1,", "\\,=x", "never", "bind", "^", "^^^", "x\u0001"],
];

const OPERANDS = ["ls", "-l", "--", "", "--kill", "web"];

/** Returns a function that makes random command lines. */
function generator(isOdd: boolean): () => string[] {
	const below = randomBelow(seed + Number(isOdd));
	const isRare = (limit: number) => below(limit) === 0;
	const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
	const many = <T>(limit: number, make: () => T): T[] => Array.from({ length: below(limit) }, make);
	const all = Object.entries<Option>(OPTIONS);

	function valueFor({ words, kind = "text" }: Option): string {
		if (isOdd && isRare(4)) return pick(ODD);
		return pick(words === undefined ? (GOOD[kind] ?? []) : Object.keys(words));
	}
	function typed([name, option]: readonly [string, Option]): string[] {
		const cut = isOdd && isRare(9) ? name.slice(0, below(name.length + 1)) : name;
		const short = option.short !== undefined && isRare(2);
		const word = short ? `-${option.short}` : `--${cut}`;
		if (option.argument === "none") return [isOdd && isRare(9) ? `${word}=x` : word];
		if (option.argument === "required" && isRare(2)) return [word, valueFor(option)];
		if (option.argument === "optional" && isRare(2)) return [word];
		return [`${word}${short ? "" : "="}${valueFor(option)}`];
	}
	return () => {
		const action = isRare(2) ? "run" : pick(["attach", "exec", "kill", "wait"]);
		const fitting = all.filter(([name, { of = ["run"] }]) => {
			const actions: readonly string[] = of;
			return (isOdd && isRare(9)) || (actions.includes(action) && !TEXTS.has(name));
		});
		const options = many(6, () => typed(pick(fitting)));
		const selects = all.filter(([name]) => name === action).map(typed);
		options.splice(below(options.length + 1), 0, ...selects);
		const first = isOdd && isRare(9) ? [pick(OPERANDS)] : [];
		return [...first, ...options.flat(), ...many(2, () => "--"), ...many(3, () => pick(OPERANDS))];
	};
}

t.test("sure command lines are understood", async (t) => {
	const lines = [
		[],
		["ls", "-l"],
		["-r/", "-n", "-w", "-mtmp:/a", "--mount=tmp:/b", "--", "true"],
		["-dn", "--name=web", "--user-map=auto", "--kill-after", "1m", "true"],
		["--kill", "web", "--kill-after=0"],
		["--kill=INT", "web"],
		["-aweb"],
		["--exec", "web", "--user=u", "--", "id"],
		["--wait=web"],
	];
	const front = ofFront(lines);
	for (const [at, line] of lines.entries()) {
		t.not(front[at]?.length, 0, line.join(" "));
		t.same(front[at], ofTypeScript(line), line.join(" "));
	}
	t.match(front[5], [/^action=kill/, `signal=${SIGINT}`]);
});

/** Compares random command lines. Returns the number of command lines that the front understood. */
function compare(t: Test, lines: readonly string[][], mayDoubt: boolean): number {
	const front = ofFront(lines);
	t.equal(front.length, lines.length);
	const wrong = lines.flatMap((line, at) => {
		const expected = ofTypeScript(line);
		const isDoubt = mayDoubt && front[at]?.length === 0;
		return isDoubt || Bun.deepEquals(front[at], expected)
			? []
			: [{ line, is: front[at], expected }];
	});
	t.same(wrong.slice(0, 5), [], `no difference (PFLASK_SEED=${seed})`);
	return front.filter((told) => told.length > 0).length;
}

t.test("random command lines of plain words", async (t) => {
	const understood = compare(t, Array.from({ length: CASES }, generator(false)), false);
	t.ok(understood > CASES / 3, `${understood} are understood`);
});

t.test("random command lines with mistakes", async (t) => {
	const understood = compare(t, Array.from({ length: CASES }, generator(true)), true);
	t.ok(understood > CASES / 10, `${understood} are understood`);
});
