// SPDX-License-Identifier: BSD-2-Clause
// Makes the TypeScript types of mounts and of network interfaces. Also makes the tables by which
// the runtime writes such an object as text:
//	scripts/bun scripts/gen-kinds.ts
import { type Row, readRows } from "./def-rows.ts";
import { COLUMNS, docComment } from "./doc-comment.ts";

const ROOT = `${import.meta.dir}/..`;
const MOUNTS = "core-c/defs/mounts.def";
const NETIFS = "core-c/defs/netifs.def";

/** The file that the script makes. */
export const KINDS = "packages/runtime/src/kinds.gen.ts";

/** The options of mounts and interfaces that a program may give several times. */
const LISTS = ["addr", "gw", "tcp", "udp", "data"];

/** A type of mount or a kind of interface, as data. */
export interface Kind {
	/** The value of `type`. */
	readonly type: string;
	/** The first words of the text, for example ["bind"]. */
	readonly start: readonly string[];
	/** The fields by name, in their order, with the kinds of their values. */
	readonly fields: Readonly<Record<string, string>>;
	/** The fields that may be missing. */
	readonly optional: readonly string[];
	/**
	 * The options by name, with the kinds of their values. A flag has its words for true and false.
	 */
	readonly options: Readonly<Record<string, string | readonly string[]>>;
	readonly text: string;
	readonly modes: readonly string[];
}

/** Returns the types of mounts. */
export function mountKinds(): readonly Kind[] {
	const rows = readRows(MOUNTS);
	return rows
		.filter(({ macro }) => macro === "MOUNT")
		.map(({ first, rest: [name = "", , words = "", , text = ""] }) => ({
			type: name,
			start: [name],
			...fieldsOf(words.replace("[:OPTIONS]", "")),
			options: words.endsWith("[:OPTIONS]") ? { ...flagsIn(rows), ...ownIn(rows, first) } : {},
			text,
			modes: [],
		}));
}

/** Returns the flags that set an attribute, each with the flag that clears the attribute. */
function flagsIn(rows: readonly Row[]): Record<string, readonly string[]> {
	const flags = rows.filter(({ macro }) => macro === "MOUNT_FLAG");
	const propagations = rows.filter(({ macro }) => macro === "MOUNT_PROPAGATION");
	return Object.fromEntries(
		[...flags, ...propagations].flatMap(({ first: yes, rest: [set] }) => {
			if (set === "0") return [];
			const no = flags.find(({ rest }) => rest[1] === set)?.first;
			return [[yes, no === undefined ? [yes] : [yes, no]]];
		}),
	);
}

function ownIn(rows: readonly Row[], type: string): Record<string, string | readonly string[]> {
	return Object.fromEntries(
		rows
			.filter(({ macro, rest }) => macro === "MOUNT_OPTION" && rest[0] === type)
			.map(({ first, rest: [, value = ""] }) => [
				first,
				value ? kindOfValue(first, value) : [first],
			]),
	);
}

/** Returns the kinds of interfaces. */
export function netifKinds(): readonly Kind[] {
	const rows = readRows(NETIFS);
	return rows
		.filter(({ macro }) => macro === "NETIF")
		.map(({ first, rest: [name = "", , shape = "", options = "", text = ""] }) => {
			const [start = "", ...words] = shape.replace(/\[.*/, "").split(":");
			const isNamed = start === start.toLowerCase();
			const modes = rows
				.filter(({ macro, first }) => macro === "NETIF_MODE" && first === name)
				.map(({ rest }) => rest[0] ?? "");
			const { fields } = fieldsOf((isNamed ? words : [start, ...words]).join(":"));
			return {
				type: isNamed ? name : first.toLowerCase(),
				start: isNamed ? [name] : [],
				fields: modes.length > 0 ? { ...fields, mode: "text" } : fields,
				optional: modes.length > 0 ? ["mode"] : [],
				options: netifOptions(rows, options.split(" ")),
				text: text.replace("MODE is {modes}", "the first `mode` is the default"),
				modes,
			};
		});
}

function netifOptions(
	rows: readonly Row[],
	names: readonly string[],
): Record<string, string | readonly string[]> {
	return Object.fromEntries(
		rows
			.filter(({ macro, first }) => macro === "NETIF_OPTION" && names.includes(first))
			.map(({ first, rest: [value = ""] }) => [first, value ? kindOfValue(first, value) : [first]]),
	);
}

/** Returns the fields of a shape, for example "DEST[:MODE]". */
function fieldsOf(shape: string): Pick<Kind, "fields" | "optional"> {
	const names = [...shape.matchAll(/(\[:)?([A-Z]+)/g)].map(([, optional, word = ""]) => ({
		name: word.toLowerCase(),
		kind: kindOfValue(word.toLowerCase(), word),
		isOptional: optional !== undefined,
	}));
	return {
		fields: Object.fromEntries(names.map(({ name, kind }) => [name, kind])),
		optional: names.filter(({ isOptional }) => isOptional).map(({ name }) => name),
	};
}

/** Returns the kind of a value: "text", "texts", "number", "mode" or "size". */
function kindOfValue(name: string, word: string): string {
	if (LISTS.includes(name)) return "texts";
	if (word === "FD" || word === "BYTES") return "number";
	return word === "MODE" ? "mode" : word === "SIZE" ? "size" : "text";
}

const TYPES: Readonly<Record<string, string>> = {
	text: "string",
	texts: "string | readonly string[]",
	number: "number",
	mode: "string | number",
	size: "string | number",
};

/** Returns the text of the file. */
export function kindsText(): string {
	return `// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-kinds.ts from ${MOUNTS} and
// ${NETIFS}; not to be edited.

/** The options of all mounts that have options. */
export interface MountOptions {
${optionMembers(flagsIn(readRows(MOUNTS)))}}

${typesOf("Mount", "mount", mountKinds())}
${typesOf("Netif", "netif", netifKinds())}
/**
 * The kind of a value. A flag has its word for true and, if there is such a word, its word for
 * false.
 */
export type ValueKind = "text" | "texts" | "number" | "mode" | "size" | readonly string[];

/** How a type of mount or a kind of interface is written as text. */
export interface Kind {
	/** The words at the beginning. */
	readonly start: readonly string[];
	/** The fields, in their order. */
	readonly fields: Readonly<Record<string, ValueKind>>;
	/** The fields that may be missing. */
	readonly optional: readonly string[];
	readonly options: Readonly<Record<string, ValueKind>>;
}

/** The kinds by their names. The object has no prototype, so it has no other names. */
export type Kinds = Readonly<Record<string, Kind | undefined>>;

const MOUNT_OPTIONS = ${literal(flagsIn(readRows(MOUNTS)), 0)} as const;

${tableOf("mountKinds", "types of mounts", mountKinds())}
${tableOf("netifKinds", "kinds of interfaces", netifKinds())}`;
}

function typesOf(name: string, field: string, kinds: readonly Kind[]): string {
	const members = kinds.map((kind) => typeOf(name, kind)).join("\n\n");
	const union = kinds.map((kind) => `\n\t| ${typeName(name, kind)}`).join("");
	return `${members}

/** A member of \`${field}\`: an object, or the text that --${field} takes. */
export type ${name} =
	| string${union};
`;
}

function typeName(name: string, { type }: Kind): string {
	return `${type[0]?.toUpperCase()}${type.slice(1)}${name}`;
}

function typeOf(name: string, kind: Kind): string {
	const fields = Object.entries(kind.fields).map(([field, value]) => {
		const mark = kind.optional.includes(field) ? "?" : "";
		const union = kind.modes.map((mode) => `"${mode}"`).join(" | ");
		const type = field === "mode" && union !== "" ? union : TYPES[value];
		return `\treadonly ${field}${mark}: ${type};\n`;
	});
	const { shared, own } = splitOptions(kind);
	const base = shared ? " extends MountOptions" : "";
	const body = `\treadonly type: "${kind.type}";\n${fields.join("")}${optionMembers(own)}`;
	const comment = docComment(sentence(kind)).replaceAll(/^\t/gm, "");
	return `${comment}export interface ${typeName(name, kind)}${base} {\n${body}}`;
}

/** Returns the lines of an interface for options. */
function optionMembers(options: Kind["options"]): string {
	return Object.entries(options)
		.map(([option, value]) => {
			const type = typeof value === "string" ? TYPES[value] : "boolean";
			return `\treadonly ${option}?: ${type};\n`;
		})
		.join("");
}

/** Tells whether a kind has the options of all mounts, and returns its other options. */
function splitOptions({ options }: Kind): { shared: boolean; own: Kind["options"] } {
	const common = Object.keys(flagsIn(readRows(MOUNTS)));
	const shared = common.every((option) => Object.hasOwn(options, option));
	const own = Object.entries(options).filter(([option]) => !shared || !common.includes(option));
	return { shared, own: Object.fromEntries(own) };
}

function sentence({ text, fields }: Kind): string {
	const named = text.replace(/\b[A-Z]+\b/g, (word) =>
		Object.hasOwn(fields, word.toLowerCase()) ? `\`${word.toLowerCase()}\`` : word,
	);
	return `${named[0]?.toUpperCase()}${named.slice(1)}.`;
}

function tableOf(name: string, what: string, kinds: readonly Kind[]): string {
	const rows = kinds.map((kind) => {
		const { type, start, fields, optional } = kind;
		const { shared, own } = splitOptions(kind);
		const options = shared ? withShared(own) : own;
		return `\t\t${type}: ${literal({ start, fields, optional, options }, 2)},\n`;
	});
	return `/** Returns the ${what}. */
export function ${name}(): Kinds {
	return {
		__proto__: null as never,
${rows.join("")}\t};
}
`;
}

/** Source text that literal() takes as it is. */
class Source {
	readonly text: string;
	constructor(text: string) {
		this.text = text;
	}
}

/** Returns the options of all mounts together with the own options of a type. */
function withShared(own: Kind["options"]): Source {
	const text = literal(own, 3);
	return new Source(text === "{}" ? "MOUNT_OPTIONS" : text.replace("{", "{ ...MOUNT_OPTIONS,"));
}

/** Returns a value as source text, in the style of the formatter. */
function literal(value: unknown, depth: number): string {
	if (value instanceof Source) return value.text;
	if (typeof value !== "object" || value === null) return JSON.stringify(value);
	const isList = Array.isArray(value);
	const parts = isList
		? value.map((member) => literal(member, depth + 1))
		: Object.entries(value).map(([key, member]) => `${key}: ${literal(member, depth + 1)}`);
	if (parts.length === 0) return isList ? "[]" : "{}";
	const line = isList ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
	if (isList || (line.length + depth * 8 < COLUMNS - 24 && !line.includes("{ ", 1))) return line;
	const indent = "\t".repeat(depth + 1);
	return `{\n${parts.map((part) => `${indent}${part},\n`).join("")}${"\t".repeat(depth)}}`;
}

if (import.meta.main) await Bun.write(`${ROOT}/${KINDS}`, kindsText());
