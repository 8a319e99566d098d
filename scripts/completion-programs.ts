// SPDX-License-Identifier: BSD-2-Clause
// The programs that have shell completions: their options and operands, from their own tables.
import * as attach from "../packages/attach/src/options.ts";
import { ACTIONS, OPTIONS, type Option } from "../packages/cli/src/options.ts";
import type { Completes, Operands, Option as Syntax } from "../packages/command/src/getopt.ts";
import * as userns from "../packages/userns/src/options.ts";
import { valuesScript } from "./completion-values.ts";

/** An option that --help shows. */
export interface CompletedOption extends Omit<Syntax, "of"> {
	readonly name: string;
	/** The ways to type the option. */
	readonly spellings: readonly string[];
	readonly help: string;
	readonly multiple: boolean;
	/** The actions or commands that have the option. Undefined if all have the option. */
	readonly of: readonly string[] | undefined;
	/** The operands, if the option is an action of a program that otherwise runs a command. */
	readonly operands: Operands | undefined;
}

/** A program. */
export interface Program {
	readonly name: string;
	readonly options: readonly CompletedOption[];
	/**
	 * The operands. "command": the first operand is a command, and the other operands are its
	 * arguments.
	 */
	readonly operands: Operands | "command";
}

/** The programs. */
export const PROGRAMS: readonly Program[] = [
	{ name: "pflask", options: optionsOf(OPTIONS, ["run"]), operands: "command" },
	{ name: "pflask-attach", options: optionsOf(attach.GRAMMAR), operands: attach.OPERANDS },
	{ name: "pflask-userns", options: optionsOf(userns.GRAMMAR), operands: userns.OPERANDS },
];

/**
 * Returns the options that --help shows. An option that names no action gets the actions in `of`.
 */
function optionsOf(
	table: Readonly<Record<string, Syntax | Option>>,
	of?: readonly string[],
): readonly CompletedOption[] {
	return Object.entries(table).flatMap(([name, option]) => {
		const { help, short, completes } = option;
		if (help === undefined) return [];
		const words = "words" in option && option.words ? Object.keys(option.words) : undefined;
		const offers = completes ?? words;
		return {
			...option,
			...(offers === undefined ? {} : { completes: offers }),
			name,
			help,
			spellings: [...(short === undefined ? [] : [`-${short}`]), `--${name}`],
			multiple: "multiple" in option && option.multiple === true,
			of: option.of ?? of,
			operands: operandsAfter(name, option),
		};
	});
}

/** Returns the operands after an action. The operands after `exec` are a command. */
function operandsAfter(name: string, option: Syntax | Option): Operands | undefined {
	if (name === "exec" || !isAction(name)) return undefined;
	const each = "operands" in option ? option.operands : undefined;
	return each === undefined ? {} : { "*": each };
}

/** Returns a script for sh(1). The script lists all values and operands of a program. */
export function scriptOf({ options, operands }: Program): string {
	const lists = operands === "command" ? [] : Object.values(operands);
	const values = options.flatMap(({ completes, operands: after = {} }) => [
		...(completes === undefined ? [] : [completes]),
		...Object.values(after),
	]);
	return valuesScript([...lists, ...values]);
}

/**
 * Returns pairs: a shell pattern for "STATE:OPERAND", and the kind of the next operand. STATE is
 * the name of the action, or "own" for operands of the program itself. OPERAND is the previous
 * operand.
 */
export function operandCases({ options, operands }: Program): (readonly [string, Completes])[] {
	const states = options.flatMap(({ name, operands: after }) =>
		after === undefined ? [] : [[name, after] as const],
	);
	if (operands !== "command") states.push(["own", operands]);
	return states.flatMap(([state, table]) =>
		Object.entries(table).map(([before, completes]): readonly [string, Completes] => [
			`${state}:${before}`,
			completes,
		]),
	);
}

/** Returns the actions or commands that have options of their own, each with all of its options. */
export function contexts({ options }: Program): (readonly [string, readonly CompletedOption[]])[] {
	const names = new Set(options.flatMap(({ of = [] }) => of));
	names.delete("run");
	return [...names].map((name) => [
		name,
		options.filter(({ of }) => of === undefined || of.includes(name)),
	]);
}

/** Returns a regular expression for an option that takes the next word as its value. */
export function takesNextWord({ options }: Program): string {
	const long = options.filter(({ argument }) => argument === "required").map(({ name }) => name);
	const [none, required] = [letters(options, "none"), letters(options, "required")];
	const short = required === "" ? [] : [`-[${none}]*[${required}]`];
	return `^(${[...long.map((name) => `--${name}`), ...short].join("|")})$`;
}

/** Returns the letters of the options with these kinds of arguments. */
export function letters(
	options: readonly CompletedOption[],
	...kinds: readonly Syntax["argument"][]
): string {
	return options
		.filter(({ argument }) => kinds.includes(argument))
		.map(({ short = "" }) => short)
		.join("");
}

/** An action, and the shell patterns for its word on a command line: "--kill", "--kill=*". */
export interface TypedAction {
	readonly name: string;
	readonly patterns: readonly string[];
	/** Whether the operands of the action are a command. */
	readonly runs: boolean;
}

/** Returns the actions of a program. */
export function actionsOf({ options }: Program): TypedAction[] {
	return options
		.filter(({ name }) => isAction(name))
		.map(({ name, short, argument, operands }) => {
			const value = argument === "none" ? [] : [`--${name}=*`];
			const letter = short === undefined ? [] : [`-${short}*`];
			return { name, patterns: [`--${name}`, ...value, ...letter], runs: operands === undefined };
		});
}

function isAction(name: string): boolean {
	return ACTIONS.some((action) => action === name);
}

/** Returns the prefix of the names of a program's functions. */
export function prefixOf({ name }: Program): string {
	return `_${name.replaceAll("-", "_")}`;
}
