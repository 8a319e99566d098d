// SPDX-License-Identifier: BSD-2-Clause
// The programs in docs/c.md print the output in the document.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";

const root = `${import.meta.dir}/../..`;
const FLAGS = ["-Wall", "-Wextra", "-Werror", `-I${root}/dist/include`, `-L${root}/dist/lib`];
/** A program, some words, and the output of the program. */
const EXAMPLE = /^```c\n([^]*?)^```\n[^`]*^```text\n([^]*?)^```\n/gm;

const text = readFileSync(`${root}/docs/c.md`, "utf8");
const examples = [...text.matchAll(EXAMPLE)];
const directory = mkdtempSync("/tmp/pftest-c-document-");
t.teardown(() => rmSync(directory, { recursive: true }));

/** Makes a pattern of an output, in which a line "..." stands for any lines. */
function patternOf(output: string): RegExp {
	const quoted = output.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
	return new RegExp(`^${quoted.replaceAll("\\.\\.\\.\n", "[^]*")}$`);
}

t.equal(examples.length, text.match(/^```c$/gm)?.length, "each program has an output");

for (const [index, [, program = "", output = ""]] of examples.entries())
	t.test(`program ${index + 1}`, async (t) => {
		const path = `${directory}/program`;
		writeFileSync(`${path}.c`, program);
		const libraries = ["-lpflask", "-lpflask-trial"];
		const compiled = Bun.spawnSync(["gcc", ...FLAGS, "-o", path, `${path}.c`, ...libraries]);
		t.equal(compiled.exitCode, 0, `${compiled.stderr}`);
		const env = { LD_LIBRARY_PATH: `${root}/dist/lib` };
		const ran = Bun.spawnSync([path], { env, cwd: directory });
		t.same([`${ran.stderr}`, ran.exitCode], ["", 0]);
		t.match(`${ran.stdout}`, patternOf(output));
	});
