// SPDX-License-Identifier: BSD-2-Clause
// Writes the table of options for C, and the words of the command line for C and TypeScript, from
// the table of options in TypeScript:
//	scripts/bun scripts/gen-options.ts
// The table for C leaves out the options that only print a text (--help, for example), because the
// front has no such text. These options set no field, have no kind of value, and are not in
// ACTIONS.

import { ACTIONS, type Action, OPTIONS, type Option } from "../packages/cli/src/options.ts";
import type { Spec } from "../packages/runtime/src/spec.gen.ts";
import { allWords } from "./option-words.ts";

/** The generated files, below the root of the project. */
export const FRONT_TABLE = "core-c/front/options.gen.h";
export const CLI_WORDS = "packages/cli/src/words.gen.ts";

/** The actions that the front carries out. The other actions print a text. */
const FRONT_ACTIONS: readonly (Action | "run")[] = ["run", "attach", "exec", "kill", "wait"];

/** Returns the words for TypeScript. */
export function wordsText(): string {
	const lines = allWords().trimEnd().split("\n");
	return `// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-options.ts from packages/cli/src/options.ts; not to be edited.

/** The words of the command line (words.ts). */
export const WORDS: string =
	"" +
${lines.map((line) => `\t${JSON.stringify(`${line}\n`)}`).join(" +\n")};
`;
}

/** Returns the file with the table for C. */
export function optionsText(): string {
	const rows = Object.entries<Option>(OPTIONS).filter(isForFront);
	return `/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by scripts/gen-options.ts from packages/cli/src/options.ts; not to be edited. */
#ifndef PF_OPTIONS_GEN_H
#define PF_OPTIONS_GEN_H

/* clang-format off */

/* The options: struct pf_option. */
${macro("PF_FRONT_OPTIONS", rows.map(rowOf))}
#define PF_FRONT_OPTION_COUNT ${rows.length}

/* The room for one line of each option that the user may type. */
#define PF_FRONT_TYPED_MAX ${rows.reduce((size, row) => size + typedSize(row), 1)}

/* The words of the command line for the names in texts of libpflask (packages/cli/src/words.ts). */
${macro(
	"PF_FRONT_WORDS",
	allWords()
		.trimEnd()
		.split("\n")
		.map((line) => `"${line.replace("\t", "\\t")}\\n"`),
)}
#endif
`;
}

function macro(name: string, lines: readonly string[]): string {
	return `#define ${name} \\\n${lines.map((line) => `\t${line}`).join(" \\\n")}\n`;
}

function actionsOf({ of = ["run"] }: Option): readonly (Action | "run")[] {
	return FRONT_ACTIONS.filter((action) => of.includes(action));
}

function isForFront([name, option]: [string, Option]): boolean {
	const { sets, bare, words, field, kind } = option;
	const isAction = ACTIONS.some((action) => action === name);
	const says = [sets, bare, words, field, kind].some((part) => part !== undefined) || isAction;
	return says && actionsOf(option).length > 0;
}

/** Returns the row of an option: the members of struct pf_option that are not 0. */
function rowOf([name, option]: [string, Option]): string {
	const { short, argument, multiple, kind, words, field, unless } = option;
	const actions = actionsOf(option);
	const members = {
		name: quoted(name),
		letter: short && `'${short}'`,
		argument: `PF_ARGUMENT_${argument.toUpperCase()}`,
		is_multiple: multiple && "1",
		actions: actions.map((action) => `1 << PF_ACTION_${action.toUpperCase()}`).join(" | "),
		action: actions.some((action) => action === name) && `PF_ACTION_${name.toUpperCase()}`,
		kind: kind ? `PF_KIND_${kind.toUpperCase()}` : words && "PF_KIND_WORD",
		field: field && quoted(field),
		unless: unless && quoted(unless),
		settings: settingsOf(option),
	};
	const parts = Object.entries(members).flatMap(([member, value]) =>
		value ? [`.${member} = ${value}`] : [],
	);
	return `{${parts.join(", ")}},`;
}

/** Returns the rows of struct pf_setting. */
function settingsOf({ sets = {}, bare = {}, words = {} }: Option): string | undefined {
	const rows = [...settings("PF_ALWAYS", sets), ...settings("PF_BARE", bare)];
	for (const [word, fields] of Object.entries(words)) {
		const more = settings(quoted(word), fields);
		rows.push(...(more.length > 0 ? more : [`{${quoted(word)}, NULL, NULL}`]));
	}
	return rows.length > 0 ? `{${rows.join(", ")}}` : undefined;
}

function settings(when: string, fields: Spec): string[] {
	return Object.entries(fields).map(([field, value]) => {
		const text = typeof value === "boolean" ? (value ? "yes" : "no") : `${value}`;
		return `{${when}, ${quoted(field)}, ${quoted(text)}}`;
	});
}

/** Returns the total length of the lines "FIELD<TAB>--NAME" of an option. */
function typedSize([name, { sets, bare, words = {}, field }]: [string, Option]): number {
	const all = [sets, bare, ...Object.values(words)].flatMap((fields) => Object.keys(fields ?? {}));
	const fields = [...new Set([...all, ...(field === undefined ? [] : [field]), "which"])];
	return fields.reduce((size, field) => size + `${field}\t--${name}\n`.length, 0);
}

function quoted(text: string): string {
	return `"${text}"`;
}

if (import.meta.main) {
	const root = `${import.meta.dir}/..`;
	await Bun.write(`${root}/${FRONT_TABLE}`, optionsText());
	await Bun.write(`${root}/${CLI_WORDS}`, wordsText());
}
