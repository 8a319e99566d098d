// SPDX-License-Identifier: BSD-2-Clause
// Reads the rows of a table in core-c/defs by the rules of C's preprocessor. Throws for any other
// row.
import { readFileSync } from "node:fs";

/**
 * A row PF_MACRO(FIRST, ...REST). A string argument becomes the joined text of its literals. Any
 * other argument is kept as text: words that are separated by spaces or '|'.
 */
export interface Row {
	readonly macro: string;
	readonly first: string;
	readonly rest: readonly string[];
}

const COMMENTS_AND_MACROS = /\/\*[^]*?\*\/|^#(?:\\\n|.)*$/gm;
const WORDS = /\w+(?: (?:\| )?\w+)*/.source;
const ARGUMENT = `(?:${WORDS}|(?:"[^"\\\\]*"\\s*)+)`;
const ROW = new RegExp(`^PF_(\\w+)\\((\\w+(?:,\\s*${ARGUMENT})+)\\)$`, "gm");
const ARGUMENTS = new RegExp(ARGUMENT, "g");

/** Returns the rows of a table in their order. The path is below the root of the project. */
export function readRows(path: string): readonly Row[] {
	return parseRows(readFileSync(`${import.meta.dir}/../${path}`, "utf8"), path);
}

/** Returns the rows in a text. */
export function parseRows(table: string, path: string): readonly Row[] {
	const rows = table.replace(COMMENTS_AND_MACROS, "");
	const rest = rows.replace(ROW, "").trim();
	if (rest !== "") throw new Error(`${path}: not a row: ${rest}`);
	return [...rows.matchAll(ROW)].map(([, macro = "", list = ""]) => {
		const [first = "", ...rest] = (list.match(ARGUMENTS) ?? []).map(unquote);
		return { macro, first, rest };
	});
}

/** Returns the words of an argument, or the text of its string literals. */
function unquote(argument: string): string {
	return argument.replace(/"\s*"/g, "").replaceAll('"', "").trim();
}
