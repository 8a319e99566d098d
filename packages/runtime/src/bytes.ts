// SPDX-License-Identifier: BSD-2-Clause
// Converts between bytes and text. File names and arguments are bytes, but JavaScript's strings are
// text. A byte that is not part of valid UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, as in
// Python (PEP 383). Every name therefore reaches the kernel from the command line unchanged.

/** Matches one character in UTF-8 (RFC 3629, section 4), or else one invalid byte. */
const SEQUENCES = [
	"[\xc2-\xdf][\x80-\xbf]",
	"\xe0[\xa0-\xbf][\x80-\xbf]",
	"[\xe1-\xec\xee\xef][\x80-\xbf]{2}",
	"\xed[\x80-\x9f][\x80-\xbf]",
	"\xf0[\x90-\xbf][\x80-\xbf]{2}",
	"[\xf1-\xf3][\x80-\xbf]{3}",
	"\xf4[\x80-\x8f][\x80-\xbf]{2}",
	"[\x80-\xff]",
];

/** Compiled at the first use, because compiling the expression would slow down every start. */
let sequences: RegExp | undefined;

/** Returns the text that stands for the bytes. The bytes may have any values. */
export function fromBytes(bytes: Uint8Array): string {
	const latin1 = Buffer.from(bytes).toString("latin1");
	sequences ??= new RegExp(SEQUENCES.join("|"), "g");
	return latin1.replace(sequences, (sequence) =>
		sequence.length > 1
			? Buffer.from(sequence, "latin1").toString()
			: String.fromCharCode(0xdc00 + sequence.charCodeAt(0)),
	);
}

/**
 * Returns a text in the form that the FFI takes: the text itself, or its bytes if some bytes are
 * not UTF-8.
 */
export function cString(text: string): string | Uint8Array {
	return text.isWellFormed() ? text : toCString(text);
}

/** Returns the bytes that a text stands for, followed by a NUL. */
export function toCString(text: string): Uint8Array {
	const parts = Array.from(text, (character) => {
		const code = character.charCodeAt(0);
		const escaped = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
		return escaped ? Buffer.of(code & 0xff) : Buffer.from(character);
	});
	return Buffer.concat([...parts, Buffer.of(0)]);
}

/** Returns the bytes that a text stands for. */
export function bytesOf(text: string): Uint8Array {
	return toCString(text).subarray(0, -1);
}
