// SPDX-License-Identifier: BSD-2-Clause
// Paths and patterns choose the same files in --ask and in git.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fromBytes } from "@pflask/runtime/internal";
import t from "tap";
import { choose, PatternError, topsOf, wordsOf } from "../src/ask-patterns.ts";

const chosen = (paths: readonly string[], line: string, base = "/") =>
	choose(paths, wordsOf(line), base);

const FILES = ["a.c", "src/b.c", "src/deep/c.c", "src/deep/d.h", "with blank", "a*b", "axb", "-n"];
const MORE = ["[x]", "x", "tab\tname", "back\\slash", 'quo"te', "\u00e4\u00f6", "lib.d/e", "a-b"];
const PATHS = [...FILES, ...MORE];

/** Lines that are also valid for a shell and for git. */
const LINES = [
	"a.c",
	"src",
	"src/",
	"./src",
	"'*.c'",
	"'src/*.c'",
	"'src/*'",
	"'s*'",
	"'with blank'",
	"with\\ blank",
	'"with blank" a.c',
	"'a*b'",
	"'a\\*b'",
	"'a?b'",
	"'[a-b]*'",
	"'[!a]*'",
	"'[^a]*'",
	"'[[]x]'",
	"'[]x]'",
	"'a[-x]b'",
	"src ':!src/deep'",
	"src ':^*.h'",
	"'*' ':!src'",
	"lib.d",
	"'lib*'",
	"src/../src/deep",
	"'quo\"te'",
	"'\u00e4*'",
];

t.test("a line chooses what git ls-files chooses", async (t) => {
	const dir = mkdtempSync("/tmp/pftest-git-");
	t.teardown(() => rmSync(dir, { recursive: true }));
	for (const path of PATHS) {
		mkdirSync(dirname(`${dir}/${path}`), { recursive: true });
		writeFileSync(`${dir}/${path}`, "");
	}
	const sh = (script: string) => {
		const run = Bun.spawnSync(["sh", "-ceu", script], { cwd: dir, stderr: "inherit" });
		return run.stdout.toString();
	};
	sh("git init -q . && git add -A");
	const all = PATHS.map((path) => `/base/${path}`);
	for (const line of LINES) {
		const wanted = sh(`git ls-files -z -- ${line}`).split("\0").slice(0, -1).sort();
		const found = chosen(all, line, "/base").map((path) => path.slice("/base/".length));
		t.same(found.sort(), wanted, line);
		t.ok(wanted.length > 0, `${line} chooses something`);
	}
});

t.test("a directory that matches brings everything below", async (t) => {
	const all = ["/lib.d", "/lib.d/x", "/lib.d/sub", "/lib.d/sub/y", "/lib"];
	t.same(chosen(all, "*.d"), all.slice(0, 4));
	t.same(chosen(all, "/"), all);
	t.same(chosen(all, ":!sub :!/lib.d/sub"), ["/lib.d", "/lib.d/x", "/lib"]);
});

t.test("a name can be typed as it is shown, or as its bytes", async (t) => {
	const name = fromBytes(Buffer.from("/byte\xe9", "latin1"));
	const all = [name, "/esc\x1b[2J", "/new\nline", "/\u202eleft", "/\u{1f600}", "/\\"];
	const typed = fromBytes(Buffer.from("byte\xe9", "latin1"));
	for (const [line, index] of [
		[typed, 0],
		["byte\\xe9", 0],
		["byte?", 0],
		["esc\\x1b[[]2J", 1],
		["'esc\\x1b\\[2J'", 1],
		["new\\x0aline", 2],
		["\\u202eleft", 3],
		["\\xe2\\x80\\xaeleft", 3],
		["\\U0001f600", 4],
		["'/?' :!\\\\", 4],
		["\\x5c", 5],
	] as const)
		t.same(chosen(all, line), [all[index]], line);
});

t.test("mistakes", async (t) => {
	for (const [line, why] of [
		["none", "none: no change has this path"],
		["'a", "the quote ' is not closed"],
		["a\\", "a backslash at the end"],
		[":(icase)a", ":(icase)a: only :! and :^ are known"],
		["[z-a]", "[z-a]: a range in wrong order"],
		["[[:alpha:]]", "classes such as [:alpha:] are unknown"],
		["\\Uffffffff", "\\Uffffffff: no such character"],
		["e\\x1b[31m", "e\\x1b[31m: no change has this path"],
		["a none", "none: no change has this path"],
	] as const)
		t.throws(() => chosen(["/a"], line), new PatternError(why), line);
});

t.test("the shortest list of paths", async (t) => {
	const all = ["/d", "/d/a", "/d/e", "/d/e/x", "/d/e/y", "/z"];
	t.same(topsOf(all, all), ["/d", "/z"]);
	t.same(topsOf(all, ["/d", "/d/a", "/d/e", "/d/e/x"]), ["/d/a", "/d/e/x"]);
	t.same(topsOf(all, ["/d"]), [], "not without its entries");
	t.same(topsOf(["/", "/a"], ["/", "/a"]), ["/"]);
	t.same(topsOf(["/", "/a"], ["/"]), []);
	t.same(topsOf(["/ab", "/a"], ["/a"]), ["/a"], "a longer name is not below");
});
