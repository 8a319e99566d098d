// SPDX-License-Identifier: BSD-2-Clause
// Writes two lists into docs/control.md: the messages that a client sends or receives, and the
// operations that a request of --exec may hold:
//	scripts/bun scripts/gen-control.ts
import { readFileSync } from "node:fs";
import { type Row, readRows } from "./def-rows.ts";
import { replacePart } from "./made-part.ts";

const MESSAGES = "core-c/defs/messages.def";
const OPERATIONS = "core-c/defs/ops.def";

/** The document, below the root of the project. */
export const DOCUMENT = "docs/control.md";

/** Returns the document with new lists in place of the old lists. */
export function controlText(): string {
	const text = readFileSync(`${import.meta.dir}/../${DOCUMENT}`, "utf8");
	const old = { path: DOCUMENT, script: "scripts/gen-control.ts", text };
	const messages = replacePart(old, MESSAGES, messageLines(readRows(MESSAGES)));
	return replacePart(messages, OPERATIONS, operationLines(readRows(OPERATIONS))).text;
}

/**
 * Returns a line for each message that a client sends or receives. The type of a message is its row
 * number.
 */
function messageLines(rows: readonly Row[]): string[] {
	const lines = rows.flatMap((row, index) => {
		const [route = "", ...rest] = row.rest;
		if (!route.includes("client")) return [];
		const sender = route.includes("client > monitor") ? "client" : "monitor";
		const descriptors = rest.at(-2);
		const cells = [index + 1, `\`${row.first}\``, sender, bodyOf(row), descriptors, rest.at(-1)];
		return [`| ${cells.join(" | ")} |`];
	});
	return [
		"| type | message | from | body | descriptors, at most | says |",
		"|---|---|---|---|---|---|",
		...lines,
	];
}

function bodyOf({ macro, first, rest }: Row): string {
	switch (macro) {
		case "EMPTY":
			return "none";
		case "BODY":
			return `\`${rest[1]}\``;
		case "BYTES":
			return `0 to ${rest[1]} bytes`;
		default:
			throw new Error(`${MESSAGES}: ${first}: no such row`);
	}
}

function operationLines(rows: readonly Row[]): string[] {
	return rows
		.filter(({ macro }) => macro === "EXEC_OP")
		.map(({ first, rest }) => `* \`${first}\`: ${rest.at(-1)}`);
}

if (import.meta.main) await Bun.write(`${import.meta.dir}/../${DOCUMENT}`, controlText());
