// SPDX-License-Identifier: BSD-2-Clause
// Finds the words of the command line for a name in a text of libpflask.
import type { Wording } from "@pflask/command";
import type { Origins } from "./spec.ts";
import { allWords, typedWords } from "./words.ts";

/**
 * Returns a function that puts the words of the command line in place of names; `origins` has the
 * options that were typed.
 */
export function wordingOf(origins: Origins): Wording {
	const lines = `${typedWords(origins)}${allWords()}`.split("\n").map((line) => line.split("\t"));
	const wordsOf = (key: string) => lines.find(([first]) => first === key)?.[1];
	return (name, value) => {
		if (value === undefined) return wordsOf(name);
		return wordsOf(`${name}=${value}`) ?? wordsOf(`${name}=*`)?.replace("*", () => value);
	};
}
