// SPDX-License-Identifier: BSD-2-Clause
// Checks the keys and the types of a spec. Programs in JavaScript, and files, have no types that a
// compiler has checked. libpflask checks the values.
import { PflaskError } from "./error.ts";
import { checkMember, hasMembers } from "./kinds.ts";
import { DEFAULTS, type FieldType, fieldTypes, type Spec } from "./spec.gen.ts";
import { suggest } from "./suggest.ts";

/**
 * Checks that a value has the type `Spec`. Throws a PflaskError whose message begins with the path
 * of the wrong value ("netif[1]", "setenv.LANG").
 */
export function checkSpec(spec: unknown): asserts spec is Spec {
	if (!isObject(spec)) throw mistake("", "spec: must be an object", '{ "command": ["id"] }');
	const types = fieldTypes();
	for (const field of Object.keys(spec)) {
		const type = types[field];
		const value = spec[field];
		if (type === undefined) throw noSuchKey(field);
		if (value !== undefined) checkValue(field, type, value);
	}
}

/**
 * Checks that an object of options has no other keys. Throws a PflaskError. `what` is the name of
 * the object in the error.
 */
export function checkKeys(options: object, names: readonly string[], what = "options"): void {
	if (!isObject(options)) throw mistake("", `${what}: must be an object`, "");
	for (const key of Object.keys(options))
		if (!names.includes(key)) throw noSuchOption(key, names, what);
}

function noSuchOption(key: string, names: readonly string[], what: string): PflaskError {
	const field = fieldLike(key);
	const hint = suggest(key, names) ?? (field === undefined ? "" : `${field}, in the spec`);
	return mistake(key, `${what}: ${pathOf("", key)}: no such key`, hint);
}

function checkValue(field: string, type: FieldType, value: unknown): void {
	if (type === "string") checkText(field, field, value);
	else if (type === "flag") {
		if (typeof value !== "boolean") throw wrongType(field, "must be true or false", value);
	} else if (type === "list") checkList(field, value);
	else if (type === "variables") checkVariables(field, value);
	else checkNumber(field, type, value);
}

/** Checks that a value is a whole number. libpflask checks the limits of the number. */
function checkNumber(
	field: string,
	[least, most]: readonly [number, number],
	value: unknown,
): void {
	if (Number.isSafeInteger(value) && Number(value) >= 0) return;
	throw wrongType(field, `must be a whole number from ${least} to ${most}`, value);
}

function checkList(field: string, value: unknown): void {
	const what = hasMembers(field) ? "strings or objects" : "strings";
	if (!Array.isArray(value)) throw wrongType(field, `must be a list of ${what}`, value);
	if (field === "command" && value.length === 0)
		throw mistake(field, "command: must not be empty", "leave command out for a login shell");
	for (let at = 0; at < value.length; at++) {
		const member: unknown = value[at];
		if (hasMembers(field) && isObject(member)) checkMember(field, `${field}[${at}]`, member);
		else checkText(field, `${field}[${at}]`, member, hasMembers(field));
	}
}

function checkVariables(field: string, value: unknown): void {
	if (!isObject(value)) throw wrongType(field, "must be an object of strings", value);
	for (const name of Object.keys(value)) {
		const path = pathOf(field, name);
		if (name === "" || name.includes("="))
			throw mistake(field, `${path}: invalid name of a variable`, exampleOf(field, value));
		checkText(field, path, name);
		checkText(field, path, value[name]);
	}
}

function checkText(field: string, path: string, value: unknown, orObject = false): void {
	if (typeof value !== "string") {
		const whole = path === field;
		const what = orObject ? "a string or an object" : "a string";
		throw mistake(field, `${path}: must be ${what}`, exampleOf(field, whole ? value : undefined));
	}
	if (value.includes("\0")) throw mistake(field, `${path}: must not contain a NUL`, "");
	if (!value.isWellFormed() && hasHalf(value))
		throw mistake(field, `${path}: must not contain half of a surrogate pair`, "");
}

/** Tells whether a text has a lone surrogate that does not stand for a byte (bytes.ts). */
function hasHalf(text: string): boolean {
	return /(?![\udc80-\udcff])\p{Cs}/u.test(text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongType(field: string, why: string, value: unknown): PflaskError {
	return mistake(field, `${field}: ${why}`, exampleOf(field, value));
}

function mistake(field: string, message: string, hint: string): PflaskError {
	return new PflaskError(message, { code: "invalid", field, hint });
}

/** Returns the path of a member, which is a name or a quoted text. */
export function pathOf(object: string, name: string): string {
	if (/^[a-z_][\w-]*$/i.test(name)) return object === "" ? name : `${object}.${name}`;
	return object === "" ? JSON.stringify(name) : `${object}[${JSON.stringify(name)}]`;
}

/** Returns an example of a field. Uses the wrong value in the example if only its type is wrong. */
function exampleOf(field: string, value: unknown): string {
	return `"${field}": ${JSON.stringify(exampleValue(field, value))}`;
}

function exampleValue(field: string, value: unknown): unknown {
	const type = fieldTypes()[field];
	if (type === "list") return [typeof value === "string" ? value : "TEXT"];
	if (type === "variables") return { NAME: "VALUE" };
	if (type === "string") return typeof value === "number" ? `${value}` : "TEXT";
	if (type === "flag") return value !== "no" && value !== "false" && value !== 0;
	return DEFAULTS[field as keyof typeof DEFAULTS];
}

/** The options of spawn() that are not fields of a spec. */
export const OPTION_NAMES: readonly string[] = [
	"stdin",
	"stdout",
	"stderr",
	"signal",
	"maxBuffer",
	"onExit",
];

/** Returns the error for a key that is no field of a spec. */
function noSuchKey(key: string): PflaskError {
	const option = OPTION_NAMES.includes(key) ? `${key}, in the options` : "";
	return mistake(key, `${pathOf("", key)}: no such key`, fieldLike(key) ?? option);
}

/** Returns the field that an unknown key probably stands for. */
function fieldLike(key: string): string | undefined {
	const names = Object.keys(fieldTypes());
	const plain = plainName(key);
	const same = names.find((name) => plainName(name) === plain) ?? otherNames()[plain];
	if (same !== undefined) return same;
	const near = suggest(plain, names.map(plainName));
	return names.find((name) => plainName(name) === near);
}

/**
 * Returns "killafter" for "kill-after", "kill_after" and "KillAfter", to compare names of different
 * styles.
 */
function plainName(name: string): string {
	return name.replace(/[-_]/g, "").toLowerCase();
}

/**
 * Returns the fields, by the names that other programs and options of pflask have for these fields.
 */
function otherNames(): Readonly<Record<string, keyof Spec | undefined>> {
	return {
		__proto__: null as never,
		args: "command",
		argv: "command",
		cmd: "command",
		root: "chroot",
		rootfs: "chroot",
		cwd: "chdir",
		workdir: "chdir",
		env: "setenv",
		environment: "setenv",
		volumes: "mount",
		network: "netif",
		capabilities: "caps",
		ulimit: "rlimit",
		uid: "user",
		tty: "terminal",
		register: "registered",
		pty: "terminal",
	};
}
