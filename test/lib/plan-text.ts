// SPDX-License-Identifier: BSD-2-Clause
// Makes the text of --dry-run from the JSON of --dry-run --json, so that a test can compare the
// two.
import type {
	Capabilities,
	Flags,
	IdMap,
	Named,
	Operation,
} from "../../packages/runtime/src/operation.gen.ts";
import { type Argument, type OperationRow, readOperations } from "../../scripts/gen-plan.ts";

const ROWS = new Map(readOperations().map((row) => [row.name, row]));
const PLAIN = /^[\w%+,\-./:=@^$~]+$/;
const SPECIAL = /[\\'\p{Cc}\p{Cs}]/u;

/** Returns the text of operations, one a line. */
export function planText(operations: readonly Operation[]): string {
	return operations.map(line).join("");
}

function line(operation: Operation, index: number): string {
	const row = rowOf(operation.op);
	const words = row.arguments.flatMap((argument) => {
		const value = (operation as unknown as Record<string, unknown>)[argument.name];
		const isLeftOut = operation.op === "mount" && value === "";
		return isLeftOut ? [] : [shown(argument, value)];
	});
	const head = `${`${index}`.padStart(2)} ${operation.by.padEnd(7)} `;
	const name = row.letters === "" ? operation.op : operation.op.padEnd(11);
	return `${[head + name, ...words].join(" ")}\n`;
}

function rowOf(op: string): OperationRow {
	const row = ROWS.get(op);
	if (row === undefined) throw new Error(`${op}: no such operation`);
	return row;
}

/** Returns the text of an argument. */
function shown({ kind }: Argument, value: unknown): string {
	switch (kind) {
		case "s":
			return quoted(value as string);
		case "l":
			return (value as string[]).map(quoted).join(" ");
		case "m":
			return (value as IdMap)
				.map(({ inside, outside, count }) => `${inside} ${outside} ${count}`)
				.join(", ");
		case "n":
			return (value as Flags).names.join(" ") || "-";
		case "a":
		case "p":
			return (value as Flags).names.join() || "-";
		case "g":
		case "r":
			return (value as Named).name;
		case "c":
			return capabilities(value as Capabilities);
		case "d":
			return (value as string[]).join(" ");
		case "b":
			return `${value} instructions`;
		case "?":
			return value ? "1" : "0";
		default:
			return `${value}`;
	}
}

function capabilities(set: Capabilities): string {
	if (set.all) return ["all", ...set.except.map((name) => `-${name}`)].join();
	return set.only.join() || "none";
}

/** Writes a word for a shell. */
function quoted(word: string): string {
	if (PLAIN.test(word)) return word;
	if (!SPECIAL.test(word)) return `'${word}'`;
	return `$'${[...word].map(character).join("")}'`;
}

function character(one: string): string {
	if (one === "'" || one === "\\") return `\\${one}`;
	if (!SPECIAL.test(one)) return one;
	const code = one.charCodeAt(0);
	const bytes = code >= 0xdc80 && code <= 0xdcff ? [code & 0xff] : [...Buffer.from(one)];
	return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
