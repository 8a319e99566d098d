// SPDX-License-Identifier: BSD-2-Clause
// Reads the functions, structures and enumerations in pflask.h and its included headers.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

export const HEADER = "core-c/include/pflask.h";

/** The header of libpflask-trial, which includes only a header that pflask.h includes, too. */
const TRIAL_HEADER = "core-c/include/pflask/trial.h";

/**
 * The header of private functions for pflask's command line. These functions are not a part of the
 * ABI.
 */
export const PRIVATE_HEADER = "core-c/src/explain/command_line.h";

const FUNCTION = /\/\*\*((?:(?!\*\/)[^])*)\*\/\n((?:const )?\w+ \*?)(pflask_\w+)\(([^;]*)\);/g;
const TYPE = /^(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?(struct|enum) pflask_(\w+) \{\n([^]*?)\n\};/gm;
const MEMBER = /^\t((?:const )?\w+ \*?)(\w+)(?:\[(\d+)\])?;/gm;

export interface HeaderFunction {
	readonly name: string;
	/** The comment before the function, with its asterisks. */
	readonly comment: string;
	/** The type, for example "const char *". */
	readonly type: string;
	/** The parameters, for example "const char *which". */
	readonly parameters: readonly string[];
}

export interface HeaderType {
	readonly kind: "struct" | "enum";
	/** The name without pflask_. */
	readonly name: string;
	/** The declaration and the comment before it. */
	readonly text: string;
	/** The members of a structure, or the values of an enumeration. */
	readonly members: readonly HeaderMember[];
}

export interface HeaderMember {
	readonly name: string;
	/** The type, for example "char[20]"; "" in an enumeration. */
	readonly type: string;
}

/** Returns the text of pflask.h and of its included headers, in this order. */
export function readHeader(): string {
	return readHeaders().join("");
}

/** Returns the texts of pflask.h and of its included headers, in this order. */
export function readHeaders(): string[] {
	const path = `${import.meta.dir}/../${HEADER}`;
	const text = readFileSync(path, "utf8");
	const included = [...text.matchAll(/^#include "(.*)"$/gm)].map(([, name = ""]) =>
		readFileSync(`${dirname(path)}/${name}`, "utf8"),
	);
	return [text, ...included];
}

/** Returns the text of the header of libpflask-trial. */
export function readTrialHeader(): string {
	return readFileSync(`${import.meta.dir}/../${TRIAL_HEADER}`, "utf8");
}

/**
 * Returns the comments of a header that explain more than one function. The texts still have the
 * asterisks of the comments.
 */
export function introductionOf(header: string): string {
	const [, declarations = ""] = header.split('extern "C" {');
	const comments = declarations.matchAll(/^\/\*(?!\*)((?:(?!\*\/)[^])*)\*\/$/gm);
	return [...comments]
		.map(([, text = ""]) => text)
		.filter((text) => !text.includes("Made by"))
		.join("\n\n");
}

/** Returns the text of the header of the private functions. */
export function readPrivateHeader(): string {
	return readFileSync(`${import.meta.dir}/../${PRIVATE_HEADER}`, "utf8");
}

export function functionsOf(header: string): HeaderFunction[] {
	return [...header.matchAll(FUNCTION)].map(
		([, comment = "", type = "", name = "", parameters = ""]) => ({
			name,
			comment,
			type: type.trim(),
			parameters: parameters === "void" ? [] : parameters.split(/,\s*/),
		}),
	);
}

export function typesOf(header: string): HeaderType[] {
	return [...header.matchAll(TYPE)].map(([text, kind, name = "", body = ""]) => {
		const code = body.replace(/\/\*[^]*?\*\//g, "");
		return kind === "struct"
			? { kind, name, text, members: membersOf(code) }
			: { kind: "enum", name, text, members: valuesOf(code) };
	});
}

function membersOf(body: string): HeaderMember[] {
	const members = [...body.matchAll(MEMBER)].map(([, type = "", name = "", count]) => ({
		name,
		type: count === undefined ? type.trim() : `${type.trim()}[${count}]`,
	}));
	if (members.length !== body.split(";").length - 1) throw new Error(`${HEADER}: ${body}`);
	return members;
}

function valuesOf(body: string): HeaderMember[] {
	return [...body.matchAll(/PFLASK_\w+/g)].map(([name]) => ({ name, type: "" }));
}
