// SPDX-License-Identifier: BSD-2-Clause
// Translates the names in texts of libpflask to words of the command line. The translation is one
// text of lines "NAME[=VALUE]<TAB>WORDS". The first line that fits a name counts. "*" as VALUE
// stands for any value, and "*" in WORDS stands for the value that was found.
import type { Origins } from "./spec.ts";

/**
 * Returns the lines for the options that the user typed. libpflask searches these lines before all
 * other lines.
 */
export function typedWords(origins: Origins): string {
	let lines = "";
	for (const [field, name] of origins) lines += `${field}\t--${name}\n`;
	return lines;
}
