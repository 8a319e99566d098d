// SPDX-License-Identifier: BSD-2-Clause
// The executable is safe under sudo. Neither the current directory nor environment variables of the
// runtime can make the executable run other code.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { DEFAULT_ENVIRONMENT, type Ended } from "../../lib/run.ts";

/** Makes a script that leaves a trace when the script runs. */
function trap(box: Box): string {
	const script = `${box.dir}/trap.ts`;
	const trace = JSON.stringify(`${box.dir}/trace`);
	writeFileSync(script, `require("node:fs").writeFileSync(${trace}, "was here");\n`);
	return script;
}

function wasNotRun(t: Test, box: Box, run: Ended, what: string): void {
	t.notOk(existsSync(`${box.dir}/trace`), `${what}: nothing foreign was run`);
	t.same([run.status, run.out, run.err], [0, "hello\n", ""], what);
}

live("pflask reads no files of the current directory", async (t, box) => {
	const script = trap(box);
	const cwd = `${box.dir}/cwd`;
	mkdirSync(`${cwd}/node_modules/tap`, { recursive: true });
	const preload = `preload = [${JSON.stringify(script)}]\n`;
	writeFileSync(`${cwd}/bunfig.toml`, `${preload}[test]\n${preload}`);
	writeFileSync(`${cwd}/.env`, `BUN_OPTIONS=--preload=${script}\nFROM_DOTENV=1\nTERM=dotenv\n`);
	writeFileSync(`${cwd}/.env.local`, "FROM_DOTENV=1\n");
	writeFileSync(`${cwd}/.env.production`, "FROM_DOTENV=1\n");
	writeFileSync(`${cwd}/package.json`, '{"name": "x", "imports": {"#x": "./x"}, "type": 5}\n');
	writeFileSync(`${cwd}/tsconfig.json`, '{"compilerOptions": {"jsx": 5}} broken\n');
	writeFileSync(`${cwd}/.npmrc`, "broken = [\n");
	writeFileSync(`${cwd}/libpflask.so.0`, "no library\n");
	writeFileSync(`${cwd}/libpflask.so`, "no library\n");
	wasNotRun(t, box, await box.run(["--", PROBE, "say", "hello"], { cwd }), "with files");
	for (const options of [[], ["--keepenv"]]) {
		const kept = await box.run([...options, "--", PROBE, "env"], { cwd });
		t.notMatch(kept.out, "FROM_DOTENV");
		t.match(kept.out, "env TERM=xterm\n");
	}
	const again = { cwd, env: { ...DEFAULT_ENVIRONMENT, HOME: cwd, XDG_CONFIG_HOME: cwd } };
	wasNotRun(t, box, await box.run(["--", PROBE, "say", "hello"], again), "with a home");
});

function hostile(box: Box): Record<string, Record<string, string>> {
	const script = trap(box);
	return {
		BUN_BE_BUN: { BUN_BE_BUN: "1" },
		"BUN_OPTIONS preload": { BUN_OPTIONS: `--preload ${script}` },
		"BUN_OPTIONS require": { BUN_OPTIONS: `-r ${script}` },
		"BUN_OPTIONS eval": { BUN_OPTIONS: `-e require('${script}')` },
		"BUN_OPTIONS inspect": { BUN_OPTIONS: "--inspect-wait=127.0.0.1:0" },
		"BUN_OPTIONS cpu-prof": { BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${box.tmp}` },
		"BUN_OPTIONS config": { BUN_OPTIONS: `--config=${box.dir}/bunfig.toml` },
		NODE_OPTIONS: { NODE_OPTIONS: `--require ${script}` },
		NODE_PATH: { NODE_PATH: box.dir },
		BUN_CONFIG: { BUN_CONFIG_FILE: `${box.dir}/bunfig.toml` },
		"BUN_BE_BUN and BUN_OPTIONS": { BUN_BE_BUN: "1", BUN_OPTIONS: `--preload ${script}` },
		TMPDIR: { TMPDIR: "/no/such/place", BUN_TMPDIR: "/no/such/place" },
	};
}

live("switches of Bun in the environment have no effect", async (t, box) => {
	for (const [what, variables] of Object.entries(hostile(box))) {
		const env = { ...DEFAULT_ENVIRONMENT, ...variables };
		wasNotRun(t, box, await box.run(["--", PROBE, "say", "hello"], { env }), what);
		const version = await box.run(["--version"], { env });
		t.match(version.out, /^pflask \d+\.\d+\.\d+\n$/, `${what}: it is still pflask`);
	}
});

live("a debugger is not served", async (t, box) => {
	for (const [name, value] of [
		["BUN_INSPECT", "ws://127.0.0.1:0/x"],
		["BUN_INSPECT", `unix://${box.tmp}/socket`],
		["BUN_INSPECT_CONNECT_TO", `${box.tmp}/socket`],
		["BUN_INSPECT_NOTIFY", `unix://${box.tmp}/socket`],
		["BUN_INSPECT_PRELOAD", trap(box)],
	] as const) {
		const env = { ...DEFAULT_ENVIRONMENT, BUN_INSPECT_PRELOAD: trap(box), [name]: value };
		const run = await box.run(["--", PROBE, "say", "hello"], { env });
		t.ok(run.signal === null, `${name}=${value} ends`);
		t.notOk(existsSync(`${box.dir}/trace`), `${name}=${value}: nothing foreign was run`);
		t.same(readdirSync(box.tmp), [], `${name}=${value}: there is no socket`);
	}
});

live("options of Bun are not options of pflask", async (t, box) => {
	const script = trap(box);
	for (const word of ["--preload", "--inspect", "--cwd=/", "-e", "run", "--eval", "--print"]) {
		const run = await box.run([word, script]);
		t.ok(run.status === 125 || run.status === 126 || run.status === 127, `${word}: ${run.err}`);
		t.match(run.err, /^pflask: /, word);
		t.notOk(existsSync(`${box.dir}/trace`), `${word}: nothing foreign was run`);
	}
});

live("pflask reads and leaves no file in /tmp", async (t, box) => {
	const fake = `${box.tmp}/.bun-0-0000000000000000.so`;
	writeFileSync(fake, "no library\n", { mode: 0o666 });
	t.equal((await box.run(["--", PROBE, "say", "hello"])).out, "hello\n");
	t.same(readdirSync(box.tmp), [".bun-0-0000000000000000.so"]);
	rmSync(fake);
});

t.end();
