// SPDX-License-Identifier: BSD-2-Clause
// The packages as their users get them: packed, and outside this repository.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";

const root = `${import.meta.dir}/../..`;
const PACKED = ["runtime", "command", "userns"];

/** Runs Bun in a directory. */
function bun(cwd: string, ...words: string[]): string {
	const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, ...words], { cwd });
	if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stderr}${stdout}`);
	return stdout.toString();
}

t.test("@pflask/userns can be installed, imported and run", async (t) => {
	const directory = mkdtempSync("/tmp/pftest-packages-");
	t.teardown(() => rmSync(directory, { recursive: true }));
	for (const name of PACKED)
		bun(`${root}/packages/${name}`, "pm", "pack", "--destination", directory, "--quiet");
	const files = readdirSync(directory).map((file) => `./${file}`);
	t.equal(files.length, PACKED.length);
	// No registry has these versions, so the package.json of the program names the file of each
	// package.
	const overrides = Object.fromEntries(
		files.map((file) => [file.replace(/^\.\/pflask-(\w+)-.*/, "@pflask/$1"), file]),
	);
	writeFileSync(`${directory}/package.json`, JSON.stringify({ name: "consumer", overrides }));
	bun(directory, "add", ...files);
	const program = `
		import { ranges, REQUIREMENTS } from "@pflask/userns";
		console.log(REQUIREMENTS.length > 5, Array.isArray(ranges(0).uid));`;
	writeFileSync(`${directory}/program.ts`, program);
	t.equal(bun(directory, "program.ts"), "true true\n");
	const said = bun(directory, "node_modules/@pflask/userns/src/main.ts", "--version");
	t.match(said, /^pflask-userns \d/);
});
