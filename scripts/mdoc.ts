// SPDX-License-Identifier: BSD-2-Clause
// Converts plain text to mdoc(7).

/** Escapes a text so that mdoc finds no request in it. */
export function quote(text: string): string {
	return text
		.replaceAll("\\", "\\e")
		.replace(/^(?=[.'])/gm, "\\&")
		.replaceAll("-", "\\-");
}

/** Makes a sentence of a text: capital letter and full stop. */
export function sentence(text: string): string {
	return `${quote(text.charAt(0).toUpperCase() + text.slice(1))}.`;
}

/** Returns prose in paragraphs, one sentence per line, as mdoc requires. */
export function prose(text: string): string {
	return text
		.split(/\n\s*\n/)
		.map((paragraph) => (paragraph.startsWith("\t") ? literal(paragraph) : sentences(paragraph)))
		.join("\n.Pp\n")
		.replaceAll("\n.Pp\n.Bd", "\n.Bd");
}

/** Returns lines in a literal display. */
export function literal(text: string): string {
	return [".Bd -literal", quote(text), ".Ed"].join("\n");
}

function sentences(text: string): string {
	return quote(text.replace(/\s*\n\s*/g, " ").replace(/(?<=[.?!]\)?) (?=\S)/g, "\n"));
}
