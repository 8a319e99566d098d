// SPDX-License-Identifier: BSD-2-Clause
import { UsageError } from "@pflask/command";

const HINT = "--setenv=NAME=VALUE[,NAME=VALUE...] (a comma of a value is written \\,)";

/** Parses lists of variables, "NAME=VALUE[,...]". If a name occurs twice, the last value counts. */
export function parseSetenv(lists: readonly string[]): Readonly<Record<string, string>> {
	const variables: Record<string, string> = Object.create(null);
	for (const piece of lists.flatMap(split)) {
		const equals = piece.indexOf("=");
		if (equals < 0) throw new UsageError("--setenv", `'${piece}': has no "="`, HINT);
		if (equals === 0) throw new UsageError("--setenv", `'${piece}': has no name`, HINT);
		variables[piece.slice(0, equals)] = piece.slice(equals + 1);
	}
	return variables;
}

/** Splits at commas. A backslash before a comma keeps the comma and is removed. */
function split(list: string): string[] {
	return list.split(/(?<!\\),/).map((piece) => piece.replaceAll("\\,", ","));
}
