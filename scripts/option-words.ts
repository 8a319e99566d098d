// SPDX-License-Identifier: BSD-2-Clause
// Makes the words of the command line (packages/cli/src/words.ts) from the table of options. "make
// gen" makes the words in advance, because a program that reports an error may have no thread and
// little memory left.
import { SUBCOMMANDS } from "../packages/cli/src/foreign.ts";
import { CONTROLS, OPTIONS, type Option } from "../packages/cli/src/options.ts";
import type { Spec } from "../packages/runtime/src/spec.gen.ts";

/**
 * Returns the lines for the program, the actions, the fields that the options set, and the
 * subcommands of other programs.
 */
export function allWords(): string {
	const lines = new Map([["program", "pflask"]]);
	for (const action of CONTROLS) {
		lines.set(action, `pflask --${action}`);
		lines.set(`${action}=*`, `pflask --${action}=*`);
	}
	for (const [name, option] of Object.entries<Option>(OPTIONS))
		for (const [key, words] of linesOf(`--${name}`, option))
			if (!lines.has(key)) lines.set(key, words);
	for (const [word, words] of Object.entries(SUBCOMMANDS)) lines.set(`command=${word}`, words);
	return [...lines].map(([key, words]) => `${key}\t${words}\n`).join("");
}

/**
 * Returns the names that an option sets, with and without a value, and the words for each name.
 */
function linesOf(typed: string, option: Option): [string, string][] {
	const { sets = {}, bare = {}, words = {}, field, kind } = option;
	const lines = fixed({ ...sets, ...bare }, typed, typed);
	for (const [word, fields] of Object.entries(words))
		lines.push(...fixed(fields, typed, `${typed}=${word}`));
	if (field === undefined) return lines;
	lines.push([field, typed]);
	// Only a text is equal in the spec and in the option. A number may have one unit in the
	// spec and another unit in the option.
	if (kind === undefined || kind === "variables" || kind === "filter")
		lines.push([`${field}=*`, `${typed}=*`]);
	return lines;
}

/** Returns the lines for fields that have fixed values. */
function fixed(fields: Spec, option: string, assignment: string): [string, string][] {
	return Object.entries(fields).flatMap(([field, value]) => [
		[field, option],
		[`${field}=${typeof value === "boolean" ? (value ? "yes" : "no") : value}`, assignment],
	]);
}
