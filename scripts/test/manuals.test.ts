// SPDX-License-Identifier: BSD-2-Clause
// The manual pages are complete and up to date.
import { readFileSync } from "node:fs";
import t from "tap";
import { OPTIONS } from "../../packages/cli/src/options.ts";
import { functionsOf, readHeader, readTrialHeader } from "../header.ts";
import { readFields } from "../spec-fields.ts";

const root = `${import.meta.dir}/../..`;
const PAGES = [
	"man1/pflask.1",
	"man1/pflask-attach.1",
	"man1/pflask-userns.1",
	"man3/libpflask.3",
	"man3/libpflask-trial.3",
	...functionsOf(readHeader() + readTrialHeader()).map(({ name }) => `man3/${name}.3`),
];

function read(path: string): string {
	return readFileSync(`${root}/${path}`, "utf8");
}

/** Returns the formatted text of a page, without the control characters for bold letters. */
function shown(page: string): string {
	const made = Bun.spawnSync(["mandoc", "-T", "utf8", `${root}/dist/share/man/${page}`]);
	return made.stdout.toString().replace(/.[\b]/gu, "");
}

/** Returns the names that a pattern finds in a text. */
function names(text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map(([, name = ""]) => name);
}

t.test("the manuals are well-formed", async (t) => {
	for (const page of PAGES) {
		const checked = Bun.spawnSync(
			["mandoc", "-T", "lint", "-W", "warning", `dist/share/man/${page}`],
			{ cwd: root },
		);
		t.equal(`${checked.stdout}${checked.stderr}`, "", page);
		t.notMatch(read(`dist/share/man/${page}`), /^@|@VERSION@/m, `${page}: all parts are there`);
	}
});

t.test("the manuals match their sources", async (t) => {
	const directory = t.testdir();
	const made = Bun.spawnSync([process.execPath, `${root}/scripts/manuals.ts`, directory]);
	t.equal(made.exitCode, 0, `${made.stderr}`);
	for (const page of PAGES)
		t.equal(readFileSync(`${directory}/${page}`, "utf8"), read(`dist/share/man/${page}`), page);
});

t.test("pflask(1) has every option", async (t) => {
	const [, section = ""] = /^OPTIONS\n([^]*?)^[A-Z]/m.exec(shown("man1/pflask.1")) ?? [];
	t.same(names(section, /^ {5}(?:-\w, )?--([\w-]+)/gm), Object.keys(OPTIONS));
});

t.test("libpflask(3) has every function and every field", async (t) => {
	const page = shown("man3/libpflask.3");
	const declared = names(
		readHeader().replace(/\/\*[^]*?\*\//g, ""),
		/^\w[\w *]*[ *](pflask_\w+)\(/gm,
	);
	t.ok(declared.length > 10, "the header declares functions");
	t.same(names(page, /^ {5}(pflask_\w+)\(3\)$/gm), declared);
	const listed = names(page, /^ {5}(\w+) \((?:list|string|flag|number)\b.*\)$/gm);
	t.same(
		listed,
		readFields().map(({ name }) => name),
	);
});

t.test("libpflask-trial(3) has every function", async (t) => {
	const declared = functionsOf(readTrialHeader()).map(({ name }) => name);
	t.ok(declared.length > 10, "the header declares functions");
	t.same(names(shown("man3/libpflask-trial.3"), /^ {5}(pflask_\w+)\(3\)$/gm), declared);
	const page = shown("man3/pflask_trial_apply.3");
	t.match(page, /^ {5}The pflask library for trials, libpflask-trial\.so \(-lpflask-trial\)/m);
	t.match(page, /^ {5}#include <pflask\/trial.h>\n\n {5}int\n {5}pflask_trial_apply\(/m);
	t.match(page, /^ {5}enum pflask_trial_flag \{$/m, "flags that it names");
	t.match(page, /^SEE ALSO\n {5}libpflask-trial\(3\), pflask_trial_conflict\(3\)/m);
});

t.test("the pages of functions", async (t) => {
	const page = shown("man3/pflask_forget.3");
	t.match(page, /^NAME\n {5}pflask_forget – removes the kept end of a container\n/m);
	t.match(page, /^ {5}#include <pflask.h>\n\n {5}int\n {5}pflask_forget\(const char \*which, /m);
	t.match(page, /^DESCRIPTION\n {5}Removes the kept end of a container\. {2}Returns 0 or/m);
	t.match(page, "`which` names a container", "the comment on all functions of a header");
	t.notMatch(page, "struct pflask_error {");
	t.match(page, /^SEE ALSO\n {5}libpflask\(3\)/m);
	t.match(shown("man3/pflask_wait.3"), /^ {5}struct pflask_exit \{$/m, "a type that it uses");
	t.match(shown("man3/pflask_open.3"), /^ {5}enum pflask_start_flags \{$/m, "flags that it names");
});

for (const name of ["libpflask", "libpflask-trial"])
	t.test(`the example of ${name}(3) compiles`, async (t) => {
		const [, examples = ""] = read(`core-c/man/${name}.3`).split("\n.Sh EXAMPLES\n");
		const [, code = ""] = /^\.Bd -literal.*\n([^]*?)^\.Ed$/m.exec(examples) ?? [];
		const source = code.replaceAll("\\-", "-").replaceAll("\\e", "\\");
		t.match(source, "int main(");
		const flags = ["-Wall", "-Wextra", "-Werror", `-I${root}/dist/include`, `-L${root}/dist/lib`];
		const compiled = Bun.spawnSync(
			["gcc", ...flags, "-o", `${t.testdir()}/example`, "-x", "c", "-", `-l${name.slice(3)}`],
			{ stdin: Buffer.from(source) },
		);
		t.equal(compiled.exitCode, 0, `${compiled.stderr}`);
	});
