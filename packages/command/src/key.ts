// SPDX-License-Identifier: BSD-2-Clause

/**
 * Returns the byte of a control character. The text is "^@" to "^_" (letters in either case) or
 * "^?", as in stty(1). Returns null for "none", and undefined for any other text.
 */
export function keyOf(text: string): number | null | undefined {
	if (text === "none") return null;
	if (text === "^?") return 0x7f;
	return /^\^[@-_a-z]$/.test(text) ? text.charCodeAt(1) & 0x1f : undefined;
}
