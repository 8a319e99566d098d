// SPDX-License-Identifier: BSD-2-Clause
// The subset of JSON Schema that docs/*.schema.json use. An unknown keyword is a fault.

type Schema = Readonly<Record<string, unknown>>;
type Rule = (value: unknown, wanted: never, schema: Schema, root: Schema) => readonly string[];

const IGNORED = new Set(["$schema", "$comment", "title", "description", "default", "$defs"]);

const RULES: Readonly<Record<string, Rule>> = {
	$ref: (value, path: string, _schema, root) => check(value, resolve(path, root), root),
	const: (value, wanted: unknown) => unless(value === wanted, `${value} is not ${wanted}`),
	enum: (value, list: readonly unknown[]) => unless(list.includes(value), `${value} is odd`),
	type: (value, types: string | readonly string[]) =>
		unless([types].flat().includes(typeOf(value)), `${JSON.stringify(value)} is no ${types}`),
	pattern: (value, pattern: string) =>
		unless(new RegExp(pattern).test(String(value)), `${value} is not like ${pattern}`),
	maxLength: (value, most: number) => unless(String(value).length <= most, `${value} is too long`),
	minimum: (value, least: number) => unless(Number(value) >= least, `${value} < ${least}`),
	maximum: (value, most: number) => unless(Number(value) <= most, `${value} > ${most}`),
	minItems: (value, least: number) => unless(listOf(value).length >= least, `fewer than ${least}`),
	maxItems: (value, most: number) => unless(listOf(value).length <= most, `more than ${most}`),
	uniqueItems: (value) => unless(new Set(listOf(value)).size === listOf(value).length, "twice"),
	items: (value, schema: Schema, _schema, root) =>
		listOf(value).flatMap((item) => check(item, schema, root)),
	required: (value, keys: readonly string[]) =>
		keys.filter((key) => !(key in entriesOf(value))).map((key) => `${key} is missing`),
	properties: (value, schemas: Readonly<Record<string, Schema>>, _schema, root) =>
		Object.entries(entriesOf(value)).flatMap(([key, item]) =>
			check(item, schemas[key] ?? {}, root),
		),
	propertyNames: (value, schema: Schema, _schema, root) =>
		Object.keys(entriesOf(value)).flatMap((key) => check(key, schema, root)),
	additionalProperties: (value, wanted: false | Schema, { properties }, root) =>
		Object.entries(entriesOf(value))
			.filter(([key]) => !(key in entriesOf(properties)))
			.flatMap(([key, item]) => (wanted ? check(item, wanted, root) : [`${key} is unknown`])),
	oneOf: (value, schemas: readonly Schema[], _schema, root) => {
		const each = schemas.map((schema) => check(value, schema, root));
		const fitting = each.filter((found) => found.length === 0).length;
		return fitting === 1 ? [] : [`${fitting} of oneOf fit`, ...each.flat()];
	},
};

/** Returns the faults of a value. */
export function faults(value: unknown, schema: Schema): readonly string[] {
	return check(value, schema, schema);
}

function check(value: unknown, schema: Schema, root: Schema): readonly string[] {
	return Object.entries(schema).flatMap(([keyword, wanted]) => {
		if (IGNORED.has(keyword)) return [];
		const rule = RULES[keyword];
		return rule ? rule(value, wanted as never, schema, root) : [`${keyword}: no such rule`];
	});
}

function resolve(path: string, root: Schema): Schema {
	const keys = path.split("/").slice(1);
	return keys.reduce<Schema>((schema, key) => entriesOf(schema[key]), root);
}

function unless(good: boolean, fault: string): readonly string[] {
	return good ? [] : [fault];
}

function typeOf(value: unknown): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "array";
	return Number.isInteger(value) ? "integer" : typeof value;
}

function listOf(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function entriesOf(value: unknown): Schema {
	return typeof value === "object" && value !== null ? (value as Schema) : {};
}
