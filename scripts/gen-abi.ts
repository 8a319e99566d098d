// SPDX-License-Identifier: BSD-2-Clause
// Makes three files: the facts of pflask.h that the runtime needs, the record of the ABI, and the
// record of the control protocol. Fails if pflask.h breaks programs without a higher PFLASK_ABI.
// Also fails if the messages of clients change without a higher PF_CONTROL_VERSION:
//	scripts/bun scripts/gen-abi.ts
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { controlFault, controlNow } from "./control-facts.ts";
import {
	functionsOf,
	HEADER,
	type HeaderFunction,
	readHeader,
	readPrivateHeader,
	typesOf,
} from "./header.ts";

const ROOT = `${import.meta.dir}/..`;
const RECORD = "core-c/defs/abi.txt";
const CONTROL_RECORD = "core-c/defs/control.txt";
const BINDING = "packages/runtime/src/abi.gen.ts";

/**
 * The functions that a command in the foreground needs. The runtime binds these functions at every
 * start, and each function takes 4 microseconds.
 */
const FIRST: readonly string[] = [
	"pflask_abi",
	"pflask_spec_new",
	"pflask_spec_free",
	"pflask_spec_set",
	"pflask_plan_make",
	"pflask_run",
	"pflask_report_exit",
	"pflask_terminal_size",
	"pflask_parent_open_files",
];

/**
 * The enumerations whose values have names in TypeScript. For each enumeration, the table has only
 * the names that nameOf() does not return.
 */
const NAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	code: {},
	reason: { PFLASK_EXITED: "exit", PFLASK_SIGNALED: "signal" },
};

/** The number of an ABI, and a line for each fact on which compiled programs depend. */
export interface Abi {
	readonly number: number;
	readonly facts: readonly string[];
}

/** Returns the generated files by path. Throws if a number must be raised. */
export function generatedAbi(): Readonly<Record<string, string>> {
	const header = readHeader();
	const program = compile(header);
	try {
		const abi = abiOf(header, output(program, "facts"));
		const control = controlNow(output(program, "sizes"));
		const wrong = fault(recordAt(RECORD), abi) || controlFault(recordAt(CONTROL_RECORD), control);
		if (wrong !== "") throw new Error(wrong);
		const functions = [...functionsOf(header), ...functionsOf(readPrivateHeader())];
		const binding = `${output(program)}${bindingText(functions)}`;
		return {
			[BINDING]: binding,
			[RECORD]: recordText(abi),
			[CONTROL_RECORD]: recordText(control, CONTROL_HEAD),
		};
	} finally {
		rmSync(program, { force: true });
	}
}

/** Compiles gen-abi.c with the rows of a header. Returns the program. */
function compile(header: string): string {
	const work = mkdtempSync(`${tmpdir()}/gen-abi-`);
	const program = `${work}-program`;
	writeFileSync(`${work}/abi-rows.h`, rowsOf(header));
	const includes = [`-I${ROOT}/core-c/include`, `-I${ROOT}/core-c`, `-I${work}`];
	const flags = ["-std=c17", "-Wall", "-Wextra", "-Werror", ...includes];
	output(process.env.CC || "cc", ...flags, "-o", program, `${ROOT}/scripts/gen-abi.c`);
	rmSync(work, { recursive: true });
	return program;
}

function rowsOf(header: string): string {
	const rows = typesOf(header).flatMap(({ kind, name, members }) =>
		kind === "enum"
			? valueRows(
					name,
					members.map((value) => value.name),
				)
			: [
					`STRUCT(${name}, "${name.toUpperCase()}")`,
					...members.map((member) => `MEMBER(${name}, ${member.name})`),
					`END(${name})`,
				],
	);
	return `${rows.join("\n")}\n`;
}

function valueRows(name: string, values: readonly string[]): string[] {
	const others = NAMED[name];
	if (others === undefined) return values.map((value) => `VALUE(${value})`);
	const unknown = Object.keys(others).find((value) => !values.includes(value));
	if (unknown !== undefined) throw new Error(`${HEADER}: no such name: ${unknown}`);
	const rows = values.map((value) => `NAMED(${value}, "${others[value] ?? nameOf(value)}")`);
	return [`NAMES("${name.toUpperCase()}S")`, ...rows, "END_NAMES"];
}

/** Returns the name of a value: "not-found" for PFLASK_NOT_FOUND. */
function nameOf(value: string): string {
	return value.replace("PFLASK_", "").toLowerCase().replaceAll("_", "-");
}

function output(...command: string[]): string {
	const { exitCode, stdout } = Bun.spawnSync(command, { stderr: "inherit" });
	if (exitCode !== 0) throw new Error(`${command[0]} has failed`);
	return stdout.toString();
}

/** Returns the ABI of a header; `places` has the compiler's offsets and values. */
function abiOf(header: string, places: string): Abi {
	const types = new Map(
		typesOf(header).flatMap(({ name, members }) =>
			members.map((member) => [`${name}.${member.name}`, ` ${member.type}`]),
		),
	);
	const facts = places
		.trim()
		.split("\n")
		.map((place) => {
			const [name = ""] = place.split(" ");
			return `${place}${types.get(name) ?? ""}`;
		});
	const prototypes = functionsOf(header).map(
		({ type, name, parameters }) => `${name}(${parameters.map(typeOf).join(", ")}) ${type}`,
	);
	const number = Number(header.match(/^#define PFLASK_ABI (\d+)$/m)?.[1]);
	return { number, facts: [...facts, ...prototypes] };
}

/** Returns the type of a parameter, without its name. */
function typeOf(parameter: string): string {
	return parameter.replace(/\w+$/, "").trim();
}

function hashOf(facts: readonly string[]): string {
	return createHash("sha256").update(facts.join("\n")).digest("hex").slice(0, 16);
}

const HEAD: readonly string[] = [
	`# Made by scripts/gen-abi.ts from ${HEADER}; not to be edited.`,
	"# The offset and type of each member, the number of each value, and each prototype.",
	"abi",
];

const CONTROL_HEAD: readonly string[] = [
	"# Made by scripts/gen-abi.ts from messages.def, ops.def and wire.h; not to be edited.",
	"# The messages of clients, with type and size; their structures; operations of --exec.",
	"control",
];

/** Returns the text of the record of the ABI or, with CONTROL_HEAD, of the control protocol. */
export function recordText({ number, facts }: Abi, head: readonly string[] = HEAD): string {
	return `${[`${head.join("\n")} ${number} ${hashOf(facts)}`, ...facts].join("\n")}\n`;
}

function recordAt(path: string): Abi {
	return readRecord(readFileSync(`${ROOT}/${path}`, "utf8"), path);
}

/** Reads a record. Throws if its lines do not match its hash. */
export function readRecord(text: string, path: string = RECORD): Abi {
	const [, , first = "", ...facts] = text.trimEnd().split("\n");
	const [, number, hash] = first.split(" ");
	if (hash !== hashOf(facts))
		throw new Error(
			`${path}: the hash is ${hashOf(facts)}, not ${hash}; restore the file from git`,
		);
	return { number: Number(number), facts };
}

/**
 * Returns the fault of a change of an ABI, or "" if the change is permitted. Without a new number,
 * an ABI may only get additions: functions, values, and members at the end of a structure.
 */
export function fault(before: Abi, now: Abi): string {
	if (now.number > before.number) return "";
	const broken = before.facts.filter((fact) => !now.facts.includes(fact));
	const lines = broken.map((fact) => `\twas: ${fact}`);
	for (const fact of now.facts) if (isInside(fact, before)) lines.push(`\tnew: ${fact}`);
	if (lines.length === 0 && now.number === before.number) return "";
	return [
		`${HEADER}: programs that were compiled with ABI ${before.number} would break:`,
		...lines,
		`Set PFLASK_ABI to ${before.number + 1} in ${HEADER} and run "make gen", or add members at`,
		"the end of a structure, and change nothing else.",
	].join("\n");
}

/** Tells whether a new member lies before the old end of its structure. */
function isInside(fact: string, before: Abi): boolean {
	const [struct, offset] = placeOf(fact);
	if (struct === undefined || before.facts.includes(fact)) return false;
	return before.facts.some((other) => placeOf(other)[0] === struct && placeOf(other)[1] >= offset);
}

/**
 * Returns the structure and the offset of a member, if the fact describes a member. Otherwise the
 * structure is undefined.
 */
function placeOf(fact: string): [struct: string | undefined, offset: number] {
	const [, struct, offset] = fact.match(/^(\w+)\.\w+ (\d+) /) ?? [];
	return [struct, Number(offset)];
}

function bindingText(functions: readonly HeaderFunction[]): string {
	const isFirst = ({ name }: HeaderFunction) => FIRST.includes(name);
	const first = functions.filter(isFirst).map(signature);
	const rest = functions.filter((one) => !isFirst(one)).map(signature);
	return `
/** The functions that a command in the foreground needs, as bun:ffi has them. */
export const FIRST = {
${first.join("\n")}
} as const;

/** The other functions. */
export const REST = {
${rest.join("\n")}
} as const;
`;
}

/** Returns the signature of a function for bun:ffi, on several lines if one line is too short. */
function signature({ name, type, parameters }: HeaderFunction): string {
	const types = parameters.map((parameter) => `"${ffiType(typeOf(parameter))}"`);
	const args = `args: [${types.join(", ")}]`;
	const returns = `returns: "${ffiType(type)}"`;
	const line = `\t${name}: { ${args}, ${returns} },`;
	return line.length <= 97 ? line : `\t${name}: {\n\t\t${args},\n\t\t${returns},\n\t},`;
}

const NUMBERS: Readonly<Record<string, string>> = { int: "i32", uint32_t: "u32", void: "void" };

function ffiType(type: string): string {
	if (type === "const char *") return "cstring";
	const known = type.endsWith("*") ? "ptr" : NUMBERS[type];
	if (known === undefined) throw new Error(`${HEADER}: no type of bun:ffi for ${type}`);
	return known;
}

if (import.meta.main)
	try {
		for (const [path, text] of Object.entries(generatedAbi()))
			await Bun.write(`${ROOT}/${path}`, text);
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	}
