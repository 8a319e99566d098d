// SPDX-License-Identifier: BSD-2-Clause
import { getopt, type Occurrence, UsageError } from "@pflask/command";
import { ACTIONS, type Name, OPTIONS, type Values } from "./options.ts";

/** The parsed command line, up to the first mistake. */
export interface CommandLine {
	readonly values: Values;
	readonly operands: readonly string[];
	readonly error: UsageError | undefined;
}

/** Parses the command line, without the program's name. */
export function parse(argv: readonly string[]): CommandLine {
	const { options, operands, error } = getopt(OPTIONS, argv, atOperand);
	return { values: fold(options), operands, error };
}

/**
 * Tells whether options may follow an operand. Options may follow if an option before the operand
 * is an action on names of containers. Any other operand may begin a command, which has its own
 * options.
 */
function atOperand(
	operand: string,
	options: readonly Occurrence<Name>[],
	rest: readonly string[],
): boolean {
	if (options.some(([name]) => takesNames(name))) return true;
	refuseLooseValue(operand, options.at(-1), rest);
	return false;
}

/** Tells whether an option is an action whose operands are names of containers. */
function takesNames(name: Name): boolean {
	return name !== "exec" && ACTIONS.some((action) => action === name);
}

/**
 * Refuses an operand that the user probably meant as the value of the option before the operand, as
 * in "--netif pasta -- ip link". Such an option can have a value but has none, and "--" follows the
 * operand.
 */
function refuseLooseValue(
	operand: string,
	before: Occurrence<Name> | undefined,
	rest: readonly string[],
): void {
	if (before === undefined || !rest.includes("--")) return;
	const [name, value] = before;
	if (value !== undefined || OPTIONS[name].argument !== "optional") return;
	const why = `'${operand}' is either a value, which needs '=', or the command`;
	// Other programs have "--net none" for the network namespace that --netif alone makes.
	const given = operand === "none" ? `--${name}` : `--${name}=${operand}`;
	throw new UsageError(`--${name}`, why, `${given}, or --${name} -- ${operand}`);
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
