// SPDX-License-Identifier: BSD-2-Clause
// The texts of libpflask name fields of a spec, in braces, and no option of pflask. Programs of all
// kinds call libpflask, but only the command line has options.
import { readFileSync } from "node:fs";
import t from "tap";
import { WORDS } from "../../packages/cli/src/words.gen.ts";

const SOURCES = "core-c/src/**/*.{c,h}";
/** Files with arguments for other programs. */
const OF_OTHER_PROGRAMS = /src\/compile\/pasta\.c$/;
/** Files that report for a command line. */
const REPORTS = /src\/explain\/report\w*\.c$/;
/** Programs of the host that remedies may name, with their options. */
const COMMANDS =
	/\b(?:mount|nsenter|sysctl|systemd-run|unshare)(?: -{1,2}[a-z][-a-zA-Z=]*)+|--add-sub%cids/g;
const OPTION = /--[a-z]|^pflask |pflask (?:-|\.\.\.)/;
const NAMED = /\{(\w+)(?:=(.*?))?\}(?=[\s,;:)]|$)/g;

/** Returns the strings of a C file. Adjacent literals make one string. */
function stringsOf(text: string): string[] {
	const code = text.replace(/\/\*[^]*?\*\//g, " ").replace(/^#include.*$/gm, "");
	const literals = code.matchAll(/"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*/g);
	return [...literals].map(([literal]) => literal.slice(1, -1).replace(/"\s*"/g, ""));
}

function namesOption(text: string): boolean {
	return OPTION.test(text.replace(COMMANDS, ""));
}

process.chdir(`${import.meta.dir}/../..`);
const texts = [...new Bun.Glob(SOURCES).scanSync()]
	.sort()
	.flatMap((file) =>
		OF_OTHER_PROGRAMS.test(file) || REPORTS.test(file)
			? []
			: stringsOf(readFileSync(file, "utf8")).map((text) => ({ file, text })),
	);

t.test("no text of libpflask names an option of pflask", async (t) => {
	t.ok(texts.length > 500, "the texts are found");
	t.same(
		texts.filter(({ text }) => namesOption(text)),
		[],
	);
});

t.test("pflask has an option for each field that a text names", async (t) => {
	const keys = new Set(WORDS.split("\n").map((line) => line.split("\t")[0]));
	const named = texts.flatMap(({ file, text }) =>
		[...text.matchAll(NAMED)].map(([whole, name = "", value]) => ({ file, whole, name, value })),
	);
	t.ok(named.length > 30, "the fields are found");
	t.same(
		named.filter(({ name, value }) => {
			const fitting = value === undefined ? [name] : [`${name}=${value}`, `${name}=*`];
			return !fitting.some((key) => keys.has(key));
		}),
		[],
	);
});

t.test("the rules find what they must find", async (t) => {
	t.same(stringsOf('a("b" /* "c" */ "d\\"", "e")\n#include "f.h"\n'), ['bd\\"', "e"]);
	for (const text of ["--chdir=/", "or leave out --no-userns", "pflask --list", "sudo pflask ..."])
		t.ok(namesOption(text), text);
	for (const text of [
		"mount --bind DIR DIR: x",
		"by nsenter --target=PID --mount COMMAND",
		"unshare --user --map-root-user {program} ...",
		"started by pflask",
	])
		t.notOk(namesOption(text), text);
	t.ok(namesOption("mount --bind, or --mount=x"));
});

t.end();
