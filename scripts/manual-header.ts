// SPDX-License-Identifier: BSD-2-Clause
// Makes the parts of libpflask(3) that come from pflask.h: functions, types and their comments.
import { functionsOf, typesOf } from "./header.ts";
import { literal, prose, quote } from "./mdoc.ts";

/** Returns the prototypes. */
export function synopsis(header: string): string {
	const handles = header.match(/^typedef struct .*;$/gm) ?? [];
	const prototypes = functionsOf(header).map(({ type, name, parameters }) => {
		const words = parameters.length > 0 ? parameters : ["void"];
		return `.Ft "${type}"\n.Fn ${name} ${words.map((word) => `"${word}"`).join(" ")}`;
	});
	return [...handles.map((handle) => `.Vt ${quote(handle)}`), ...prototypes].join("\n");
}

/** Returns the declarations of structures and enumerations. */
export function types(header: string): string {
	return typesOf(header)
		.map(({ text }) => literal(text))
		.join("\n");
}

/** Returns the comment of each function. */
export function functions(header: string): string {
	return functionsOf(header)
		.map(({ comment, name }) => `.It Fn ${name}\n${prose(plain(comment))}`)
		.join("\n");
}

/** Removes the asterisks of a comment. */
function plain(comment: string): string {
	return comment.replace(/^ \* ?/gm, "").trim();
}
