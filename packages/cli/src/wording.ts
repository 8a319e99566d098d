// SPDX-License-Identifier: BSD-2-Clause
// Finds the option for a field that libpflask names in a text. The table of options is the only
// source: an option stands for the fields that its rule sets.
import type { Wording } from "@pflask/command";
import type { Spec } from "@pflask/runtime";
import { ACTIONS, type Name, OPTIONS, type Option } from "./options.ts";
import { type Origins, RULES } from "./spec.ts";

/**
 * Returns a function that puts the words of the command line in place of names; `origins` has the
 * options that were typed.
 */
export function wordingOf(origins: Origins): Wording {
	return (name, value) => {
		if (name === "program") return "pflask";
		if (isAction(name)) return `pflask --${name}${value === undefined ? "" : `=${value}`}`;
		return value === undefined ? optionOf(name, origins) : assignmentOf(name, value);
	};
}

function isAction(name: string): boolean {
	return ACTIONS.some((action) => action === name);
}

/** Returns an option that sets a field: the typed option, or else the first in the table. */
function optionOf(field: string, origins: Origins): string | undefined {
	const typed = origins.get(field);
	if (typed !== undefined) return `--${typed}`;
	const name = names().find((name) => {
		const { value = "" }: Option = OPTIONS[name];
		const example = value.replace(/\[.*/, "");
		return argumentsOf(name, example).some((argument) =>
			Object.hasOwn(made(name, argument), field),
		);
	});
	return name && `--${name}`;
}

/** Returns the option, with its argument, that gives a field a value. */
function assignmentOf(field: string, value: string): string | undefined {
	for (const name of names())
		for (const argument of argumentsOf(name, value))
			if (hasValue(made(name, argument)[field as keyof Spec], value))
				return argument === true ? `--${name}` : `--${name}=${argument}`;
	return undefined;
}

function names(): Name[] {
	return Object.keys(OPTIONS) as Name[];
}

/** Returns the arguments of an option that could produce a value. */
function argumentsOf(name: Name, value: string): readonly (string | true)[] {
	const { argument, words }: Option = OPTIONS[name];
	if (argument === "none") return [true];
	if (words !== undefined) return words;
	return argument === "optional" ? [true, value] : [value];
}

/**
 * Returns the fields that an option sets with an argument, or no fields if it refuses the argument.
 */
function made(name: Name, argument: string | true): Spec {
	const { multiple }: Option = OPTIONS[name];
	const rule = RULES[name] as (value: unknown) => Spec;
	try {
		return rule(multiple ? [argument] : argument);
	} catch {
		return {};
	}
}

/** Tells whether a field has a value. A list matches any value: its members are not compared. */
function hasValue(made: Spec[keyof Spec], value: string): boolean {
	if (typeof made === "boolean") return value === (made ? "yes" : "no");
	return typeof made === "object" || made === value;
}
