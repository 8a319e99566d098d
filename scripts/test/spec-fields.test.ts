// SPDX-License-Identifier: BSD-2-Clause
// The table of a spec's fields is read as C reads it.
import { readFileSync } from "node:fs";
import t from "tap";
import { parseFields, readFields, TABLE } from "../spec-fields.ts";

function read(path: string): string {
	return readFileSync(`${import.meta.dir}/../../${path}`, "utf8");
}

t.test("every row is a field", async (t) => {
	const rows = [...read(TABLE).matchAll(/^PF_[A-Z]+\((\w+),/gm)].map(([, name]) => name);
	t.ok(rows.length > 30, "there are rows");
	t.same(
		readFields().map(({ name }) => name),
		rows,
	);
});

t.test("a row has what its macro takes", async (t) => {
	t.same(parseFields('/* PF_NO(x) */\n#define PF_X(y)\nPF_LIST(a, "One. "\n\t"Two.")\n'), [
		{ name: "a", kind: "list", text: "One. Two." },
	]);
	t.same(parseFields('PF_WORD(a, 7, "^x+$", "One (1).")'), [
		{ name: "a", kind: "word", text: "One (1).", most: 7, pattern: "^x+$" },
	]);
	t.same(parseFields('PF_FLAG(a, PF_YES, "Whether.")'), [
		{ name: "a", kind: "flag", text: "Whether. Default: yes.", standard: true },
	]);
	const number = { standard: 5, isPlain: false, least: 1, most: 9 };
	t.same(parseFields('PF_NUMBER(a, 0, 5, 1, 9, "ms", "One. Default: {default}.")'), [
		{ name: "a", kind: "number", text: "One. Default: 5.", ...number },
	]);
});

t.test("what is no row is an error", async (t) => {
	for (const row of [
		'PF_STRING(a, "One.");',
		'PF_STRING(a, 1 << 2, "One.")',
		'PF_STRING(a, "\\x41.")',
		'PF_STRING(a, "one")',
		'PF_STRING(a, 1, "One.")',
		'PF_NONE(a, "One.")',
		'PF_FLAG(a, PF_AUTO, "Whether.")',
		'PF_NUMBER(a, 0, 5, 1, 9, "", "One. Default: 5.")',
	])
		t.throws(() => parseFields(row), new RegExp(TABLE), row);
});
