// SPDX-License-Identifier: BSD-2-Clause
// Plain text as mdoc(7).

/** Returns a text in which nothing is taken for a request. */
export function quote(text: string): string {
	return text
		.replaceAll("\\", "\\e")
		.replace(/^(?=[.'])/gm, "\\&")
		.replaceAll("-", "\\-");
}

/** Makes a sentence of a text without a full stop. */
export function sentence(text: string): string {
	return `${quote(text.charAt(0).toUpperCase() + text.slice(1))}.`;
}

/** Returns prose, in paragraphs: each sentence has a line of its own, as mdoc wants it. */
export function prose(text: string): string {
	return text
		.split(/\n\s*\n/)
		.map((paragraph) => (paragraph.startsWith("\t") ? literal(paragraph) : sentences(paragraph)))
		.join("\n.Pp\n")
		.replaceAll("\n.Pp\n.Bd", "\n.Bd");
}

/** Returns lines that are shown as they are. */
export function literal(text: string): string {
	return [".Bd -literal", quote(text), ".Ed"].join("\n");
}

function sentences(text: string): string {
	return quote(text.replace(/\s*\n\s*/g, " ").replace(/(?<=[.?!]\)?) (?=\S)/g, "\n"));
}
