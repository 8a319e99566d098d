// SPDX-License-Identifier: BSD-2-Clause
// The fields of a spec, read from their table. A row that cannot be read is an error.
import { readFileSync } from "node:fs";

/** Where the table is. The table says what its rows look like. */
export const TABLE = "core-c/defs/spec.def";

/** What the table says of a field. */
export interface Field {
	readonly name: string;
	/** The macro of the row, in lower case. */
	readonly kind: Kind;
	/** What the field means and what its default is, in sentences. */
	readonly text: string;
	/** Of a number, and of a flag that always has the same default. */
	readonly standard?: number | boolean;
	/** Of a number: whether a field that is set to the default equals a field that is not set. */
	readonly isPlain?: boolean;
	/** Of a number. */
	readonly least?: number;
	/** The greatest value of a number, the greatest length of a word. */
	readonly most?: number;
	/** Of a word. */
	readonly pattern?: string;
}

type Kind = "list" | "variables" | "string" | "word" | "flag" | "number";

const COMMENTS_AND_MACROS = /\/\*[^]*?\*\/|^#.*$/gm;
const ROW = /^PF_(\w+)\((\w+(?:,\s*(?:\w+|(?:"[^"\\]*"\s*)+))+)\)$/gm;
const ARGUMENT = /\w+|(?:"[^"\\]*"\s*)+/g;

/** Returns the fields in the order of the table. */
export function readFields(): readonly Field[] {
	return parseFields(readFileSync(`${import.meta.dir}/../${TABLE}`, "utf8"));
}

/** Returns the fields of a table. */
export function parseFields(table: string): readonly Field[] {
	const rows = table.replace(COMMENTS_AND_MACROS, "");
	const rest = rows.replace(ROW, "").trim();
	if (rest !== "") throw new Error(`${TABLE}: this is no row: ${rest}`);
	return [...rows.matchAll(ROW)].map(([, type = "", list = ""]) =>
		fieldOf(type, (list.match(ARGUMENT) ?? []).map(unquote)),
	);
}

/** Returns a word, or the text of C's string literals. */
function unquote(argument: string): string {
	return argument.replace(/"\s*"/g, "").replaceAll('"', "").trim();
}

function fieldOf(type: string, row: readonly string[]): Field {
	const [name = "", ...rest] = row;
	const text = rest.pop() ?? "";
	if (!text.endsWith(".")) throw new Error(`${TABLE}: ${name}: the text is no sentence`);
	switch (`${type} ${rest.length}`) {
		case "LIST 0":
		case "VARIABLES 0":
		case "STRING 0":
			return { name, kind: type.toLowerCase() as Kind, text };
		case "WORD 2":
			return { name, kind: "word", text, most: Number(rest[0]), pattern: rest[1] ?? "" };
		case "FLAG 1":
			return flagOf(name, text, rest[0]);
		case "NUMBER 5":
			return numberOf(name, text, rest);
		default:
			throw new Error(`${TABLE}: ${name}: no such row`);
	}
}

function flagOf(name: string, text: string, standard: string | undefined): Field {
	if (standard === "PF_AUTO") {
		if (!text.includes("Default:")) throw new Error(`${TABLE}: ${name}: what is the default?`);
		return { name, kind: "flag", text };
	}
	const yes = standard === "PF_YES";
	return { name, kind: "flag", text: `${text} Default: ${yes ? "yes" : "no"}.`, standard: yes };
}

function numberOf(name: string, text: string, row: readonly string[]): Field {
	const [unset, standard = "", least, most] = row;
	if (!text.includes("{default}")) throw new Error(`${TABLE}: ${name}: what is the default?`);
	return {
		name,
		kind: "number",
		text: text.replaceAll("{default}", standard),
		standard: Number(standard),
		isPlain: unset === "PF_UNSET",
		least: Number(least),
		most: Number(most),
	};
}

/** Says what values a field takes. */
export function valuesOf({ kind, least, most }: Field): string {
	switch (kind) {
		case "variables":
			return "list of NAME=VALUE";
		case "word":
			return `string of 1 to ${most} characters`;
		case "number":
			return `number from ${least} to ${most}`;
		default:
			return kind;
	}
}
