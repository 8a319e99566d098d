// SPDX-License-Identifier: BSD-2-Clause
// Makes JSON that a user may read in a terminal.

/** The invisible characters that JSON allows in a string. A terminal may act on them. */
const UNSEEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Returns a value as JSON, in which each invisible character of a string is escaped. */
export function jsonText(value: unknown, indent = ""): string {
	return JSON.stringify(value, null, indent).replace(UNSEEN, (character) => {
		const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16));
		return units.map((unit) => `\\u${unit.padStart(4, "0")}`).join("");
	});
}
