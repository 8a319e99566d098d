// SPDX-License-Identifier: BSD-2-Clause

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
		super(`${option}: ${why}`);
		this.option = option;
		this.why = why;
		this.hint = hint;
	}
}
