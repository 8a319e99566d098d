// SPDX-License-Identifier: BSD-2-Clause
// The default filter of system calls gives each call the answer of core-c/defs/seccomp.def. The
// test executes the program of each machine, for every number.
import t from "tap";
import { ENOSYS, EPERM } from "../../packages/runtime/src/numbers.gen.ts";
import { type Row, readRows } from "../def-rows.ts";
import { knownCalls, seccompText } from "../gen-seccomp.ts";

const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const ERRORS: Readonly<Record<string, number>> = { EPERM, ENOSYS };
/**
 * The numbers that the test tries: all small numbers, the numbers of some calls of 32-bit arm, and
 * a very large number.
 */
const NUMBERS = [...Array(1200).keys(), 983040, 983041, 983046, 983047, 0x3fffffff];
const X32_BIT = 0x40000000;

const MACHINES = [
	{ macro: "__x86_64__", abis: { x86_64: 0xc000003e, i386: 0x40000003 } },
	{ macro: "__aarch64__", abis: { arm64: 0xc00000b7, arm: 0x40000028 } },
];

type Instruction = readonly [code: number, yes: number, no: number, k: number];

interface Program {
	readonly lines: readonly Instruction[];
	/** The instructions that allow a call under a condition. */
	readonly unless: readonly (readonly [condition: string, index: number])[];
}

interface Call {
	readonly arch: number;
	readonly number: number;
	readonly arguments?: readonly number[];
}

const rows = readRows("core-c/defs/seccomp.def");
const refusals = rows.filter(({ macro }) => macro !== "ABI");

function programOf(macro: string): Program {
	const [, part = ""] = seccompText().split(`defined(${macro})`);
	const [, lines = "", unless = ""] = part.split(/#(?:define \w+|elif|else)/);
	return {
		lines: [...lines.matchAll(/\{(\w+), (\d+), (\d+), (\w+)\}/g)].map(
			([, ...words]) => words.map(Number) as unknown as Instruction,
		),
		unless: [...unless.matchAll(/\{PF_SECCOMP_(\w+), (\d+)\}/g)].map(
			([, condition = "", index]) => [condition, Number(index)] as const,
		),
	};
}

/** Returns the program of a command for which a condition holds. */
function under(condition: string, { lines, unless }: Program): Program {
	const allowed = unless.filter(([name]) => name === condition).map(([, index]) => index);
	const changed = lines.map((line, index): Instruction => {
		return allowed.includes(index) ? [line[0], line[1], line[2], ALLOW] : line;
	});
	return { lines: changed, unless };
}

/** Returns the word of struct seccomp_data at an offset. */
function wordAt(call: Call, offset: number): number {
	if (offset === 0) return call.number;
	if (offset === 4) return call.arch;
	return call.arguments?.[(offset - 16) / 8] ?? 0;
}

/** Executes a program. Returns its result, and how many instructions were executed. */
function execute({ lines }: Program, call: Call): { result: number; steps: number } {
	let at = 0;
	let word = 0;
	for (let steps = 1; ; steps++) {
		const line = lines[at++];
		if (line === undefined) throw new Error("the program has no end");
		const [code, yes, no, k] = line;
		if (code === 0x06) return { result: k, steps };
		else if (code === 0x20) word = wordAt(call, k);
		else if (code === 0x54) word = (word & k) >>> 0;
		else if (code === 0x15) at += word === k ? yes : no;
		else if (code === 0x35) at += word >= k ? yes : no;
		else if (code === 0x45) at += (word & k) !== 0 ? yes : no;
		else throw new Error(`unknown instruction ${code}`);
	}
}

/** Returns the numbers of each call of an ABI, by name. */
function numbersOf(abi: string): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const line of knownCalls()) {
		const [name = "", of, number] = line.split(" ");
		if (of === abi) found.set(name, [...(found.get(name) ?? []), Number(number)]);
	}
	for (const { rest } of refusals)
		for (const [, name = "", number] of (rest[2] ?? "").matchAll(/(\w+)=(\d+)/g))
			found.set(name, [Number(number)]);
	return found;
}

/**
 * Returns the rows of the calls of an ABI that the filter refuses with any arguments. The keys of
 * the map are the numbers of the calls.
 */
function refusedOf(abi: string): Map<number, Row> {
	const numbers = numbersOf(abi);
	const found = new Map<number, Row>();
	for (const row of rows.filter(({ macro }) => macro === "REFUSED"))
		for (const call of (row.rest[2] ?? "").split(" "))
			for (const number of numbers.get(call.replace(/=.*/, "")) ?? []) found.set(number, row);
	return found;
}

function exists(abi: string, number: number): boolean {
	const row = rows.find(({ macro, first }) => macro === "ABI" && first === abi);
	return (row?.rest[0] ?? "").split(" ").some((range) => {
		const [first = 0, last = 0] = range.split("-").map(Number);
		return number >= first && number <= last;
	});
}

function errorOf({ rest: [, answer = ""] }: Row): number {
	return 0x00050000 | (ERRORS[answer] ?? Number.NaN);
}

for (const { macro, abis } of MACHINES)
	for (const [abi, arch] of Object.entries(abis))
		t.test(`${abi}: every number has the answer of the table`, async (t) => {
			const program = programOf(macro);
			const refused = refusedOf(abi);
			t.ok(refused.size > 40, "the refused calls are found");
			const bits = abi === "x86_64" ? [0, X32_BIT] : [0];
			let longest = 0;
			for (const number of NUMBERS)
				for (const bit of bits) {
					const row = refused.get(number);
					const known = exists(abi, number) ? ALLOW : 0x00050000 | ENOSYS;
					const { result, steps } = execute(program, { arch, number: number | bit });
					longest = Math.max(longest, steps);
					const wanted = row === undefined ? known : errorOf(row);
					if (result !== wanted) t.equal(result, wanted, `${number} ${row?.first}`);
					const [condition = ""] = row?.rest ?? [];
					if (row !== undefined && condition !== "NEVER") {
						const allowed = execute(under(condition, program), { arch, number: number | bit });
						t.equal(allowed.result, ALLOW, `${row.first} under ${condition}`);
					}
				}
			t.ok(longest <= 17, `the longest way has ${longest} instructions`);
		});

/** Values of the argument that a row of the table refuses, and values that the row allows. */
const ARGUMENTS: Readonly<Record<string, readonly [refused: number[], allowed: number[]]>> = {
	clone: [
		[0x10000000, 0x40000011, 0x02000000],
		[17, 0x01200011, 0x003d0f00, 0x80],
	],
	unshare: [
		[0x10000000, 0x80, 0x00020000],
		[0, 0x200, 0x400],
	],
	personality: [
		[0x0100000, 0x0400000, 0x0020001, 6, 0xfffffffe],
		[0, 8, 0x20000, 0x20008, 0x40000, 0x60008, 0xffffffff],
	],
	ioctl: [
		[0x5412, 0x541c],
		[0x5401, 0x5413, 0x541b, 0],
	],
	socket: [
		[38, 40],
		[1, 2, 10, 16, 17, 37, 39],
	],
};

for (const { macro, abis } of MACHINES)
	for (const [abi, arch] of Object.entries(abis))
		t.test(`${abi}: the arguments have the answer of the table`, async (t) => {
			const program = programOf(macro);
			const tests = rows.filter(({ macro }) => macro === "REFUSED_ARGUMENT");
			t.same(tests.map(({ first }) => first).sort(), Object.keys(ARGUMENTS).sort());
			for (const row of tests) {
				const [refused, allowed] = ARGUMENTS[row.first] ?? [[], []];
				const [condition = "", , index = "0"] = row.rest;
				for (const number of numbersOf(abi).get(row.first) ?? [])
					for (const value of [...refused, ...allowed]) {
						const list = [0, 0, 0, 0, 0, 0].with(Number(index), value);
						const call = { arch, number, arguments: list };
						const wanted = refused.includes(value) ? errorOf(row) : ALLOW;
						t.equal(execute(program, call).result, wanted, `${row.first} ${value}`);
						const other = execute(under(condition, program), call).result;
						t.equal(other, condition === "NEVER" ? wanted : ALLOW, `${row.first} ${condition}`);
					}
			}
		});

t.test("a call of another architecture ends the process", async (t) => {
	for (const { macro, abis } of MACHINES) {
		const program = programOf(macro);
		const others = MACHINES.flatMap((machine) => Object.values(machine.abis)).filter(
			(arch) => !Object.values(abis).includes(arch),
		);
		for (const arch of [...others, 0, 0xffffffff])
			t.equal(execute(program, { arch, number: 0 }).result, KILL_PROCESS);
	}
});
