// SPDX-License-Identifier: BSD-2-Clause
import t from "tap";
import { keyOf } from "../src/key.ts";

t.test("control characters", async (t) => {
	t.equal(keyOf("^@"), 0);
	t.equal(keyOf("^A"), 1);
	t.equal(keyOf("^a"), 1);
	t.equal(keyOf("^Z"), 26);
	t.equal(keyOf("^["), 27);
	t.equal(keyOf("^\\"), 28);
	t.equal(keyOf("^]"), 29);
	t.equal(keyOf("^^"), 30);
	t.equal(keyOf("^_"), 31);
	t.equal(keyOf("^?"), 127);
});

t.test("no detach key", async (t) => {
	t.equal(keyOf("none"), null);
	t.equal(keyOf("None"), undefined);
});

t.test("strings that are not control characters", async (t) => {
	for (const text of [
		"",
		"^",
		"x",
		"A",
		"^AB",
		"^ ",
		"^1",
		"^{",
		"^`",
		"^~",
		"C-a",
		"\u0000",
		"^é",
	])
		t.equal(keyOf(text), undefined, text);
});
