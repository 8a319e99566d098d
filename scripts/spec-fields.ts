// SPDX-License-Identifier: BSD-2-Clause
// Reads the fields of a spec from their table.
import { parseRows, type Row, readRows } from "./def-rows.ts";
import { placeholders } from "./spec-kinds.ts";

/** The path of the table. A comment in the table describes the rows. */
export const TABLE = "core-c/defs/spec.def";

/** The description of a field in the table. */
export interface Field {
	readonly name: string;
	/** The macro of the row, in lower case. */
	readonly kind: Kind;
	/** The meaning of the field and its default, in sentences. */
	readonly text: string;
	/** The default of a number, or of a flag with a default that does not depend on other fields. */
	readonly standard?: number | boolean;
	/**
	 * For a number: whether the default has the effect of a field that is not set.
	 */
	readonly isPlain?: boolean;
	/** The smallest value of a number. */
	readonly least?: number;
	/** The greatest value of a number, or the greatest length of a word. */
	readonly most?: number;
	/** The pattern of a word. */
	readonly pattern?: string;
}

type Kind = "list" | "variables" | "string" | "word" | "flag" | "number";

/** Returns the fields in the order of the table. */
export function readFields(): readonly Field[] {
	return readRows(TABLE).map(fieldOf);
}

/** Returns the fields in the text of a table. */
export function parseFields(table: string): readonly Field[] {
	return parseRows(table, TABLE).map(fieldOf);
}

function fieldOf({ macro, first: name, rest: row }: Row): Field {
	const rest = row.slice(0, -1);
	const text = fill(row.at(-1) ?? "");
	if (!text.endsWith(".")) throw new Error(`${TABLE}: ${name}: the text is not a sentence`);
	switch (`${macro} ${rest.length}`) {
		case "LIST 0":
		case "VARIABLES 0":
		case "STRING 0":
			return { name, kind: macro.toLowerCase() as Kind, text };
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

/** Replaces the placeholders in a text, except for {default}. */
function fill(text: string): string {
	if (!/\{(?!default\})/.test(text)) return text;
	const parts = placeholders();
	return text.replace(/\{(?!default\})(\w+)\}/g, (whole, name: string) => parts[name] ?? whole);
}

function flagOf(name: string, text: string, standard: string | undefined): Field {
	if (standard === "PF_AUTO") {
		if (!text.includes("Default:")) throw new Error(`${TABLE}: ${name}: no default`);
		return { name, kind: "flag", text };
	}
	const yes = standard === "PF_YES";
	return { name, kind: "flag", text: `${text} Default: ${yes ? "yes" : "no"}.`, standard: yes };
}

function numberOf(name: string, text: string, row: readonly string[]): Field {
	const [unset, standard = "", least, most] = row;
	if (!text.includes("{default}")) throw new Error(`${TABLE}: ${name}: no default`);
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

/** Returns a description of the values that a field accepts. */
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
