// SPDX-License-Identifier: BSD-2-Clause
// Makes values from the texts of options. Defines each kind of value except plain text.
import { keyOf, UsageError } from "@pflask/command";
import { parseSignal, STATS_JSON } from "@pflask/runtime/internal";
import { parseDuration } from "./duration.ts";
import { type Name, OPTIONS } from "./options.ts";
import { parseSize } from "./size.ts";

/** Converts a text to a value, and describes the error if the text is not of this kind. */
interface Conversion<T> {
	/** Returns the value, or undefined if the text is not of this kind. */
	readonly read: (text: string) => T | undefined;
	/** The reason in the error message. */
	readonly why: string;
	/** An example of a text of this kind, for the hint. */
	readonly example: string;
}

/** The kinds. Each value is made from one text. */
interface Kinds {
	readonly signal: Conversion<number>;
	readonly duration: Conversion<number>;
	readonly size: Conversion<number>;
	readonly descriptor: Conversion<number>;
	readonly key: Conversion<number | null>;
	readonly escape: Conversion<number>;
	readonly format: Conversion<number>;
}

const KINDS: Kinds = {
	signal: { read: parseSignal, why: "no such signal", example: "TERM" },
	duration: { read: parseDuration, why: "not a duration", example: "10s" },
	size: { read: parseSize, why: "not a size", example: "256K" },
	descriptor: { read: parseDescriptor, why: "not a file descriptor", example: "3" },
	key: { read: keyOf, why: "not a control character or none", example: "^X" },
	escape: { read: parseEscape, why: "not a control character or none", example: "^X" },
	format: { read: parseFormat, why: "not json", example: "json" },
};

/**
 * A kind of value. The value of the kind "variables" is made from the texts of all occurrences. A
 * value of the kind "filter" is a word, or the name of a file that main.ts compiles.
 */
export type Kind = keyof Kinds | "variables" | "filter";

/** The name of an option with a value of such a kind. */
export type Typed = {
	[N in Name]: (typeof OPTIONS)[N] extends { readonly kind: keyof Kinds } ? N : never;
}[Name];

type Value<N extends Typed> =
	Kinds[(typeof OPTIONS)[N]["kind"]] extends Conversion<infer T> ? T : never;

/**
 * Makes the value of an option from its text. Throws a UsageError if the text is not of the
 * option's kind.
 */
export function readValue<N extends Typed>(name: N, text: string): Value<N> {
	const { read, why, example } = KINDS[OPTIONS[name].kind] as Conversion<Value<N>>;
	const value = read(text);
	if (value !== undefined) return value;
	throw new UsageError(`--${name}`, `'${text}': ${why}`, `--${name}=${example}`);
}

/** Returns the byte of a control character, or the number that means "no key" in a spec. */
function parseEscape(text: string): number | undefined {
	const key = keyOf(text);
	return key === null ? 128 : key;
}

/** Returns the flag of reportExit() for a format. */
function parseFormat(text: string): number | undefined {
	return text === "json" ? STATS_JSON : undefined;
}

/** Returns the number of a descriptor, which need not be open. */
function parseDescriptor(text: string): number | undefined {
	return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
