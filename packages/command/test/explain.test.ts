// SPDX-License-Identifier: BSD-2-Clause
// Errors that do not come from libpflask have the expected texts.
import { PflaskError } from "@pflask/runtime/internal";
import t from "tap";
import { errorLines, explain } from "../src/explain.ts";
import { UsageError } from "../src/usage.ts";

const told = (error: unknown) => errorLines("p", explain(error, "p"));

t.test("an error of the library", async (t) => {
	t.equal(told(new PflaskError("a: b", { code: "setup" })), "p: a: b\n");
	t.equal(told(new PflaskError("a: b", { code: "setup", hint: "c" })), "p: a: b\nhint: c\n");
	t.same(explain(new PflaskError("a: b", { code: "setup" }), "p"), { message: "a: b", hint: null });
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

t.test("the middle of a long part is cut out", async (t) => {
	const long = `a${"\u{1f512}".repeat(5000)}z`;
	const cut = /^a(\u{1f512}+)\.\.\.(\u{1f512}+)z$/u;
	const error = new UsageError(long, `'${"x".repeat(5000)}': not a size`, long);
	t.match(error.option, cut);
	t.match(error.why, /^'x+\.\.\.x+': not a size$/);
	t.match(error.hint, cut);
	for (const part of [error.option, error.why, error.hint ?? ""]) t.equal([...part].length, 503);
	t.equal(error.message, `${error.option}: ${error.why}`);
	const most = "x".repeat(500);
	t.equal(new UsageError(most, most, most).message, `${most}: ${most}`);
});
