// SPDX-License-Identifier: BSD-2-Clause
// What libpflask(3) takes from pflask.h: its functions and types, with what is said of them there.
import { literal, prose, quote } from "./mdoc.ts";

const FUNCTION = /\/\*\*((?:(?!\*\/)[^])*)\*\/\n((?:const )?\w+ \*?)(pflask_\w+)\(([^;]*)\);/g;
const TYPE = /^(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?(?:struct|enum) pflask_\w+ \{\n[^]*?\n\};/gm;

/** The prototypes. */
export function synopsis(header: string): string {
	const handles = header.match(/^typedef struct .*;$/gm) ?? [];
	const prototypes = [...header.matchAll(FUNCTION)].map(([, , type, name, parameters]) => {
		const words = (parameters ?? "").split(/,\s*/).map((parameter) => `"${parameter}"`);
		return `.Ft "${type?.trim()}"\n.Fn ${name} ${words.join(" ")}`;
	});
	return [...handles.map((handle) => `.Vt ${quote(handle)}`), ...prototypes].join("\n");
}

/** The structures and enumerations, as they stand there. */
export function types(header: string): string {
	return [...header.matchAll(TYPE)].map(([text]) => literal(text)).join("\n");
}

/** What each function does. */
export function functions(header: string): string {
	return [...header.matchAll(FUNCTION)]
		.map(([, comment, , name]) => `.It Fn ${name}\n${prose(plain(comment ?? ""))}`)
		.join("\n");
}

/** Takes the asterisks from a comment. */
function plain(comment: string): string {
	return comment.replace(/^ \* ?/gm, "").trim();
}
