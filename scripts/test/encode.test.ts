// SPDX-License-Identifier: BSD-2-Clause
// The code encodes each operation with the arguments that its row of ops.def lists. The C compiler
// cannot check the arguments.
import { readFileSync } from "node:fs";
import t from "tap";
import { readRows } from "../def-rows.ts";

const root = `${import.meta.dir}/../..`;

/**
 * For each letter in ops.def, the last character of the macro of its arguments (PF_S, PF_L or
 * PF_B). Letters that are not here have PF_N.
 */
const MACROS: Record<string, string> = { s: "S", l: "L", m: "L", b: "B" };

const kinds = new Map(
	readRows("core-c/defs/ops.def").map(({ first, rest }) => [
		first,
		[...(rest[1] ?? "")].map((letter) => MACROS[letter] ?? "N").join(""),
	]),
);

t.test("every operation is encoded with its arguments", async (t) => {
	const encoded = new Set<string>();
	for (const path of new Bun.Glob("core-c/{src,test}/**/*.[ch]").scanSync(root)) {
		const text = readFileSync(`${root}/${path}`, "utf8");
		for (const [call, name = ""] of text.matchAll(/PF_ENCODE\([^,]+, ([a-z]\w+)[^;]*;/g)) {
			const macros = [...call.matchAll(/\bPF_([NSLB])\(/g)].map(([, kind]) => kind);
			t.equal(macros.join(""), kinds.get(name), `${path}: ${call.replace(/\s+/g, " ")}`);
			encoded.add(name);
		}
	}
	t.ok(encoded.size > 80, "the calls are found");
});
