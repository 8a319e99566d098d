// SPDX-License-Identifier: BSD-2-Clause
// Many containers of spawn() run at the same time, in workers, under bun test and in a compiled
// program.
import { writeFileSync } from "node:fs";
import { run } from "../../../packages/runtime/src/index.ts";
import { live } from "../../lib/live.ts";
import { descendants, openFiles } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

const RUNTIME = new URL("../../../packages/runtime/src/index.ts", import.meta.url).pathname;
const LIBRARY = new URL("../../../dist/lib/libpflask.so.0", import.meta.url).pathname;

live("1000 containers, 50 at a time, lose no status and leave nothing", async (t) => {
	await run({ command: ["true"] });
	const before = openFiles(process.pid).length;
	const wrong: unknown[] = [];
	let next = 0;
	let memory = 0;
	async function work(): Promise<void> {
		for (let i = next++; i < 1000; i = next++) {
			if (i === 300) memory = process.memoryUsage.rss();
			const { status, stdout } = await run({ command: ["sh", "-c", `echo ${i}; exit ${i % 100}`] });
			if (status !== i % 100 || stdout !== `${i}\n`) wrong.push([i, status, stdout]);
		}
	}
	await Promise.all(Array.from({ length: 50 }, work));
	t.same(wrong, []);
	t.equal(descendants().length, 0, "no zombie");
	Bun.gc(true);
	const growth = process.memoryUsage.rss() - memory;
	t.ok(growth < 48 << 20, `700 containers take ${growth >> 10} KiB`);
	await until("the descriptors are closed", () => openFiles(process.pid).length <= before);
});

live("4 workers run containers at the same time", async (t) => {
	const url = new URL("../../lib/many-worker.ts", import.meta.url).href;
	const expected = Array.from({ length: 20 }, (_, i) => i);
	const statuses = await Promise.all(
		[1, 2, 3, 4].map(
			() =>
				new Promise((resolve, reject) => {
					const worker = new Worker(url);
					worker.onmessage = ({ data }) => resolve(data);
					worker.onerror = ({ message }) => reject(new Error(message));
				}),
		),
	);
	t.same(statuses, [expected, expected, expected, expected]);
});

live("a program that crashes leaves no container", async (t, box) => {
	writeFileSync(
		`${box.dir}/crash.ts`,
		`import { spawn } from "${RUNTIME}";
		const container = spawn({ command: ["sleep", "1000"] });
		console.log((await container.started).leaderPid);
		process.kill(process.pid, "SIGKILL");`,
	);
	const program = Bun.spawn([process.execPath, `${box.dir}/crash.ts`], { stderr: "inherit" });
	t.ok(Number(await new Response(program.stdout).text()) > 0);
	await until("the end of the container", () =>
		descendants().every(({ name }) => name !== "sleep"),
	);
});

live("a program ends before a container that it has let go", async (t, box) => {
	const file = `${box.dir}/unref.ts`;
	writeFileSync(
		file,
		`import { spawn } from "${RUNTIME}";
		const streams = { stdin: "pipe", stdout: "pipe", stderr: "pipe" };
		const all = [spawn({ command: ["sleep", "1000"] }, streams)];
		all.push(spawn({ command: ["sleep", "1000"] }, { terminal: {} }));
		for (const container of all) { await container.started; container.unref(); }`,
	);
	const program = Bun.spawn([process.execPath, file], { stderr: "inherit", timeout: 20_000 });
	t.equal(await program.exited, 0);
	await until("the end of the containers", () =>
		descendants().every(({ name }) => name !== "sleep"),
	);
});

live("containers run under bun test, and in a compiled program", async (t, box) => {
	const file = `${box.dir}/own.test.ts`;
	writeFileSync(
		file,
		`import { expect, test } from "bun:test";
		import { run } from "${RUNTIME}";
		test("one", async () => expect((await run({ command: ["echo", "x"] })).stdout).toBe("x\\n"));`,
	);
	const tested = Bun.spawn([process.execPath, "test", file], { stderr: "pipe" });
	t.match(await new Response(tested.stderr).text(), "1 pass");
	writeFileSync(
		`${box.dir}/program.ts`,
		`import { run, useLibrary } from "${RUNTIME}";
		import library from "${LIBRARY}" with { type: "file" };
		await useLibrary(library);
		console.log((await run({ command: ["echo", "compiled"] })).stdout);`,
	);
	const program = `${box.dir}/program`;
	const build = [process.execPath, "build", "--compile", `${box.dir}/program.ts`];
	const built = Bun.spawn([...build, `--outfile=${program}`], { stdout: "ignore" });
	t.equal(await built.exited, 0);
	const ran = Bun.spawn([program], { cwd: "/", env: { PATH: process.env.PATH ?? "" } });
	t.match(await new Response(ran.stdout).text(), "compiled");
});
