// SPDX-License-Identifier: BSD-2-Clause
import { ERROR } from "./abi.gen.ts";
import { cString } from "./bytes.ts";
import { decodeError, PflaskError } from "./error.ts";
import { type Pointer, toPointer } from "./ffi.ts";
import type { Mount, Netif } from "./kinds.gen.ts";
import { hasMembers, memberText } from "./kinds.ts";
import { native } from "./library.ts";
import type { Spec } from "./spec.gen.ts";
import { checkSpec } from "./spec-check.ts";
import { makeStruct, type Struct } from "./struct.ts";

/** The default soft limit on open files of most systems. */
const DEFAULT_OPEN_FILES = 1024;

/**
 * Checks a spec (checkSpec), makes a C spec with the same fields, calls a function with the C spec,
 * and frees the C spec. Passes its own structure for errors on to the function, so that a start
 * makes only one such structure.
 */
export function withNativeSpec<T>(spec: Spec, use: (handle: Pointer, error: Struct) => T): T {
	checkSpec(spec);
	const handle = toPointer(native().pflask_spec_new());
	if (handle === null) throw new PflaskError("spec: out of memory", { code: "internal" });
	try {
		const error = makeStruct(ERROR);
		const openFiles = spec.openFiles ?? parentOpenFiles();
		for (const [field, value] of Object.entries({ ...spec, openFiles }))
			for (const text of valuesOf(field, value)) setField(handle, field, text, error);
		return use(handle, error);
	} finally {
		native().pflask_spec_free(handle);
	}
}

/** The limit on open files of this program's parent. This limit is read only once. */
let openFilesOfParent: number | undefined;

function parentOpenFiles(): number {
	openFilesOfParent ??= native().pflask_parent_open_files();
	return openFilesOfParent < 0 ? DEFAULT_OPEN_FILES : openFilesOfParent;
}

type Value = Spec[keyof Spec];

/**
 * Returns the strings for a field of the C spec: one string, or one string for each member of a
 * list.
 */
function valuesOf(field: string, value: Value): readonly string[] {
	if (value === undefined) return [];
	if (typeof value === "boolean") return [value ? "yes" : "no"];
	if (typeof value === "number") return [`${value}`];
	if (typeof value === "string") return [value];
	if (isList(value))
		return hasMembers(field)
			? value.map((member) => memberText(field, member))
			: (value as readonly string[]);
	return Object.entries(value).map(([name, text]) => `${name}=${text}`);
}

function isList(value: object): value is readonly (string | Mount | Netif)[] {
	return Array.isArray(value);
}

function setField(handle: Pointer, field: string, text: string, error: Struct): void {
	const result = native().pflask_spec_set(handle, field, cString(text), error, ERROR.size);
	if (result < 0) throw decodeError(error);
}
