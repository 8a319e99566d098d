// SPDX-License-Identifier: BSD-2-Clause
import { getopt, type Occurrence, type UsageError } from "@pflask/command";
import { type Name, OPTIONS, type Values } from "./options.ts";

/** The parsed command line, up to the first mistake. */
export interface CommandLine {
	readonly values: Values;
	readonly operands: readonly string[];
	readonly error: UsageError | undefined;
}

/** Parses the command line, without the program's name. */
export function parse(argv: readonly string[]): CommandLine {
	const { options, operands, error } = getopt(OPTIONS, argv, isKill);
	return { values: fold(options), operands, error };
}

/**
 * Tells whether options may follow operands. Only --kill allows options after its operand. Another
 * operand may begin a command, which has its own options.
 */
function isKill(options: readonly Occurrence<Name>[]): boolean {
	return options.some(([name]) => name === "kill");
}

function fold(options: readonly Occurrence<Name>[]): Values {
	const values: Partial<Record<Name, string | true | readonly (string | true)[]>> = {};
	for (const [name, value = true] of options) {
		const before = values[name];
		const list = Array.isArray(before) ? before : [];
		values[name] = "multiple" in OPTIONS[name] ? [...list, value] : value;
	}
	return values as Values;
}
