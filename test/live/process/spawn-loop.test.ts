// SPDX-License-Identifier: BSD-2-Clause
// While other processes set up a container, or do not answer, the event loop is not blocked.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { spawn } from "../../../packages/runtime/src/index.ts";
import { account, RANGE } from "../../lib/account.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;

/** A program that counts the ticks of a timer while a container with a map of ids runs. */
const PROGRAM = `
	import { run, useLibrary } from "${ROOT}packages/runtime/src/index.ts";
	import library from "${ROOT}dist/lib/libpflask.so.0" with { type: "file" };
	await useLibrary(library);
	let ticks = 0;
	const timer = setInterval(() => ticks++, 1);
	const { stdout } = await run({ command: ["cat", "/proc/self/uid_map"], userMap: ["auto"] });
	clearInterval(timer);
	console.log(JSON.stringify({ ticks, lines: stdout.trim().split("\\n").length }));`;

live("newuidmap does not hold the event loop of an ordinary user", async (t, box) => {
	const user = await account("pft-loop", { range: RANGE });
	writeFileSync(`${box.dir}/program.ts`, PROGRAM);
	const program = `${box.dir}/program`;
	const build = [process.execPath, "build", "--compile", `${box.dir}/program.ts`];
	await Bun.spawn([...build, `--outfile=${program}`], { stdout: "ignore" }).exited;
	mkdirSync(`${box.dir}/bin`);
	writeFileSync(`${box.dir}/bin/newuidmap`, `#!/bin/sh\nsleep 0.3\nexec /usr/bin/newuidmap "$@"\n`);
	for (const path of [program, `${box.dir}/bin`, `${box.dir}/bin/newuidmap`])
		chmodSync(path, 0o755);
	const env = { ...user.env, PATH: `${box.dir}/bin:${user.env.PATH}` };
	const ran = Bun.spawn([...user.become, program], { cwd: "/", env, stderr: "inherit" });
	const { ticks, lines } = JSON.parse(await new Response(ran.stdout).text());
	t.equal(lines, 2, "the map has the user and the subordinate ids");
	t.ok(ticks > 10, `${ticks} ticks in the 300 ms of newuidmap`);
});

live("a stopped monitor holds neither kill() nor the end", async (t) => {
	const container = spawn({ command: [PROBE, "hold"] });
	const { monitorPid } = await container.started;
	process.kill(monitorPid, "SIGSTOP");
	let ticks = 0;
	const timer = setInterval(() => ticks++, 1);
	t.equal(container.kill("SIGKILL"), true);
	t.equal(await container.exited, 137);
	await Bun.sleep(5);
	clearInterval(timer);
	t.ok(ticks > 0);
});
