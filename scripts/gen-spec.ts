// SPDX-License-Identifier: BSD-2-Clause
// Makes three texts from the table of a spec's fields: the comment in pflask/spec.h, the TypeScript
// type, and the JSON Schema:
//	scripts/bun scripts/gen-spec.ts
import { readFileSync } from "node:fs";
import { COLUMNS, docComment, wrap } from "./doc-comment.ts";
import { type Kind, mountKinds, netifKinds } from "./gen-kinds.ts";
import { type Field, readFields, TABLE, valuesOf } from "./spec-fields.ts";

const ROOT = `${import.meta.dir}/..`;
const HEADER = "core-c/include/pflask/spec.h";
const MADE = `Made by scripts/gen-spec.ts from ${TABLE}; not to be edited`;

/** Returns the generated files by path. */
export function generated(): Readonly<Record<string, string>> {
	const fields = readFields();
	return {
		[HEADER]: headerText(readFileSync(`${ROOT}/${HEADER}`, "utf8"), fields),
		"packages/runtime/src/spec.gen.ts": typeText(fields),
		"docs/spec.schema.json": schemaText(fields),
	};
}

/** Returns the header with a new comment in place of the old comment. */
function headerText(header: string, fields: readonly Field[]): string {
	const first = "/*\n * The fields of a spec.";
	const [before = "", after, ...more] = header.split(first);
	const end = after?.indexOf("*/\n") ?? -1;
	if (end < 0 || more.length > 0)
		throw new Error(`${HEADER}: no comment with the fields of a spec`);
	const rows = fields.flatMap((field) => [
		` *\t${field.name} (${valuesOf(field)})`,
		...wrap(field.text, COLUMNS - 14).map((line) => ` *\t    ${line}`),
	]);
	return `${before}${first}\n * ${MADE} here.\n *\n${rows.join("\n")}\n ${after?.slice(end)}`;
}

function typeText(fields: readonly Field[]): string {
	const members = fields.map(
		(field) => `${docComment(field.text)}\treadonly ${field.name}?: ${typeOf(field)};\n`,
	);
	const defaults = fields
		.filter(({ kind }) => kind === "number")
		.map(({ name, standard }) => `\t${name}: ${standard},\n`);
	const kinds = fields.map((field) => `\t\t${field.name}: ${fieldType(field)},\n`);
	return `// SPDX-License-Identifier: BSD-2-Clause
// ${MADE}.
import type { Mount, Netif } from "./kinds.gen.ts";

/** The wanted container. Every field may be left out. The names are those of pflask_spec_set(). */
export interface Spec {
${members.join("")}}

/** The defaults of the fields that are numbers. */
export const DEFAULTS = {
${defaults.join("")}} as const;

/** The type of a field. A number has its least and its greatest value. */
export type FieldType = "list" | "variables" | "string" | "flag" | readonly [number, number];

/** Returns the types of the fields. The object has no prototype, so it has no other names. */
export function fieldTypes(): Readonly<Record<string, FieldType | undefined>> {
	return {
		__proto__: null as never,
${kinds.join("")}\t};
}
`;
}

/** The fields whose members may be objects. */
const MEMBERS: Readonly<Record<string, { type: string; kinds: () => readonly Kind[] }>> = {
	mount: { type: "Mount", kinds: mountKinds },
	netif: { type: "Netif", kinds: netifKinds },
};

function typeOf({ name, kind }: Field): string {
	const member = MEMBERS[name];
	return member === undefined ? TYPES[kind] : `readonly ${member.type}[]`;
}

const TYPES: Readonly<Record<Field["kind"], string>> = {
	list: "readonly string[]",
	variables: "Readonly<Record<string, string>>",
	string: "string",
	word: "string",
	flag: "boolean",
	number: "number",
};

function fieldType({ kind, least, most }: Field): string {
	if (kind === "number") return `[${least}, ${most}]`;
	return `"${kind === "word" ? "string" : kind}"`;
}

function schemaText(fields: readonly Field[]): string {
	const properties = Object.fromEntries(fields.map((field) => [field.name, propertyOf(field)]));
	const schema = {
		$schema: "https://json-schema.org/draft/2020-12/schema",
		$comment: `${MADE}.`,
		title: "A spec: what is wanted of a container",
		type: "object",
		additionalProperties: false,
		properties,
	};
	return `${JSON.stringify(schema, undefined, "\t")}\n`;
}

function propertyOf({ kind, text: description, ...field }: Field): object {
	switch (kind) {
		case "list":
			return {
				description,
				type: "array",
				...(field.name === "command" && { minItems: 1 }),
				items: itemsOf(field.name),
			};
		case "variables":
			return {
				description,
				type: "object",
				propertyNames: { pattern: "^[^=]+$" },
				additionalProperties: { type: "string" },
			};
		case "string":
			return { description, type: "string" };
		case "word":
			return { description, type: "string", maxLength: field.most, pattern: field.pattern };
		case "flag":
			return { description, type: "boolean", default: field.standard };
		case "number":
			return {
				description,
				type: "integer",
				minimum: field.least,
				maximum: field.most,
				...(field.isPlain && { default: field.standard }),
			};
	}
}

function itemsOf(name: string): object {
	const member = MEMBERS[name];
	if (member === undefined) return { type: "string" };
	return { oneOf: [{ type: "string" }, ...member.kinds().map(objectOf)] };
}

function objectOf({ type, fields, optional, options, modes }: Kind): object {
	const properties = Object.entries({ ...fields, ...options }).map(([name, value]) => {
		const isMode = name === "mode" && modes.length > 0;
		return [name, isMode ? { enum: modes } : SCHEMAS[typeof value === "string" ? value : "flag"]];
	});
	return {
		type: "object",
		additionalProperties: false,
		required: ["type", ...Object.keys(fields).filter((name) => !optional.includes(name))],
		properties: { type: { const: type }, ...Object.fromEntries(properties) },
	};
}

const NUMBER_OR_TEXT = { oneOf: [{ type: "string" }, { type: "integer", minimum: 0 }] };

const SCHEMAS: Readonly<Record<string, object>> = {
	text: { type: "string" },
	texts: { oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
	number: { type: "integer", minimum: 0 },
	mode: NUMBER_OR_TEXT,
	size: NUMBER_OR_TEXT,
	flag: { type: "boolean" },
};

if (import.meta.main)
	for (const [path, text] of Object.entries(generated())) await Bun.write(`${ROOT}/${path}`, text);
