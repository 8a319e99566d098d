// SPDX-License-Identifier: BSD-2-Clause

/**
 * The maximum number of characters in a part of the message. libpflask cuts its own messages
 * (error.c).
 */
const LONGEST = 500;

/** A mistake on the command line: the message is "option: why". */
export class UsageError extends Error {
	override readonly name = "UsageError";
	/** The option as it was typed, or its long name. */
	readonly option: string;
	/** The reason. The message has the option before the reason. */
	readonly why: string;
	/** A correction that the user can type; undefined if only --help can help. */
	readonly hint: string | undefined;

	constructor(option: string, why: string, hint?: string) {
		super(`${shorten(option)}: ${shorten(why)}`);
		this.option = shorten(option);
		this.why = shorten(why);
		this.hint = hint === undefined ? undefined : shorten(hint);
	}
}

/**
 * Cuts the middle out of a text that is too long, because a part of the message may hold typed text
 * of any length.
 */
function shorten(text: string): string {
	const all = [...text];
	if (all.length <= LONGEST) return text;
	const half = LONGEST / 2;
	return `${all.slice(0, half).join("")}...${all.slice(-half).join("")}`;
}
