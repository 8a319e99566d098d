// SPDX-License-Identifier: BSD-2-Clause

/**
 * Returns the byte of a control character that is written as stty(1) does, "^@" to "^_" (letters
 * also small) or "^?", and null for "none". Returns undefined where the text is neither.
 */
export function keyOf(text: string): number | null | undefined {
	if (text === "none") return null;
	if (text === "^?") return 0x7f;
	return /^\^[@-_a-z]$/.test(text) ? text.charCodeAt(1) & 0x1f : undefined;
}
