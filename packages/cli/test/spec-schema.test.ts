// SPDX-License-Identifier: BSD-2-Clause
// docs/spec.schema.json and the library accept the same values of a field.
import { checkSpec, PflaskError, plan } from "@pflask/runtime/internal";
import t, { type Test } from "tap";
import listSchema from "../../../docs/list.schema.json" with { type: "json" };
import schema from "../../../docs/spec.schema.json" with { type: "json" };
import { faults } from "./schema.ts";

interface Property {
	readonly type: string;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly maxLength?: number;
}

const PROPERTIES = Object.entries<Property>(schema.properties);

/** Returns a spec to which a field can be added without a contradiction. */
function base(field: string) {
	return {
		command: ["/bin/true"],
		asPid1: true,
		detach: field !== "escapeKey",
		ephemeral: true,
		changes: "/list",
	};
}

/**
 * Tells whether the library accepts a value of a field. Throws if another field makes the library
 * refuse the spec.
 */
function isTaken(field: string, value: unknown): boolean {
	try {
		using _ = plan({ ...base(field), [field]: value });
		return true;
	} catch (error) {
		if (error instanceof PflaskError && error.field === field) return false;
		throw error;
	}
}

function isValid(field: string, value: unknown): boolean {
	return faults({ ...base(field), [field]: value }, schema).length === 0;
}

function compare(t: Test, field: string, values: readonly unknown[]): void {
	const results = values.map((value) => isTaken(field, value));
	t.ok(results.includes(true) && results.includes(false), `${field}: both kinds are tried`);
	for (const [index, value] of values.entries())
		t.equal(isValid(field, value), results[index], `${field}: ${value}`);
}

t.test("numbers", async (t) => {
	const numbers = PROPERTIES.filter(([, { type }]) => type === "integer");
	t.ok(numbers.length > 0, "there are some");
	for (const [field, { minimum = 0, maximum = 0 }] of numbers)
		compare(t, field, [minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1]);
});

t.test("words", async (t) => {
	const words = PROPERTIES.filter(([, { maxLength }]) => maxLength !== undefined);
	t.ok(words.length > 0, "there are some");
	const characters = ["a", "Z", "0", "9", ".", "_", "-", "/", " ", "\n", "é", ":", "\u{ff11}"];
	for (const [field, { maxLength = 0 }] of words)
		compare(t, field, [
			"",
			...["x".repeat(maxLength), "x".repeat(maxLength + 1), "text", "json", "jsonl", "jsonx"],
			...characters.flatMap((one) => [one, `${one}x`, `x${one}`, `1${one}`, `${one}1`]),
		]);
});

t.test("types", async (t) => {
	const wrong = { chroot: ["/"], netif: "host", userns: "yes", rows: "1", nonesuch: "" };
	for (const [field, value] of Object.entries(wrong)) t.notOk(isValid(field, value), field);
	t.notOk(isValid("setenv", { "A=B": "" }));
	t.notOk(isValid("setenv", { A: 1 }));
	t.ok(isValid("setenv", { A: "1" }));
});

t.test("the schema and the runtime refuse the same types", async (t) => {
	const odd = [null, true, 1.5, [], [5], ["x"], {}, { A: 1 }, { A: "1" }, { "A=": "" }];
	const isChecked = (spec: object) => {
		try {
			checkSpec(spec);
			return true;
		} catch {
			return false;
		}
	};
	for (const [field] of PROPERTIES)
		for (const value of odd) {
			const spec = { [field]: value };
			t.equal(isChecked(spec), faults(spec, schema).length === 0, JSON.stringify(spec));
		}
});

t.test("the schema allows the names of listed containers", async (t) => {
	const { description, ...name } = schema.properties.name;
	t.match(description, /name/);
	t.same(listSchema.$defs.container.properties.name.oneOf[1], name);
});
