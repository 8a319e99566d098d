// SPDX-License-Identifier: BSD-2-Clause
// What libpflask(3) takes from pflask.h: its functions and types, with what is said of them there.
import { functionsOf, typesOf } from "./header.ts";
import { literal, prose, quote } from "./mdoc.ts";

/** The prototypes. */
export function synopsis(header: string): string {
	const handles = header.match(/^typedef struct .*;$/gm) ?? [];
	const prototypes = functionsOf(header).map(({ type, name, parameters }) => {
		const words = parameters.length > 0 ? parameters : ["void"];
		return `.Ft "${type}"\n.Fn ${name} ${words.map((word) => `"${word}"`).join(" ")}`;
	});
	return [...handles.map((handle) => `.Vt ${quote(handle)}`), ...prototypes].join("\n");
}

/** The structures and enumerations, as they stand there. */
export function types(header: string): string {
	return typesOf(header)
		.map(({ text }) => literal(text))
		.join("\n");
}

/** What each function does. */
export function functions(header: string): string {
	return functionsOf(header)
		.map(({ comment, name }) => `.It Fn ${name}\n${prose(plain(comment))}`)
		.join("\n");
}

/** Takes the asterisks from a comment. */
function plain(comment: string): string {
	return comment.replace(/^ \* ?/gm, "").trim();
}
