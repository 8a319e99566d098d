// SPDX-License-Identifier: BSD-2-Clause
// Makes a spec from the options, as the table of options describes.
import { UsageError } from "@pflask/command";
import type { Spec } from "@pflask/runtime/internal";
import { readValue, type Typed } from "./kinds.ts";
import { type Name, OPTIONS, type Option, type Values } from "./options.ts";
import { parseSetenv } from "./setenv.ts";

/** A spec, and the options that set its fields. */
export interface Wanted {
	readonly spec: Spec;
	readonly origins: Origins;
}

/** Maps each field to the option that set the field. Fields that no option set are missing. */
export type Origins = ReadonlyMap<string, Name>;

/**
 * The values of an option, one for each occurrence; `true` stands for an occurrence without a
 * value.
 */
type Given = readonly (string | true)[];

/** An option whose value is not plain text and becomes a field of the spec. */
type FieldTyped = Exclude<Typed, "detach-key" | "stats">;

/** Returns the spec for the options and operands. Throws a UsageError for a malformed value. */
export function specOf(values: Values, operands: readonly string[]): Wanted {
	const spec: Spec = operands.length === 0 ? {} : { command: operands };
	const origins = new Map<string, Name>();
	for (const name of Object.keys(values) as Name[]) {
		const value = values[name];
		if (value === undefined) continue;
		const given: Given = typeof value === "object" ? value : [value];
		if (given.includes("")) throw new UsageError(`--${name}`, "the value is empty", usageOf(name));
		add(spec, origins, name, fieldsOf(name, given));
	}
	return { spec, origins };
}

/** Returns the fields that an option sets. */
function fieldsOf(name: Name, given: Given): Spec {
	const { sets, unless, bare, words, field }: Option = OPTIONS[name];
	const fields = {};
	const texts: string[] = [];
	for (const value of given) {
		if (value !== unless) Object.assign(fields, sets);
		if (value === true) Object.assign(fields, bare);
		else if (words !== undefined) Object.assign(fields, ofWord(name, words, value));
		else texts.push(value);
	}
	if (field === undefined || texts.length === 0) return fields;
	return Object.assign(fields, { [field]: made(name, texts) });
}

/** Makes the value of an option's field from the texts of its occurrences. */
function made(name: Name, texts: readonly string[]): Spec[keyof Spec] {
	const { kind, multiple }: Option = OPTIONS[name];
	if (kind === "variables") return parseSetenv(texts);
	if (multiple) return texts;
	const [text = ""] = texts;
	return kind === undefined || kind === "filter" ? text : readValue(name as FieldTyped, text);
}

/** Returns the fields that an option sets if its value is `word`. */
function ofWord(name: Name, words: Readonly<Record<string, Spec>>, word: string): Spec {
	if (Object.hasOwn(words, word)) return words[word] ?? {};
	const { example }: Option = OPTIONS[name];
	const all = Object.keys(words);
	const last = all.pop();
	const why = `'${word}': not ${all.join(", ")} or ${last}`;
	throw new UsageError(`--${name}`, why, `--${name}=${example}`);
}

/** Adds fields to a spec. Throws a UsageError if two options set a field to different values. */
function add(spec: Spec, origins: Map<string, Name>, name: Name, fields: Spec): void {
	for (const [field, value] of Object.entries(fields)) {
		const origin = origins.get(field);
		const before = spec[field as keyof Spec];
		if (origin !== undefined && before !== value)
			throw new UsageError(`--${name}`, `contradicts --${origin}`, "leave one of them out");
		origins.set(field, name);
		Object.assign(spec, { [field]: value });
	}
}

function usageOf(name: Name): string {
	const { value }: Option = OPTIONS[name];
	return value === undefined ? `--${name}` : `--${name}=${value}`;
}
