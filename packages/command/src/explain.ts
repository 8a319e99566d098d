// SPDX-License-Identifier: BSD-2-Clause
// Makes the lines for an error, "PROGRAM: what: why" and a remedy, without libpflask. Some programs
// do not use libpflask, and loading the library can fail.
import { PflaskError, writeText } from "@pflask/runtime/internal";
import { UsageError } from "./usage.ts";

/** The exit status for an error of the command itself, or for a mistake on its command line. */
export const FAILED = 125;

/** The message of an error and its remedy, one line each. */
export interface Explanation {
	/** "what: why". */
	readonly message: string;
	/** A remedy that the user can type; null if no remedy is known. */
	readonly hint: string | null;
}

/** Explains an error of a program. An unexpected error is reported as internal. */
export function explain(error: unknown, program: string): Explanation {
	if (error instanceof PflaskError) return explanation(error.message, error.hint);
	if (error instanceof UsageError)
		return explanation(error.message, error.hint ?? `${program} --help`);
	const message = error instanceof Error ? error.message : String(error);
	return explanation(`internal error: ${message}`, "");
}

/**
 * Prints an error on stderr. If the C library cannot be loaded, uses Bun's own writer, because this
 * failure may be the error to print.
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

/** Control characters, and invisible characters that change the display of other characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Makes one line of a text: a name may hold any character, even a character that moves the cursor.
 */
export function oneLine(text: string): string {
	return text.replace(UNSEEN, (character) => {
		const code = character.codePointAt(0) ?? 0;
		const digits = code.toString(16);
		if (code >= 0xdc80 && code <= 0xdcff) return `\\x${digits.slice(2)}`; // a byte (PEP 383)
		if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
		return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
	});
}

function explanation(message: string, hint: string): Explanation {
	return { message: oneLine(message), hint: hint === "" ? null : oneLine(hint) };
}
