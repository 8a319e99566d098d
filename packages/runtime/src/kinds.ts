// SPDX-License-Identifier: BSD-2-Clause
// Checks the mounts and the network interfaces of a spec that are objects, and writes them as text.
import { PflaskError } from "./error.ts";
import {
	type Kind,
	type Kinds,
	type Mount,
	mountKinds,
	type Netif,
	netifKinds,
	type ValueKind,
} from "./kinds.gen.ts";
import { suggest } from "./suggest.ts";

/** A field of a spec whose members may be objects. */
export type MemberField = "mount" | "netif";

/** Tells whether members of a field may be objects. */
export function hasMembers(field: string): field is MemberField {
	return field === "mount" || field === "netif";
}

function kindsOf(field: MemberField): Kinds {
	return field === "mount" ? mountKinds() : netifKinds();
}

/** Returns a path as a field of a mount: escapes colons, which would separate fields. */
export function mountField(path: string): string {
	return path.replaceAll(":", "\\:");
}

/** Returns a checked member of `mount` or `netif` as text. */
export function memberText(field: MemberField, member: Mount | Netif): string {
	if (typeof member === "string") return member;
	const values: Values = { ...member };
	const { start, fields, options } = kindsOf(field)[member.type] as Kind;
	const words = Object.entries(fields).flatMap(([name, kind]) => textsOf(kind, values[name]));
	const flags = Object.entries(options).flatMap(([name, kind]) =>
		optionTexts(name, kind, values[name]),
	);
	const end = field === "mount" ? flags.join(",") : flags.join(":");
	return [...start, ...words.map(mountField), ...(end === "" ? [] : [end])].join(":");
}

type Values = Readonly<Record<string, unknown>>;

function optionTexts(name: string, kind: ValueKind, value: unknown): string[] {
	if (value === undefined) return [];
	if (typeof kind !== "string") return [kind[value === true ? 0 : 1] ?? ""].filter(Boolean);
	return textsOf(kind, value).map((text) => `${name}=${text}`);
}

function textsOf(kind: ValueKind, value: unknown): string[] {
	if (value === undefined) return [];
	if (Array.isArray(value)) return value.map((text) => `${text}`);
	return [kind === "mode" && typeof value === "number" ? value.toString(8) : `${value}`];
}

/**
 * Checks a member of `mount` or `netif` that is an object. Throws a PflaskError whose message
 * begins with the path of the wrong key ("mount[1].dest").
 */
export function checkMember(field: MemberField, path: string, member: Values): void {
	const kinds = kindsOf(field);
	const { type, ...values } = member;
	const kind = typeof type === "string" ? kinds[type] : undefined;
	if (kind === undefined) throw noSuchType(field, path, type, Object.keys(kinds));
	const all = { ...kind.fields, ...kind.options };
	const names = Object.keys(all);
	for (const name of Object.keys(values))
		if (!Object.hasOwn(all, name)) throw noSuchName(field, path, name, names);
	for (const name of Object.keys(kind.fields))
		if (values[name] === undefined && !kind.optional.includes(name))
			throw mistake(field, `${path}.${name}: is missing`, example(`${type}`, kind));
	for (const name of names)
		if (values[name] !== undefined) checkValue(field, `${path}.${name}`, all[name], values[name]);
}

function noSuchType(
	field: MemberField,
	path: string,
	type: unknown,
	types: readonly string[],
): PflaskError {
	if (type === undefined)
		return mistake(field, `${path}.type: is missing`, `types: ${types.join(", ")}`);
	const near = typeof type === "string" ? suggest(type, types) : undefined;
	const hint = near === undefined ? `types: ${types.join(", ")}` : `type: "${near}"`;
	return mistake(field, `${path}.type: ${JSON.stringify(type)}: no such type`, hint);
}

function noSuchName(
	field: MemberField,
	path: string,
	name: string,
	names: readonly string[],
): PflaskError {
	const other = otherNames()[name.toLowerCase()] ?? [];
	const hint = other.find((one) => names.includes(one)) ?? suggest(name, names);
	const shown = /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
	return mistake(field, `${path}${shown}: no such key`, hint ?? `keys: ${names.join(", ")}`);
}

/** Returns the keys, by the names that other programs have for these keys. */
function otherNames(): Readonly<Record<string, readonly string[] | undefined>> {
	return {
		__proto__: null as never,
		source: ["host", "upper", "target", "fd"],
		src: ["host", "upper", "target", "fd"],
		to: ["target"],
		target: ["dest"],
		destination: ["dest"],
		dst: ["dest"],
		path: ["dest"],
		readonly: ["ro"],
		rw: ["ro"],
		exec: ["noexec"],
		suid: ["nosuid"],
		workdir: ["work"],
		upperdir: ["upper"],
		address: ["addr"],
		gateway: ["gw"],
		parent: ["master"],
	};
}

function checkValue(
	field: MemberField,
	path: string,
	kind: ValueKind | undefined,
	value: unknown,
): void {
	if (kind === undefined || fits(kind, value)) return;
	const wanted = typeof kind === "string" ? WANTED[kind] : "true or false";
	throw mistake(field, `${path}: must be ${wanted}`, "");
}

const WANTED = {
	text: "a string that is not empty",
	texts: "a string or a list of strings",
	number: "a whole number",
	mode: "an octal string or a whole number",
	size: "a string or a whole number",
} as const;

function fits(kind: ValueKind, value: unknown): boolean {
	const isText = typeof value === "string" && value !== "" && !value.includes("\0");
	const isNumber = Number.isSafeInteger(value) && Number(value) >= 0;
	if (kind === "text") return isText;
	if (kind === "texts") return [value].flat().every((one) => fits("text", one));
	if (kind === "number") return isNumber;
	if (typeof kind === "string") return isText || isNumber;
	return typeof value === "boolean";
}

function example(type: string, { fields, optional }: Kind): string {
	const names = Object.keys(fields).filter((name) => !optional.includes(name));
	return `{ ${[`type: "${type}"`, ...names.map((name) => `${name}: ...`)].join(", ")} }`;
}

function mistake(field: string, message: string, hint: string): PflaskError {
	return new PflaskError(message, { code: "invalid", field, hint });
}
