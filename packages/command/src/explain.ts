// SPDX-License-Identifier: BSD-2-Clause
// The words for an error: "PROGRAM: what: why", and a line with a remedy.
import { PflaskError, writeText } from "@pflask/runtime";
import { UsageError } from "./usage.ts";

/** The exit status of a command that failed itself, or that was used wrongly. */
export const FAILED = 125;

/** The message of an error and its remedy, one line each. */
export interface Explanation {
	/** "what: why". */
	readonly message: string;
	/** A remedy that the user can type; null if none is known. */
	readonly hint: string | null;
}

/**
 * Translates a name in braces in a text of libpflask (`struct pflask_error`) into the command's
 * words. The name is a field of a spec, with its value, or a function. Returns undefined if the
 * command has no word for the name.
 */
export type Wording = (name: string, value: string | undefined) => string | undefined;

/** Matches `{NAME}` or `{NAME=VALUE}` as a word. A text that was cut may lack the last "}". */
const NAMED = /(?<![^\s(])\{(\w+)(?:\}(?=[\s,;:)]|$)|=(.*?)(?:\}(?=[\s,;:)]|$)|$))/g;

/** Replaces the names in braces in a text of libpflask. */
export function worded(text: string, wording: Wording): string {
	return text.replace(
		NAMED,
		(whole, name: string, value: string | undefined) => wording(name, value) ?? whole,
	);
}

/**
 * Replaces the names in braces in a message. Only the reason after the last ": " is libpflask's own
 * text, so only the reason is changed.
 */
export function wordedReason(message: string, wording: Wording): string {
	const start = message.lastIndexOf(": ") + 1;
	return message.slice(0, start) + worded(message.slice(start), wording);
}

const NO_WORDS: Wording = () => undefined;

/** Explains an error of a program. An unexpected error is reported as internal. */
export function explain(error: unknown, program: string, wording: Wording = NO_WORDS): Explanation {
	if (error instanceof PflaskError)
		return explanation(wordedReason(error.message, wording), worded(error.hint, wording));
	if (error instanceof UsageError)
		return explanation(error.message, error.hint ?? `${program} --help`);
	const message = error instanceof Error ? error.message : String(error);
	return explanation(`internal error: ${message}`, "");
}

/**
 * Prints an error on stderr. If the C library cannot be loaded, which may be the error, Bun's own
 * writer is used.
 */
export function complain(program: string, explanation: Explanation): void {
	const lines = errorLines(program, explanation);
	try {
		writeText(2, lines);
	} catch {
		console.error(lines.trimEnd());
	}
}

/** Returns the lines for stderr. */
export function errorLines(program: string, { message, hint }: Explanation): string {
	return `${program}: ${message}\n${hint === null ? "" : `hint: ${hint}\n`}`;
}

/** Control characters, and invisible characters that change how others are shown. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Makes one line of a text: a name may hold any character, even one that moves the cursor. */
export function oneLine(text: string): string {
	return text.replace(UNSEEN, (character) => {
		const code = character.codePointAt(0) ?? 0;
		const digits = code.toString(16);
		if (code >= 0xdc80 && code <= 0xdcff) return `\\x${digits.slice(2)}`; // a byte: PEP 383
		if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
		return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
	});
}

function explanation(message: string, hint: string): Explanation {
	return { message: oneLine(message), hint: hint === "" ? null : oneLine(hint) };
}
