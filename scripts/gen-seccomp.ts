// SPDX-License-Identifier: BSD-2-Clause
// Makes core-c/src/compile/seccomp.gen.h: the program of the default filter of system calls, from
// core-c/defs/seccomp.def:
//	scripts/bun scripts/gen-seccomp.ts
// The program finds the number of a call by a binary search. The search must be fast, because the
// kernel executes the program at every call that the program does not always allow.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { ENOSYS, EPERM } from "../packages/runtime/src/numbers.gen.ts";
import { type Row, readRows } from "./def-rows.ts";

const ROOT = `${import.meta.dir}/..`;
const TABLE = "core-c/defs/seccomp.def";

/** The generated file, below the root of the project. */
export const FILTER = "core-c/src/compile/seccomp.gen.h";

/** A processor, and the ABIs of the system calls of a kernel for this processor. */
const MACHINES = [
	{ macro: "__x86_64__", abis: ["x86_64", "i386"] },
	{ macro: "__aarch64__", abis: ["arm64", "arm"] },
] as const;

type Abi = (typeof MACHINES)[number]["abis"][number];

/** The numbers of the ABIs in <linux/audit.h>. */
const TOKENS: Readonly<Record<Abi, number>> = {
	x86_64: 0xc000003e,
	i386: 0x40000003,
	arm64: 0xc00000b7,
	arm: 0x40000028,
};

/** The bit that an x32 call has in addition to the x86-64 call. The program clears the bit. */
const X32_BIT = 0x40000000;

/** The codes of instructions (linux/bpf_common.h). */
const LOAD = 0x20;
const AND = 0x54;
const IF_EQUAL = 0x15;
const IF_GREATER_OR_EQUAL = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;

/** The places in struct seccomp_data. */
const NUMBER = 0;
const ARCH = 4;
const ARGUMENTS = 16;

/** The results of a filter (linux/seccomp.h). */
const KILL_PROCESS = 0x80000000;
const RETURN_ERRNO = 0x00050000;
const ALLOW = 0x7fff0000;
const ERRORS: Readonly<Record<string, number>> = { EPERM, ENOSYS };

/** The greatest distance of a jump, which is a byte. */
const FARTHEST = 255;

/** The program compares at most this many single numbers one after the other. */
const IN_A_ROW = 3;

/** A number of a call, and a label. The code at the label answers the calls from this number on. */
type Start = readonly [number: number, label: string];

/** An instruction. Its jumps are labels. The label "" stands for the next instruction. */
interface Instruction {
	readonly code: number;
	readonly k: number;
	readonly yes?: string;
	readonly no?: string;
	/** The condition under which the instruction returns ALLOW in place of its own result. */
	readonly unless?: string;
}

/** The instructions of a program, and the places of the labels. */
interface Program {
	readonly lines: Instruction[];
	readonly labels: Map<string, number>;
}

/** Returns the text of the generated file. */
export function seccompText(): string {
	const rows = readRows(TABLE);
	const numbers = numbersOf(rows);
	const parts = MACHINES.map(({ macro, abis }, index) => {
		const program = programOf(abis, rows, numbers);
		return `#${index === 0 ? "if" : "elif"} defined(${macro})\n${programText(program)}`;
	});
	return `/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by scripts/gen-seccomp.ts from ${TABLE}; not to be edited. */
#ifndef PF_SECCOMP_GEN_H
#define PF_SECCOMP_GEN_H

/* clang-format off */

/* PF_SECCOMP_DEFAULT: the instructions of the default filter, struct sock_filter.
 * PF_SECCOMP_UNLESS: the instructions that allow the call under a condition. */
${parts.join("")}#else
#error "${TABLE}: add the system calls of this architecture"
#endif

#endif
`;
}

function programText({ lines, labels }: Program): string {
	const at = (label: string | undefined, index: number) => {
		const place = label ? labels.get(label) : index + 1;
		const distance = (place ?? Number.NaN) - index - 1;
		if (!(distance >= 0 && distance <= FARTHEST)) throw new Error(`${TABLE}: too far: ${label}`);
		return distance;
	};
	const instructions = lines.map(({ code, k, yes, no }, index) => {
		return `{${hex(code)}, ${at(yes, index)}, ${at(no, index)}, ${hex(k)}},`;
	});
	const conditions = lines.flatMap(({ unless }, index) => {
		return unless === undefined ? [] : [`{PF_SECCOMP_${unless}, ${index}},`];
	});
	return macro("PF_SECCOMP_DEFAULT", instructions) + macro("PF_SECCOMP_UNLESS", conditions);
}

function macro(name: string, lines: readonly string[]): string {
	return `#define ${name} \\\n${lines.map((line) => `\t${line}`).join(" \\\n")}\n`;
}

/** The numbers of the calls of each ABI, by name. */
type Numbers = Readonly<Record<Abi, ReadonlyMap<string, readonly number[]>>>;

/** Finds the numbers of the refused calls. Throws if no ABI has a call of the table. */
function numbersOf(rows: readonly Row[]): Numbers {
	const found = { x86_64: new Map(), i386: new Map(), arm64: new Map(), arm: new Map() };
	const add = (abi: Abi, name: string, number: number) => {
		const list: number[] = found[abi].get(name) ?? [];
		if (!list.includes(number)) found[abi].set(name, [...list, number]);
	};
	for (const line of knownCalls()) {
		const [name = "", abi = "", number] = line.split(" ");
		add(abi as Abi, name, Number(number));
	}
	const names = rows.flatMap((row) => callsOf(row));
	for (const call of names) {
		const [name = "", number] = call.split("=");
		for (const abi of Object.keys(found) as Abi[])
			if (number !== undefined) add(abi, name, Number(number));
		if (!Object.values(found).some((map) => map.has(name)))
			throw new Error(`${TABLE}: ${name}: no such system call`);
	}
	return found;
}

/** Returns the lines that scripts/gen-seccomp.c prints. */
export function knownCalls(): readonly string[] {
	const work = mkdtempSync(`${tmpdir()}/gen-seccomp-`);
	try {
		const flags = ["-std=c17", "-Wall", "-Wextra", "-Werror", "-o", `${work}/gen`];
		output([process.env.CC ?? "cc", ...flags, `${ROOT}/scripts/gen-seccomp.c`]);
		return output([`${work}/gen`])
			.trimEnd()
			.split("\n");
	} finally {
		rmSync(work, { recursive: true });
	}
}

function output(command: readonly string[]): string {
	const { exitCode, stdout } = Bun.spawnSync([...command], { stderr: "inherit" });
	if (exitCode !== 0) throw new Error(`${command[0]}: failed`);
	return stdout.toString();
}

/** Returns the words for the calls in a row of the table. */
function callsOf({ macro, first, rest }: Row): readonly string[] {
	if (macro === "REFUSED") return (rest[2] ?? "").split(" ");
	return macro === "REFUSED_ARGUMENT" ? [first] : [];
}

/** Makes the program for a kernel with these ABIs. Most programs use the first ABI. */
function programOf(abis: readonly Abi[], rows: readonly Row[], numbers: Numbers): Program {
	const program: Program = { lines: [], labels: new Map() };
	const add = (line: Instruction) => program.lines.push(line);
	add({ code: LOAD, k: ARCH });
	for (const abi of abis) add({ code: IF_EQUAL, k: TOKENS[abi], yes: abi });
	add({ code: RETURN, k: KILL_PROCESS });
	for (const abi of abis) {
		program.labels.set(abi, program.lines.length);
		add({ code: LOAD, k: NUMBER });
		if (abi === "x86_64") add({ code: AND, k: ~X32_BIT >>> 0 });
		search(program, startsOf(abi, rows, numbers[abi]), abi);
	}
	for (const row of rows) if (row.macro === "REFUSED_ARGUMENT") addTest(program, row);
	addReturns(program, rows);
	return program;
}

/** The label of the result for numbers without a call. */
const NO_SUCH_CALL = "ENOSYS unless NEVER";

/** Returns the label of the result of a refusal. */
function refusal({ rest: [unless = "", answer = ""] }: Row): string {
	return `${answer} unless ${unless}`;
}

/** Returns the numbers at which the answer changes, beginning with 0. */
function startsOf(abi: Abi, rows: readonly Row[], numbers: Numbers[Abi]): readonly Start[] {
	const labels = new Map<number, string>();
	const row = rows.find(({ macro, first }) => macro === "ABI" && first === abi);
	for (const range of row?.rest[0]?.split(" ") ?? []) {
		const [first = 0, last = 0] = range.split("-").map(Number);
		for (let number = first; number <= last; number++) labels.set(number, "allow");
	}
	for (const row of rows)
		for (const call of callsOf(row))
			for (const number of numbers.get(call.replace(/=.*/, "")) ?? []) {
				if (!labels.has(number)) throw new Error(`${TABLE}: ${abi}: ${call} is out of the range`);
				labels.set(number, row.macro === "REFUSED" ? refusal(row) : row.first);
			}
	const starts: Start[] = [];
	for (let number = 0; number <= Math.max(...labels.keys()) + 1; number++) {
		const label = labels.get(number) ?? NO_SUCH_CALL;
		if (starts.at(-1)?.[1] !== label) starts.push([number, label]);
	}
	return starts;
}

/** Adds a search for the number. `name` begins the labels of the parts. */
function search(program: Program, starts: readonly Start[], name: string): void {
	const { lines, labels } = program;
	labels.set(name, labels.get(name) ?? lines.length);
	const common = commonAnswer(starts);
	if (common !== undefined) {
		const singles = starts.filter(([, label]) => label !== common);
		singles.forEach(([k, yes], index) => {
			const no = index === singles.length - 1 ? common : "";
			lines.push({ code: IF_EQUAL, k, yes, no });
		});
		return;
	}
	const middle = middleOf(starts);
	const [low, high] = [starts.slice(0, middle), starts.slice(middle)];
	const [lowest, highest] = [low, high].map(([first, ...more]) => (more.length ? "" : first?.[1]));
	const yes = highest || `${name}+`;
	lines.push({ code: IF_GREATER_OR_EQUAL, k: high[0]?.[0] ?? 0, yes, no: lowest || `${name}-` });
	if (!lowest) search(program, low, `${name}-`);
	if (!highest) search(program, high, `${name}+`);
}

/**
 * A start is single if the next start is at the next number. If all starts that are not single have
 * one answer, returns this answer, and otherwise undefined.
 */
function commonAnswer(starts: readonly Start[]): string | undefined {
	const isSingle = ([number]: Start, index: number) => starts[index + 1]?.[0] === number + 1;
	const answer = starts.find((start, index) => !isSingle(start, index))?.[1];
	const others = starts.flatMap((start, index) => {
		return start[1] === answer ? [] : [isSingle(start, index)];
	});
	return others.length <= IN_A_ROW && others.every((is) => is) ? answer : undefined;
}

/**
 * Returns the index that halves the starts. Keeps a single number and its successor in one half.
 */
function middleOf(starts: readonly Start[]): number {
	const middle = starts.length >> 1;
	const before = starts[middle - 1];
	const isTorn = before !== undefined && starts[middle]?.[0] === before[0] + 1;
	return isTorn && middle > 1 ? middle - 1 : middle;
}

/** Adds the instructions that test an argument. */
function addTest({ lines, labels }: Program, row: Row): void {
	const [, , index, test = ""] = row.rest;
	const [word, ...values] = test.split(" ");
	const [first = 0, second = 0] = values.map(Number);
	const refused = refusal(row);
	labels.set(row.first, lines.length);
	lines.push({ code: LOAD, k: ARGUMENTS + 8 * Number(index) });
	if (word === "any") {
		lines.push({ code: IF_ANY_BIT, k: first, yes: refused, no: "allow" });
	} else if (word === "other") {
		lines.push({ code: IF_EQUAL, k: second, yes: "allow" });
		lines.push({ code: IF_ANY_BIT, k: ~first >>> 0, yes: refused, no: "allow" });
	} else if (word === "is") {
		for (const value of values)
			lines.push({
				code: IF_EQUAL,
				k: Number(value),
				yes: refused,
				no: value === values.at(-1) ? "allow" : "",
			});
	} else {
		throw new Error(`${TABLE}: ${row.first}: ${word}: no such test`);
	}
}

/** Adds the instructions that return the results. */
function addReturns({ lines, labels }: Program, rows: readonly Row[]): void {
	labels.set("allow", lines.length);
	lines.push({ code: RETURN, k: ALLOW });
	for (const row of rows) {
		const label = refusal(row);
		if (row.macro === "ABI" || labels.has(label)) continue;
		const [unless = "", answer = ""] = row.rest;
		const error = ERRORS[answer];
		if (error === undefined) throw new Error(`${TABLE}: ${row.first}: ${answer}: no such error`);
		labels.set(label, lines.length);
		const line = { code: RETURN, k: RETURN_ERRNO | error };
		lines.push(unless === "NEVER" ? line : { ...line, unless });
	}
}

function hex(number: number): string {
	return `0x${number.toString(16)}`;
}

if (import.meta.main) await Bun.write(`${ROOT}/${FILTER}`, seccompText());
