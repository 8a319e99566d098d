// SPDX-License-Identifier: BSD-2-Clause
// libpflask exports exactly the symbols that the version script lists, pflask.h declares, and the
// binding uses.
import { readFileSync, statSync } from "node:fs";
import t from "tap";
import { PT, readElf } from "../elf.ts";
import { readHeader, readPrivateHeader } from "../header.ts";

const root = `${import.meta.dir}/../..`;
const library = `${root}/dist/lib/libpflask.so.0`;

function output(...command: string[]): string {
	return Bun.spawnSync(command, { stderr: "inherit" }).stdout.toString();
}

/** Returns the names that a pattern finds in a text, sorted. */
function names(text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map((match) => match[1] ?? "").sort();
}

function read(path: string): string {
	return readFileSync(`${root}/${path}`, "utf8");
}

/** Returns the functions that a header declares, sorted. */
function functionsIn(header: string): string[] {
	return names(header.replace(/\/\*[^]*?\*\//g, ""), /^\w[\w *]*[ *](pflask_\w+)\(/gm);
}

const declared = functionsIn(readHeader());
const hidden = functionsIn(readPrivateHeader());
const all = [...declared, ...hidden].sort();

t.test("the headers, the version script, the library and the binding agree", async (t) => {
	t.ok(declared.length > 10, "the header declares functions");
	t.ok(declared.length <= 32, "the API stays small");
	t.same(names(read("core-c/src/pflask.map"), /^\s+(pflask_\w+);$/gm), all);
	const exported = output("nm", "-D", "--defined-only", library);
	t.same(names(exported, / [A-Z] (\w+)@@PFLASK_0$/gm), declared);
	t.same(names(exported, / [A-Z] (\w+)@@PFLASK_PRIVATE$/gm), hidden);
	t.same(names(exported, /^\S+ (?!A)[A-Z] (\w+)/gm), all, "and nothing else");
	t.same(names(read("packages/runtime/src/abi.gen.ts"), /^\t+(pflask_\w+): /gm), all);
});

t.test("the header, the version script and the library of trials agree", async (t) => {
	const wanted = functionsIn(read("core-c/include/pflask/trial.h"));
	t.ok(wanted.length > 8, "the header declares functions");
	t.same(names(read("core-c/trial/pflask-trial.map"), /^\s+(pflask_\w+);$/gm), wanted);
	const built = `${root}/dist/lib/libpflask-trial.so.0`;
	const exported = output("nm", "-D", "--defined-only", built);
	t.same(names(exported, /^\S+ (?!A)[A-Z] (\w+)/gm), wanted);
	t.same(names(read("packages/runtime/src/trial.ts"), /^\t(pflask_\w+): /gm), wanted);
	const facts = output("readelf", "-d", built);
	const needed = names(facts, /NEEDED.*\[(.*)\]/g);
	t.same(
		needed.filter((name) => !name.startsWith("ld-linux")),
		["libc.so.6"],
	);
	t.match(facts, /SONAME.*\[libpflask-trial\.so\.0\]/);
});

t.test("the static library exports the same functions", async (t) => {
	const exported = output("nm", "-g", "--defined-only", `${root}/dist/lib/libpflask.a`);
	t.same(names(exported, / [A-Z] (\w+)$/gm), all);
});

t.test("the library needs the C library only", async (t) => {
	const needed = names(output("readelf", "-d", library), /NEEDED.*\[(.*)\]/g);
	t.same(
		needed.filter((name) => !name.startsWith("ld-linux")),
		["libc.so.6"],
	);
	t.match(output("readelf", "-d", library), /SONAME.*\[libpflask\.so\.0\]/);
});

t.test("the library loads with the glibc of 2012", async (t) => {
	const check = `${root}/scripts/glibc-at-most.sh`;
	t.equal(Bun.spawnSync([check, "2.17", library]).exitCode, 0);
	const newer = Bun.spawnSync([check, "2.3", library]);
	t.equal(newer.exitCode, 1);
	t.match(newer.stderr.toString(), /needs symbols that glibc 2\.3 does not have: .*\d pipe2;/);
	t.equal(Bun.spawnSync([check, "2.0", library]).exitCode, 1, "where every symbol is newer");
	t.not(Bun.spawnSync([check, "2.17", "/dev/null"]).exitCode, 0, "a file without symbols fails");
});

t.test("pflask-init is static and has neither malloc nor stdio", async (t) => {
	const helper = `${root}/build/init/pflask-init`;
	t.notMatch(output("readelf", "-lW", helper), /INTERP|DYNAMIC/);
	const symbols = names(output("nm", helper), / [TtWw] (\w+)$/gm);
	t.ok(symbols.includes("main"), "its symbols are there");
	const forbidden = /^(malloc|calloc|realloc|free|v?[fds]?n?printf|fopen|fwrite|setlocale)$/;
	t.same(
		symbols.filter((name) => forbidden.test(name)),
		[],
	);
});

t.test("the copy of pflask-init in the library has only what the kernel maps", async (t) => {
	const helper = `${root}/build/pflask-init`;
	t.match(output("readelf", "-SW", helper), "There are no sections in this file.");
	const { segments } = readElf(readFileSync(helper));
	const loaded = segments.filter(({ type }) => type === PT.LOAD);
	const end = Math.max(...loaded.map(({ offset, fileSize }) => offset + fileSize));
	t.equal(statSync(helper).size, end);
});
