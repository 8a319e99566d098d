// SPDX-License-Identifier: BSD-2-Clause
// Makes three texts from the table of operations: the TypeScript type of the operations of a plan,
// the JSON Schema of `--dry-run --json`, and the table in docs/plan.md:
//	scripts/bun scripts/gen-plan.ts
import { readFileSync } from "node:fs";
import { readRows } from "./def-rows.ts";
import { docComment } from "./doc-comment.ts";
import { replacePart } from "./made-part.ts";
import { readFields } from "./spec-fields.ts";

const ROOT = `${import.meta.dir}/..`;
const TABLE = "core-c/defs/ops.def";
const DOCUMENT = "docs/plan.md";
const MADE = `Made by scripts/gen-plan.ts from ${TABLE}; not to be edited`;

/** An argument that the plan shows. */
export interface Argument {
	readonly name: string;
	/** The letter of the kind in the table, or "?" for a boolean, which is 1 or 0 in the plan. */
	readonly kind: string;
}

/** An operation of a plan. */
export interface OperationRow {
	readonly name: string;
	readonly by: string;
	/** The letters of all arguments in the table, including arguments that the plan does not show. */
	readonly letters: string;
	readonly arguments: readonly Argument[];
	readonly meaning: string;
}

interface Kind {
	/** The type in TypeScript. */
	readonly type: string;
	readonly schema: object;
	/** The words for the type in docs/plan.md. */
	readonly words: string;
}

const TEXT: Kind = { type: "string", schema: { type: "string" }, words: "text" };
const NUMBER: Kind = {
	type: "number",
	schema: { type: "integer", minimum: 0 },
	words: "number",
};
const TEXTS = { type: "array", items: { type: "string" } };

/** The members that every operation has. */
const COMMON = ["op", "by", "field"];

const KINDS: Readonly<Record<string, Kind>> = {
	s: TEXT,
	l: { type: "readonly string[]", schema: TEXTS, words: "list of texts" },
	m: shared("IdMap", "map"),
	u: NUMBER,
	f: NUMBER,
	b: NUMBER,
	o: { type: "string", schema: { type: "string", pattern: "^[0-7]{4,}$" }, words: "octal text" },
	n: shared("Flags", "flags"),
	a: shared("Flags", "flags"),
	p: shared("Flags", "flags"),
	g: shared("Named", "named number"),
	r: shared("Named", "named number"),
	c: shared("Capabilities", "capabilities"),
	d: shared("StandardStreams", "streams"),
	v: shared("Limit", "limit"),
	"?": { type: "boolean", schema: { type: "boolean" }, words: "boolean" },
};

/** Returns a type that has one name in the schema and in TypeScript. */
function shared(type: string, words: string): Kind {
	return { type, schema: { $ref: `#/$defs/${type}` }, words };
}

/** Returns the generated files by path. */
export function generatedPlan(): Readonly<Record<string, string>> {
	const rows = readOperations();
	return {
		"packages/runtime/src/operation.gen.ts": typeText(rows),
		"docs/plan.schema.json": schemaText(rows),
		[DOCUMENT]: documentText(rows, readFileSync(`${ROOT}/${DOCUMENT}`, "utf8")),
	};
}

/** Returns the operations in the order of the table. */
export function readOperations(): readonly OperationRow[] {
	return readRows(TABLE).map(({ first, rest: [side = "", kinds = "", names = "", ...more] }) => ({
		name: first,
		by: side.toLowerCase(),
		letters: kinds,
		arguments: argumentsOf(first, kinds, names),
		meaning: more.at(-1) ?? "",
	}));
}

function argumentsOf(operation: string, kinds: string, names: string): readonly Argument[] {
	const letters = [...kinds].filter((kind) => kind !== "h" && kind !== "i");
	const words = names.split(" ").filter((word) => word !== "");
	const plain = words.map((word) => word.replace(/\?$/, ""));
	const isOdd = (name: string, at: number) =>
		!/^[a-z]\w*$/.test(name) || COMMON.includes(name) || plain.indexOf(name) !== at;
	const wrong =
		letters.length !== words.length ||
		plain.some(isOdd) ||
		words.some((word, at) => word.endsWith("?") && letters[at] !== "u");
	if (wrong) throw new Error(`${TABLE}: ${operation}: wrong names of arguments: ${names}`);
	return words.map((word, at) => ({
		name: plain[at] ?? "",
		kind: word.endsWith("?") ? "?" : (letters[at] ?? ""),
	}));
}

function kindOf({ name, kind }: Argument): Kind {
	const found = KINDS[kind];
	if (found === undefined) throw new Error(`${TABLE}: ${name}: no type for the letter ${kind}`);
	return found;
}

function typeText(rows: readonly OperationRow[]): string {
	const members = rows.map((row) => `${docComment(sentence(row.meaning))}\t| ${memberOf(row)}\n`);
	return `// SPDX-License-Identifier: BSD-2-Clause
// ${MADE}.
import type { Spec } from "./spec.gen.ts";

/** The members that every operation has. */
export interface Step<Op extends string, By extends "monitor" | "init"> {
	readonly op: Op;
	/** The process that carries out the operation. */
	readonly by: By;
	/** The field of the spec that caused the operation; null if no single field caused it. */
	readonly field: keyof Spec | null;
}

/** Flags of a system call: their number, and the names of those that are set. */
export interface Flags {
	readonly number: number;
	readonly names: readonly string[];
}

/** A number with its name. A signal has the name without SIG, a resource without RLIMIT_. */
export interface Named {
	readonly number: number;
	readonly name: string;
}

/** The lines of an id map. */
export type IdMap = readonly {
	readonly inside: number;
	readonly outside: number;
	readonly count: number;
}[];

/** A set of capabilities, by their names without CAP_. */
export type Capabilities =
	| { readonly all: true; readonly except: readonly string[] }
	| { readonly all: false; readonly only: readonly string[] };

/** Where standard input, output and error of the command come from. */
export type StandardStreams = readonly [Stream, Stream, Stream];
type Stream = "caller" | "pty";

/** The value of a limit of setrlimit(2). */
export type Limit = number | "unlimited";

/** An operation of a plan, with its arguments by name. */
export type Operation =
${members.join("").trimEnd()};
`;
}

/** Returns the type of an operation, on several lines if one line is too short. */
function memberOf({ name, by, arguments: list }: OperationRow): string {
	const step = `Step<"${name}", "${by}">`;
	if (list.length === 0) return step;
	const types = list.map((one) => `readonly ${one.name}: ${kindOf(one).type}`);
	const line = `(${step} & { ${types.join("; ")} })`;
	if (line.length <= 90) return line;
	return `(${step} & {\n${types.map((type) => `\t\t\t${type};\n`).join("")}\t  })`;
}

function sentence(meaning: string): string {
	return `${meaning.slice(0, 1).toUpperCase()}${meaning.slice(1)}.`;
}

function closed(properties: Readonly<Record<string, object>>): object {
	return {
		type: "object",
		additionalProperties: false,
		required: Object.keys(properties),
		properties,
	};
}

function schemaText(rows: readonly OperationRow[]): string {
	const id = { type: "integer", minimum: 0, maximum: 4294967295 };
	const stream = { enum: ["caller", "pty"] };
	const schema = {
		$schema: "https://json-schema.org/draft/2020-12/schema",
		$comment: `${MADE}.`,
		title: "The plan of a container, as pflask --dry-run --json prints it",
		...closed({
			version: { const: 1 },
			operations: {
				type: "array",
				items: { oneOf: rows.map(({ name }) => ({ $ref: `#/$defs/${name}` })) },
			},
		}),
		$defs: {
			Field: { enum: [null, ...readFields().map(({ name }) => name)] },
			Flags: closed({ number: NUMBER.schema, names: TEXTS }),
			Named: closed({ number: NUMBER.schema, name: TEXT.schema }),
			IdMap: { type: "array", items: closed({ inside: id, outside: id, count: id }) },
			Capabilities: {
				oneOf: [
					closed({ all: { const: true }, except: TEXTS }),
					closed({ all: { const: false }, only: TEXTS }),
				],
			},
			StandardStreams: { type: "array", minItems: 3, maxItems: 3, items: stream },
			Limit: { oneOf: [NUMBER.schema, { const: "unlimited" }] },
			...Object.fromEntries(rows.map((row) => [row.name, operationSchema(row)])),
		},
	};
	return `${JSON.stringify(schema, undefined, "\t")}\n`;
}

function operationSchema({ name, by, arguments: list, meaning }: OperationRow): object {
	return {
		description: sentence(meaning),
		...closed({
			op: { const: name },
			by: { const: by },
			field: { $ref: "#/$defs/Field" },
			...Object.fromEntries(list.map((one) => [one.name, kindOf(one).schema])),
		}),
	};
}

function documentText(rows: readonly OperationRow[], text: string): string {
	const lines = rows.map(({ name, by, arguments: list, meaning }) => {
		const words = list.map((one) => `\`${one.name}\` (${kindOf(one).words})`).join(", ");
		return `| \`${name}\` | ${by} | ${words || "none"} | ${meaning} |`;
	});
	const head = ["| `op` | `by` | arguments | does |", "|---|---|---|---|"];
	const old = { path: DOCUMENT, script: "scripts/gen-plan.ts", text };
	return replacePart(old, TABLE, [...head, ...lines]).text;
}

if (import.meta.main)
	for (const [path, text] of Object.entries(generatedPlan()))
		await Bun.write(`${ROOT}/${path}`, text);
