// SPDX-License-Identifier: BSD-2-Clause
// Reads a spec from a file (--spec), and adds the options to the spec. Only --spec loads this
// module.
import { oneLine, UsageError, wasClosed } from "@pflask/command";
import { contentsOf } from "@pflask/runtime/file";
import { checkSpec, errorText, PflaskError, type Spec } from "@pflask/runtime/internal";
import { EBADF } from "@pflask/runtime/numbers";
import { JsonFault, parseJson, placeIn } from "./json-text.ts";
import type { Wanted } from "./spec.ts";

/** The greatest size of a file, in bytes. */
const LARGEST = 1 << 20;

const STDIN = 0;
const HINT = "man pflask";

/** A spec, and the lines for the fields that the file set, in the form of words.ts. */
export interface Filed {
	readonly spec: Spec;
	readonly typed: string;
}

/** Returns the spec of a file with the options added. "-" is standard input. */
export function withSpecFile(file: string, { spec, origins }: Wanted): Filed {
	const name = file === "-" ? "standard input" : file;
	const ofFile = specIn(file, name);
	let typed = "";
	for (const [field, value] of Object.entries(ofFile)) {
		if (origins.has(field)) continue;
		typed += `${field}\t--spec: ${oneLine(name)}: ${field}\n`;
		if (typeof value === "boolean")
			typed += `${field}=${value ? "yes" : "no"}\t"${field}": ${value}\n`;
	}
	return { spec: added(ofFile, spec), typed };
}

function specIn(file: string, name: string): Spec {
	const contents = file === "-" ? standardInput() : contentsOf(file, LARGEST);
	if (typeof contents === "string") throw mistake(`${name}: ${contents}`, "");
	try {
		const spec = parseJson(textOf(contents));
		checkSpec(spec);
		return spec;
	} catch (error) {
		if (error instanceof JsonFault) throw mistake(`${name}:${error.place}: ${error.message}`, HINT);
		if (error instanceof PflaskError)
			throw mistake(`${name}: ${error.message}`, error.hint || HINT);
		throw error;
	}
}

/** Returns the contents of standard input, or the reason if they cannot be read. */
function standardInput(): Buffer | string {
	return wasClosed(STDIN) ? errorText(EBADF) : contentsOf(STDIN, LARGEST);
}

/** Returns the text of bytes in UTF-8, without a byte order mark. */
function textOf(bytes: Buffer): string {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		const [before = ""] = bytes.toString().split("\ufffd");
		throw new JsonFault(placeIn(before, before.length), "not UTF-8");
	}
}

function mistake(why: string, hint: string): UsageError {
	return new UsageError("--spec", why, hint);
}

/**
 * Adds the fields of the options to the fields of a file. Members of a list come behind the file's
 * members, and a variable replaces the file's variable of the same name. Any other field, and the
 * command, replaces the file's value.
 */
function added(ofFile: Spec, ofOptions: Spec): Spec {
	const spec = { ...ofFile, ...ofOptions };
	for (const [field, more] of Object.entries(ofOptions)) {
		const before = ofFile[field as keyof Spec];
		if (field !== "command" && Array.isArray(before) && Array.isArray(more))
			Object.assign(spec, { [field]: [...before, ...more] });
	}
	if (ofFile.setenv === undefined) return spec;
	return { ...spec, setenv: Object.assign(Object.create(null), ofFile.setenv, spec.setenv) };
}
