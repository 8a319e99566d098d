// SPDX-License-Identifier: BSD-2-Clause
// A terminated worker leaves nothing behind, even if no other thread of the program has imported
// @pflask/runtime.
import type { Test } from "tap";
import { detach } from "../../../packages/runtime/src/index.ts";
import { descriptorsClosed, openDescriptors } from "../../lib/descriptors.ts";
import { isAlive } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { TREE } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { processes } from "../../lib/processes.ts";
import type { Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const HOST = `${TREE}/test/lib/worker-host.ts`;
const COUNT = 3;

/** Returns the number of children of a process. A zombie is a child, too. */
function children(pid: number): number {
	return processes().filter(({ parent }) => parent === pid).length;
}

/**
 * Runs the workers of a program. Checks after each worker that nothing is left. The library keeps
 * `kept` memory files open: pflask-init, and in a compiled program the library itself.
 */
async function isClean(t: Test, program: Running, kept: number): Promise<void> {
	await program.until(/^worker\n/);
	const before = openDescriptors(program.pid) + kept;
	for (let i = 1; i <= COUNT; i++) {
		await program.write("\n");
		await program.until(new RegExp(`^worker\n(?:\\d+\nterminated\n){${i - 1}}\\d+\n$`));
		const pid = Number(program.out.trim().split("\n").at(-1));
		t.ok(isAlive(pid) && openDescriptors(program.pid) > before, "the worker has something");
		await program.write("\n");
		await program.until(/terminated\n$/);
		await until("the end of the command", () => !isAlive(pid));
		await descriptorsClosed(before, program.pid);
		await until("the end of the monitors", () => children(program.pid) === 0);
	}
	await program.closeStdin();
	t.match(await program.ended, { status: 0, err: "" });
}

function start(box: Box, command: readonly string[]): Running {
	const [program = "", ...args] = command;
	return box.start(args, { program, stdin: "pipe" });
}

live("a terminated worker leaves no container, descriptor and zombie", async (t, box) => {
	const worker = `${TREE}/test/lib/spawn-worker.ts`;
	await isClean(t, start(box, [process.execPath, HOST, worker, `${COUNT}`]), 1);
});

live("a terminated worker leaves no command of exec() and no handle", async (t, box) => {
	using container = await detach({ command: [PROBE, "hold"] });
	const worker = `${TREE}/test/lib/exec-worker.ts`;
	const words = [worker, `${COUNT}`, `${container.monitorPid}`];
	await isClean(t, start(box, [process.execPath, HOST, ...words]), 1);
	t.ok(isAlive(container.monitorPid), "the container runs on");
	container.kill("SIGKILL");
	await container.exited;
	await until("the end of the monitor", () => !isAlive(container.monitorPid));
});

live("the worker of a compiled program leaves no copy of the library", async (t, box) => {
	const built = `${box.dir}/program`;
	const files = [HOST, `${TREE}/test/lib/spawn-worker.ts`];
	const build = ["build", "--compile", ...files, `--outfile=${built}`];
	const { status, err } = await box.run(build, { program: process.execPath });
	t.equal(status, 0, err);
	await isClean(t, start(box, [built, "./spawn-worker.ts", `${COUNT}`]), 2);
});
