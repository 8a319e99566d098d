// SPDX-License-Identifier: BSD-2-Clause
// The scripts read the tables of core-c/defs by the rules of C.
import { readFileSync } from "node:fs";
import t from "tap";
import { parseRows, readRows } from "../def-rows.ts";

const DEFS = "core-c/defs";
const PARTIES = "caller|monitor|init|maker|reaper|joiner|command|client|handle";

t.test("words and strings", async (t) => {
	const table = '/* PF_NO(x, y) */\n#define PF_X(y)\nPF_A(b, struct c, 3, "", "One. "\n\t"Two.")\n';
	t.same(parseRows(table, "a"), [
		{ macro: "A", first: "b", rest: ["struct c", "3", "", "One. Two."] },
	]);
	t.same(parseRows("#define PF_A(b) \\\n\tb\nPF_A(b, C | D)\n", "a"), [
		{ macro: "A", first: "b", rest: ["C | D"] },
	]);
	t.throws(() => parseRows("PF_A(b, 1 << 2)", "a.def"), /^a\.def: not a row: PF_A/);
});

t.test("every row of the tables is found", async (t) => {
	for (const name of ["messages", "ops", "spec", "mounts", "netifs"]) {
		const text = readFileSync(`${import.meta.dir}/../../${DEFS}/${name}.def`, "utf8");
		const rows = [...text.matchAll(/^PF_[A-Z_]+\((\w+),/gm)].map(([, first]) => first);
		t.ok(rows.length > 20, name);
		t.same(
			readRows(`${DEFS}/${name}.def`).map(({ first }) => first),
			rows,
		);
	}
});

t.test("a message has a route, a limit on descriptors and sentences", async (t) => {
	const step = `(${PARTIES}) > (${PARTIES})`;
	const route = new RegExp(`^${step}(, ${step})*$`);
	for (const { first, rest } of readRows(`${DEFS}/messages.def`)) {
		t.match(rest[0], route, first);
		t.match(rest.at(-2), /^(\d+|PF_WIRE_FDS)$/, first);
		t.match(rest.at(-1), /^[A-Z].*\.$/, first);
	}
});
