// SPDX-License-Identifier: BSD-2-Clause
// Root may start dist/pflask in any directory and with any environment. dist/pflask runs only its
// own code, and leaves no file behind.
import { readdirSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";

const pflask = `${import.meta.dir}/../../dist/pflask`;
const DRY_RUN = ["--dry-run", "--clearenv", "--", "true"];

/** Runs pflask with --dry-run, which loads the library and needs no privilege. */
function dryRun(cwd: string, variables: Record<string, string> = {}) {
	const env = { PATH: process.env.PATH, ...variables };
	const { exitCode, stdout, stderr } = Bun.spawnSync([pflask, ...DRY_RUN], { cwd, env });
	return { exitCode, out: stdout.toString(), err: stderr.toString() };
}

/** Makes a script that leaves a trace when the script runs. */
function trap(t: Test): { directory: string; script: string } {
	const directory = t.testdir({ cwd: {}, tmp: {} });
	const script = `${directory}/cwd/trap.ts`;
	const trace = JSON.stringify(`${directory}/sprung`);
	writeFileSync(script, `require("node:fs").writeFileSync(${trace}, "");\n`);
	return { directory, script };
}

t.test("files of the current directory are not read", async (t) => {
	const { directory } = trap(t);
	const work = `${directory}/cwd`;
	const expected = dryRun(work);
	writeFileSync(`${work}/bunfig.toml`, 'preload = ["./trap.ts"]\n');
	writeFileSync(`${work}/.env`, "BUN_JSC_nonsense=1\nPATH=/nonesuch\n");
	writeFileSync(`${work}/tsconfig.json`, "no JSON");
	writeFileSync(`${work}/package.json`, "no JSON");
	t.same(dryRun(work), expected);
	t.equal(expected.exitCode, 0, expected.err);
	t.match(expected.out, /exec +true true/);
	t.same(readdirSync(directory).sort(), ["cwd", "tmp"]);
});

t.test("switches of Bun in the environment have no effect", async (t) => {
	const { directory, script } = trap(t);
	const expected = dryRun("/");
	const switches: Record<string, string> = {
		BUN_BE_BUN: "1",
		BUN_OPTIONS: `--preload ${script}`,
		BUN_BYTECODE_ORDER_OUT: `${directory}/order`,
		BUN_BYTECODE_ORDER_NAMES_OUT: `${directory}/names`,
		BUN_BYTECODE_DIGEST_OUT: `${directory}/digest`,
		NODE_OPTIONS: `--require ${script}`,
	};
	for (const [name, value] of Object.entries(switches))
		t.same(dryRun("/", { [name]: value }), expected, name);
	t.same(readdirSync(directory).sort(), ["cwd", "tmp"]);
});

// Bun exits with its own message, and does not evaluate the code that a debugger sends.
t.test("a debugger from the environment is refused", async (t) => {
	const { directory, script } = trap(t);
	for (const variables of [
		{ BUN_INSPECT: `unix://${directory}/socket`, BUN_INSPECT_PRELOAD: script },
		{ BUN_INSPECT_PRELOAD: script },
	]) {
		const { exitCode, out, err } = dryRun("/", variables);
		t.not(exitCode, 0);
		t.equal(out, "");
		t.match(err, /BUN_INSPECT cannot be used|EvalError/);
	}
	t.same(readdirSync(directory).sort(), ["cwd", "tmp"]);
});

t.test("the library is loaded from memory", async (t) => {
	const { directory } = trap(t);
	const tmp = `${directory}/tmp`;
	const { exitCode, err } = dryRun("/", { TMPDIR: tmp, BUN_TMPDIR: tmp });
	t.equal(exitCode, 0, err);
	t.same(readdirSync(tmp), []);
});
