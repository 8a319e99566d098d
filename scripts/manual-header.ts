// SPDX-License-Identifier: BSD-2-Clause
// Makes the parts of libpflask(3) and libpflask-trial(3) that come from headers. Also makes a page
// for each function.
import {
	functionsOf,
	type HeaderFunction,
	type HeaderType,
	introductionOf,
	typesOf,
} from "./header.ts";
import { literal, prose, quote } from "./mdoc.ts";

/** Returns the handles and the prototypes. */
export function synopsis(header: string): string {
	const handles = header.match(/^typedef struct .*;$/gm) ?? [];
	const prototypes = functionsOf(header).map(prototype);
	return [...handles.map((handle) => `.Vt ${quote(handle)}`), ...prototypes].join("\n");
}

function prototype({ type, name, parameters }: HeaderFunction): string {
	const words = parameters.length > 0 ? parameters : ["void"];
	return `.Ft "${type}"\n.Fn ${name} ${words.map((word) => `"${word}"`).join(" ")}`;
}

/** Returns the declarations of structures and enumerations. */
export function types(header: string): string {
	return declarations(typesOf(header));
}

function declarations(some: readonly HeaderType[]): string {
	return some.map(({ text }) => literal(text)).join("\n");
}

/** Returns a list of the functions: the page and the summary of each function. */
export function functions(header: string): string {
	return functionsOf(header)
		.map((one) => `.It Xr ${one.name} 3\n${prose(`${firstSentence(one)}.`)}`)
		.join("\n");
}

/** The data that all pages of functions need. */
interface Common {
	/** The name of the library. The page with this name describes the whole library. */
	readonly library: string;
	/** The header that a program includes. */
	readonly include: string;
	/** The sections LIBRARY of all pages. */
	readonly place: string;
	/** The line with the date of the library's page. */
	readonly date: string;
	/** The headers: the text of each. */
	readonly headers: readonly string[];
}

/** Returns the page of each function, by name. The text comes from the comments in the headers. */
export function functionPages(common: Common): ReadonlyMap<string, string> {
	const pages = common.headers.flatMap((header) =>
		functionsOf(header).map((one) => [one.name, pageOf(one, header, common)] as const),
	);
	return new Map(pages);
}

function pageOf(one: HeaderFunction, header: string, common: Common): string {
	const { library, include, place, date, headers } = common;
	const text = plain(one.comment);
	const introduction = plain(introductionOf(header));
	// The library's page explains the error, because almost every function has this parameter.
	const parameters = one.parameters.filter((parameter) => !parameter.endsWith("*reterr"));
	const all = typesOf(headers.join(""));
	const named = typesIn(`${parameters.join()} ${text}`, all);
	const used = typesIn(`${parameters.join()} ${text} ${named.map((type) => type.text)}`, all);
	return `${[
		'.\\" SPDX-License-Identifier: BSD-2-Clause',
		'.\\" Made by scripts/manuals.ts from the headers.',
		date,
		`.Dt ${one.name.toUpperCase()} 3`,
		'.Os "pflask @VERSION@"',
		`.Sh NAME\n.Nm ${one.name}\n.Nd ${quote(summary(one))}`,
		place,
		`.Sh SYNOPSIS\n.In ${include}\n${prototype(one)}`,
		`.Sh DESCRIPTION\n${prose(text)}`,
		...(introduction === "" ? [] : [`.Ss All functions of this kind\n${prose(introduction)}`]),
		...(used.length === 0 ? [] : [`.Sh TYPES\n${declarations(used)}`]),
		`.Sh SEE ALSO\n${seeAlso(library, one.name, `${text} ${introduction}`)}`,
	].join("\n")}\n`;
}

/** Returns the types that a text names, and the enumerations whose values the text names. */
function typesIn(text: string, all: readonly HeaderType[]): HeaderType[] {
	return all.filter(({ kind, name, members }) => {
		const values = kind === "enum" ? members.map((value) => value.name) : [];
		const words = [`${kind}\\s+pflask_${name}`, ...values];
		return words.some((word) => text.match(`\\b${word}\\b`));
	});
}

/** Returns references to the library's page, and to the functions that a text names. */
function seeAlso(library: string, name: string, text: string): string {
	const named = [...text.matchAll(/\b(pflask_\w+)\(\)/g)].map(([, other = ""]) => other);
	const pages = [...new Set([library, ...named])].filter((other) => other !== name).sort();
	return pages.map((page) => `.Xr ${page} 3`).join(" ,\n");
}

/** Returns the first sentence of a comment, without the full stop. */
function firstSentence({ comment }: HeaderFunction): string {
	const line = plain(comment).replace(/\s*\n\s*/g, " ");
	return line.replace(/\.(?: .*)?$/, "");
}

/**
 * Returns the text for the section NAME of a page: without a capital letter, and without the part
 * after a colon.
 */
function summary(one: HeaderFunction): string {
	const text = firstSentence(one).replace(/[:;] .*/, "");
	return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Removes the asterisks of a comment. */
function plain(comment: string): string {
	return comment.replace(/^ \* ?/gm, "").trim();
}
