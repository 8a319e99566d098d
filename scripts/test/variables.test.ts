// SPDX-License-Identifier: BSD-2-Clause
// The table in CONTRIBUTING.md lists exactly the environment variables that the tests, the scripts
// and the Makefile read.
import { readFileSync } from "node:fs";
import t from "tap";

const TOOLS = ["{scripts,bench,test}/**/*", "packages/*/test/**/*", "core-c/test/*", ".ci/run"];
/**
 * The sources of installed programs. Of the variables that these sources read, only PFLASK_* must
 * be in the table: the manual pages describe the others.
 */
const PRODUCT = ["packages/*/src/*.ts", "core-c/{src,init,common}/**/*.[ch]"];
const OURS = /^PFLASK_/;

function list(patterns: readonly string[]): string[] {
	return patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ dot: true })]).sort();
}

function matches(text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map(([, name = ""]) => name);
}

const BY_SHELL = new Set(["BASH_SOURCE", "PWD"]);
const BY_MAKE = new Set(["MAKECMDGOALS", "MAKEFILE_LIST", "MAKEFLAGS"]);

/** Returns the variables that a script reads and that neither the script nor the shell sets. */
function readByShell(text: string): string[] {
	const set = new Set(matches(text, /(?:^|[\s;])([A-Z_]+)=/g));
	return matches(text, /\$\{?([A-Z][A-Z_]*)/g).filter(
		(name) => !set.has(name) && !BY_SHELL.has(name),
	);
}

function readByMake(text: string): string[] {
	const set = new Set(matches(text, /^([A-Z_]+) *[:?+]?=/gm));
	const used = [...matches(text, /\$\(([A-Z_]+)\)/g), ...matches(text, /^ifn?def (\w+)/gm)];
	return used.filter((name) => !set.has(name) && !BY_MAKE.has(name));
}

function readByTypeScript(text: string): string[] {
	const picked = matches(text, /const \{([^}]*)\} = process\.env;/g);
	return [
		...matches(text, /process\.env\.(\w+)(?!\w| = )/g),
		...picked.flatMap((names) => names.split(",").map((name) => name.split(":")[0]?.trim() ?? "")),
	];
}

/** Returns the variables that a file reads. */
function readBy(file: string, text: string): string[] {
	if (file === "Makefile") return readByMake(text);
	if (file.endsWith(".ts")) return readByTypeScript(text);
	if (/\.[ch]$/.test(file)) return matches(text, /\b(?:secure_)?getenv\("(\w+)"\)/g);
	if (/^#!.*sh\b/.test(text)) return readByShell(text);
	return [];
}

function readByAll(files: readonly string[]): string[] {
	return files.flatMap((file) => readBy(file, readFileSync(file, "utf8")));
}

process.chdir(`${import.meta.dir}/../..`);

t.test("the table has exactly the variables that are read", async (t) => {
	const contributing = readFileSync("CONTRIBUTING.md", "utf8");
	const table = contributing.split("## Environment variables\n")[1]?.split("\n## ")[0] ?? "";
	const cells = matches(table, /^\| (`[^|]*) \|/gm);
	const documented = cells.flatMap((cell) => matches(cell, /`(\w+)/g));
	const tools = readByAll([...list(TOOLS), "Makefile"]);
	const product = readByAll(list(PRODUCT)).filter((name) => OURS.test(name));
	t.ok(tools.length > 20, "the files are found");
	t.same(documented.toSorted(), [...new Set([...tools, ...product])].sort());
});

t.test("every variable is read by a literal name", async (t) => {
	for (const file of list([...TOOLS, ...PRODUCT]).filter((name) => name.endsWith(".ts")))
		t.notMatch(readFileSync(file, "utf8"), /process\.env\[/, file);
});

t.test("the rules find what they must find", async (t) => {
	const script = '#!/bin/sh\nB=1\necho "$A ${C:-x} $B $d"';
	t.same(readBy("a.sh", script), ["A", "C"]);
	t.same(readBy("Makefile", "A := $(B)\nifndef C\n$(A) $(lower)"), ["B", "C"]);
	const name = ["process", "env"].join(".");
	t.same(readBy("a.ts", `${name}.A ?? ${name}.B; ${name}.C = 1; ${name}.D ||= 2`), ["A", "B", "D"]);
	t.same(readBy("a.ts", `const { A: a, B } = ${name};`), ["A", "B"]);
	t.same(readBy("a.c", 'secure_getenv("A"), getenv("B")'), ["A", "B"]);
});
