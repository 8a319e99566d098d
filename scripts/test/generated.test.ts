// SPDX-License-Identifier: BSD-2-Clause
// The generated files are up to date: "make gen" would change nothing.
import { readFileSync } from "node:fs";
import t from "tap";
import { CODES, NAMESPACES, REASONS } from "../../packages/runtime/src/abi.gen.ts";
import * as numbers from "../../packages/runtime/src/numbers.gen.ts";
import { generatedAbi } from "../gen-abi.ts";
import { controlText, DOCUMENT } from "../gen-control.ts";
import { KINDS, kindsText } from "../gen-kinds.ts";
import { CLI_WORDS, FRONT_TABLE, optionsText, wordsText } from "../gen-options.ts";
import { generatedPlan } from "../gen-plan.ts";
import { FILTER, seccompText } from "../gen-seccomp.ts";
import { generated } from "../gen-spec.ts";
import { unseenText } from "../gen-unseen.ts";

const root = `${import.meta.dir}/../..`;

t.test("the tables of numbers are up to date", async (t) => {
	const files = [
		[[], "packages/runtime/src/numbers.gen.ts"],
		[["c"], "core-c/src/base/numbers.gen.h"],
	] as const;
	for (const [words, path] of files) {
		const made = Bun.spawnSync([`${root}/scripts/gen-numbers.sh`, ...words], { stderr: "inherit" });
		t.equal(made.exitCode, 0);
		const there = readFileSync(`${root}/${path}`, "utf8");
		t.equal(there, made.stdout.toString(), `${path}: "make gen" makes it anew`);
	}
});

t.test("the types of mounts and interfaces are those of the tables", async (t) => {
	t.equal(readFileSync(`${root}/${KINDS}`, "utf8"), kindsText(), '"make gen" makes it anew');
});

t.test("the invisible characters are those of Unicode", async (t) => {
	const path = "core-c/src/explain/unseen.gen.h";
	t.equal(readFileSync(`${root}/${path}`, "utf8"), unseenText(), '"make gen" makes it anew');
});

t.test("the default filter of system calls is that of seccomp.def", async (t) => {
	t.equal(readFileSync(`${root}/${FILTER}`, "utf8"), seccompText(), '"make gen" makes it anew');
});

t.test("codes and reasons have the same words in C as in TypeScript", async (t) => {
	const table = readFileSync(`${root}/core-c/defs/codes.def`, "utf8");
	const rows = [...table.matchAll(/^PF_(CODE|REASON)\(\w+, "(.*)".*\)$/gm)];
	const of = (kind: string) => rows.filter((row) => row[1] === kind).map(([, , word]) => word);
	t.same(of("CODE"), Object.values(CODES));
	t.same(of("REASON"), Object.values(REASONS));
});

t.test("the schema of --status-fd has the words of the tables", async (t) => {
	const schema = readFileSync(`${root}/docs/status-fd.schema.json`, "utf8");
	const { exited, error } = JSON.parse(schema).$defs;
	t.same(exited.properties.reason.enum, Object.values(REASONS));
	t.same(error.properties.code.enum, Object.values(CODES));
	const namespaces = NAMESPACES.map(([, name]) => `"${name}"`).join(", ");
	t.ok(schema.includes(`"enum": [${namespaces}]`), namespaces);
});

t.test("no error number and no signal is written by hand", async (t) => {
	const names = new Set(Object.keys(numbers));
	t.ok(names.has("EPERM") && names.has("SIGKILL"), "the names are found");
	const patterns = ["packages/*/{src,test}/**/*.ts", "{scripts,test,bench}/**/*.ts"];
	const files = patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(root)]);
	const sources = files.filter((file) => !file.endsWith(".gen.ts"));
	t.ok(sources.length > 200, "the sources are found");
	const written = sources.flatMap((file) => {
		const text = readFileSync(`${root}/${file}`, "utf8");
		return [...text.matchAll(/\bconst (\w+) = \d+/g)]
			.filter(([, name = ""]) => names.has(name))
			.map(([line]) => `${file}: ${line}`);
	});
	t.same(written, []);
});

t.test("the files made from pflask.h and the messages are up to date", async (t) => {
	const files = Object.entries(generatedAbi());
	t.equal(files.length, 3, "the binding, and the records of the ABI and the control protocol");
	for (const [path, text] of files)
		t.equal(readFileSync(`${root}/${path}`, "utf8"), text, `${path}: "make gen" makes it anew`);
});

t.test("the files made from spec.def, mounts.def and netifs.def are up to date", async (t) => {
	const files = Object.entries(generated());
	t.equal(files.length, 3, "the header, the type and the schema");
	for (const [path, text] of files)
		t.equal(readFileSync(`${root}/${path}`, "utf8"), text, `${path}: "make gen" makes it anew`);
});

t.test("the files made from ops.def are up to date", async (t) => {
	const files = Object.entries(generatedPlan());
	t.equal(files.length, 3, "the type, the schema and docs/plan.md");
	for (const [path, text] of files)
		t.equal(readFileSync(`${root}/${path}`, "utf8"), text, `${path}: "make gen" makes it anew`);
});

t.test("the table of options for C is that of options.ts", async (t) => {
	const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");
	t.equal(read(FRONT_TABLE), optionsText(), '"make gen" makes it anew');
	t.equal(read(CLI_WORDS), wordsText(), '"make gen" makes it anew');
});

t.test("docs/control.md has the messages and operations of the tables", async (t) => {
	const text = readFileSync(`${root}/${DOCUMENT}`, "utf8");
	t.equal(text, controlText(), '"make gen" makes it anew');
	const senders = [...text.matchAll(/^\| \d+ \| `(\w+)` \| (\w+) \|/gm)];
	const of = (sender: string) => senders.filter((row) => row[2] === sender).map(([, name]) => name);
	t.same(of("client"), ["SIGNAL", "REQUEST", "INPUT", "RESIZE"]);
	t.same(of("monitor"), [
		"READY",
		"FAILED",
		"EXITED",
		"DONE",
		"RECORD",
		"OUTPUT",
		"MISSED",
		"LIVE",
	]);
});

t.test("all files have the same version", async (t) => {
	const version = readFileSync(`${root}/core-c/include/pflask.h`, "utf8").match(
		/define PFLASK_VERSION "(.*)"/,
	)?.[1];
	t.match(version, /^\d+\.\d+\.\d+$/);
	const packages = [...new Bun.Glob("packages/*/package.json").scanSync(root)];
	t.ok(packages.length > 3, "the packages are found");
	for (const path of packages)
		t.equal(JSON.parse(readFileSync(`${root}/${path}`, "utf8")).version, version, path);
	const changelog = readFileSync(`${root}/debian/changelog`, "utf8");
	t.equal(changelog.match(/^pflask \((.*)-\d+\) /)?.[1], version, "debian/changelog");
	const said = Bun.spawnSync([`${root}/dist/pflask`, "--version"]).stdout.toString();
	t.match(said, version);
});
