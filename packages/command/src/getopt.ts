// SPDX-License-Identifier: BSD-2-Clause
// Parses options as getopt_long(3) does. Parsing stops at the first operand, as with "+" in
// getopt_long(3), so that `pflask ls -l` works. A caller may permit options after operands.
import { suggest } from "@pflask/runtime/internal";
import { UsageError } from "./usage.ts";

/** The reason of the error for an unknown option. */
export const UNKNOWN = "unknown option";

/** The description of an option for the parser. */
export interface Option {
	readonly short?: string;
	/** "optional": a value must be attached to the option: "--netif=VALUE", "-nVALUE". */
	readonly argument: "none" | "required" | "optional";
	/** The name of the value in help texts. */
	readonly value?: string;
	/** The text of --help. Default: --help does not show the option. */
	readonly help?: string;
	/** The commands or actions that the option applies to. Default: all. */
	readonly of?: readonly string[];
	/** The kind of values that a shell offers, or a list of words. Default: nothing is offered. */
	readonly completes?: Completes;
}

/** The values that a shell can offer: scripts/completion-values.ts has a script for each kind. */
export type Completes =
	| readonly string[]
	| "capabilities"
	| "changes"
	| "containers"
	| "containers-and-ends"
	| "controllers"
	| "directories"
	| "ends"
	| "files"
	| "filters"
	| "interfaces"
	| "limits"
	| "mounts"
	| "rlimits"
	| "signals"
	| "user-maps"
	| "users"
	| "users-and-groups";

/**
 * The values that a shell offers for an operand. The key is the previous operand. The key "" stands
 * for no previous operand. The key "*" stands for any previous operand that has no key.
 */
export type Operands = Readonly<Record<string, Completes>>;

/** Options by their long names. */
export type Grammar<N extends string> = Readonly<Record<N, Option>>;

/** One occurrence of an option; its value is undefined if the option has no value. */
export type Occurrence<N extends string> = readonly [name: N, value: string | undefined];

/** A parsed argument vector, up to the first mistake. */
export interface Parsed<N extends string> {
	readonly options: readonly Occurrence<N>[];
	readonly operands: readonly string[];
	readonly error: UsageError | undefined;
}

/**
 * Looks at an operand, the options before the operand, and the words after the operand. Returns
 * whether options may follow. May throw a UsageError.
 */
export type AtOperand<N extends string> = (
	operand: string,
	options: readonly Occurrence<N>[],
	rest: readonly string[],
) => boolean;

/** Parses an argument vector, without the program's name. Calls `atOperand` at each operand. */
export function getopt<N extends string>(
	grammar: Grammar<N>,
	argv: readonly string[],
	atOperand: AtOperand<N> = () => false,
): Parsed<N> {
	const options: Occurrence<N>[] = [];
	const operands: string[] = [];
	const rest = [...argv];
	try {
		for (let word = rest.shift(); word !== undefined && word !== "--"; word = rest.shift()) {
			if (word.startsWith("--")) options.push(parseLong(grammar, word, rest));
			else if (word.startsWith("-") && word !== "-") parseCluster(grammar, word, rest, options);
			else operands.push(word, ...(atOperand(word, options, rest) ? [] : rest.splice(0)));
		}
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		return { options, operands: [], error };
	}
	return { options, operands: [...operands, ...rest], error: undefined };
}

function parseLong<N extends string>(
	grammar: Grammar<N>,
	word: string,
	rest: string[],
): Occurrence<N> {
	const equals = word.indexOf("=");
	const name = findLong(grammar, equals < 0 ? word : word.slice(0, equals));
	const attached = equals < 0 ? undefined : word.slice(equals + 1);
	if (attached === undefined) return [name, following(grammar[name], `--${name}`, rest)];
	if (grammar[name].argument !== "none") return [name, attached];
	throw new UsageError(`--${name}`, "does not take a value", `--${name}`);
}

/** Returns the option with this name, or the only option whose name begins with the word. */
function findLong<N extends string>(grammar: Grammar<N>, word: string): N {
	const typed = word.slice(2);
	const names: N[] = [];
	for (const name of namesOf(grammar)) {
		if (name === typed) return name;
		if (name.startsWith(typed)) names.push(name);
	}
	const [first, ...others] = names;
	if (first === undefined) throw new UsageError(word, UNKNOWN, suggestion(grammar, word));
	if (others.length === 0) return first;
	throw new UsageError(word, `ambiguous option: ${names.map((name) => `--${name}`).join(", ")}`);
}

function suggestion(grammar: Grammar<string>, word: string): string | undefined {
	const name = suggest(word.slice("--".length), namesOf(grammar));
	return name === undefined ? undefined : `--${name}`;
}

function parseCluster<N extends string>(
	grammar: Grammar<N>,
	word: string,
	rest: string[],
	options: Occurrence<N>[],
): void {
	for (let at = 1; at < word.length; at++) {
		const letter = String.fromCodePoint(word.codePointAt(at) ?? 0);
		const name = namesOf(grammar).find((name) => grammar[name].short === letter);
		if (name === undefined) throw new UsageError(`-${letter}`, UNKNOWN);
		const attached = word.slice(at + 1);
		if (grammar[name].argument !== "none" && attached !== "") {
			options.push([name, attached]);
			return;
		}
		options.push([name, following(grammar[name], `-${letter}`, rest)]);
	}
}

/** Takes the next word as the value of an option that requires a value, even the word "--". */
function following(option: Option, typed: string, rest: string[]): string | undefined {
	if (option.argument !== "required") return undefined;
	const value = rest.shift();
	if (value !== undefined) return value;
	const separator = typed.startsWith("--") ? "=" : " ";
	const hint = `${typed}${separator}${option.value}`;
	throw new UsageError(typed, "requires a value", hint);
}

function namesOf<N extends string>(grammar: Grammar<N>): N[] {
	return Object.keys(grammar) as N[];
}
