// SPDX-License-Identifier: BSD-2-Clause
// Replaces the parts of a document that a script makes from a table.

const END = "<!-- end of the generated part -->\n";

/** A document below the root of the project, and the script that makes parts of the document. */
export interface Document {
	readonly path: string;
	readonly script: string;
	readonly text: string;
}

/** Returns the document with new lines from a table in place of the old lines. */
export function replacePart(document: Document, table: string, lines: readonly string[]): Document {
	const { path, script, text } = document;
	const start = `<!-- made by ${script} from ${table}; not to be edited -->\n`;
	const [before = "", after = "", ...more] = text.split(start);
	const end = after.indexOf(END);
	if (end < 0 || more.length > 0) throw new Error(`${path}: no part from ${table}`);
	return { ...document, text: `${before}${start}\n${lines.join("\n")}\n\n${after.slice(end)}` };
}
