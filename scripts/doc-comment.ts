// SPDX-License-Identifier: BSD-2-Clause
// Makes comments of generated files.

/** The greatest width of a line. */
export const COLUMNS = 100;

/** Returns a doc comment, on one line if it fits. */
export function docComment(text: string): string {
	if (text.length + 9 <= COLUMNS) return `\t/** ${text} */\n`;
	const lines = wrap(text, COLUMNS - 5).map((line) => `\t * ${line}\n`);
	return `\t/**\n${lines.join("")}\t */\n`;
}

/** Breaks a text into lines between words. */
export function wrap(text: string, columns: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line !== "" && line.length + 1 + word.length > columns) {
			lines.push(line);
			line = word;
		} else line = line === "" ? word : `${line} ${word}`;
	}
	return [...lines, line];
}
