// SPDX-License-Identifier: BSD-2-Clause
// The text of errors for users.
import { PflaskError } from "@pflask/runtime";
import t from "tap";
import { errorLines, explain, worded, wordedReason } from "../src/explain.ts";
import { UsageError } from "../src/usage.ts";

const told = (error: unknown) => errorLines("p", explain(error, "p"));

t.test("an error of the library", async (t) => {
	t.equal(told(new PflaskError("a: b", { code: "setup" })), "p: a: b\n");
	t.equal(told(new PflaskError("a: b", { code: "setup", hint: "c" })), "p: a: b\nhint: c\n");
	t.same(explain(new PflaskError("a: b", { code: "setup" }), "p"), { message: "a: b", hint: null });
});

t.test("names in braces become words of the command", async (t) => {
	const wording = (name: string, value?: string) => {
		if (name === "no") return undefined;
		return value === undefined ? name.toUpperCase() : `--${name}=${value}`;
	};
	const is = (text: string, expected: string) => t.equal(worded(text, wording), expected, text);
	is("{list}", "LIST");
	is("leave out {chdir=/}", "leave out --chdir=/");
	is("{a=b:c}: why", "--a=b:c: why");
	is("sudo {program} {a=/x y} ..., or {b}; {c=d}", "sudo PROGRAM --a=/x y ..., or B; --c=d");
	is("{a=/b}c{d} e", "--a=/b}c{d e");
	is("{a=} {}", "--a= {}");
	is("{b} {a=cut o", "B --a=cut o");
	is("/a/{list} {list}/b x{list} {list}x", "/a/{list} {list}/b x{list} {list}x");
	is("{no} {no=1}", "{no} {no=1}");
	t.equal(wordedReason("a {list}: b {list}", wording), "a {list}: b LIST");
	t.equal(wordedReason("b {list}", wording), "b LIST");
	const error = new PflaskError("a: b {c}", { code: "setup", hint: "{d=e}" });
	t.same(explain(error, "p", wording), { message: "a: b C", hint: "--d=e" });
	t.same(explain(error, "p"), { message: "a: b {c}", hint: "{d=e}" });
});

t.test("a mistake on the command line has a hint", async (t) => {
	t.equal(told(new UsageError("--a", "b", "c")), "p: --a: b\nhint: c\n");
	t.equal(told(new UsageError("--a", "b")), "p: --a: b\nhint: p --help\n");
});

t.test("an unexpected error is an internal error", async (t) => {
	t.equal(told(new TypeError("x is undefined")), "p: internal error: x is undefined\n");
	t.equal(told("x"), "p: internal error: x\n");
});

t.test("each part is one line", async (t) => {
	const error = new UsageError("--a\nb\x1b[2J\x9b", "unknown option", "x\ty");
	t.equal(told(error), "p: --a\\x0ab\\x1b[2J\\x9b: unknown option\nhint: x\\x09y\n");
	t.equal(told(new UsageError("--\udcff\ud800", "b", "c")), "p: --\\xff\\ud800: b\nhint: c\n");
});
