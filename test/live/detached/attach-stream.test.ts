// SPDX-License-Identifier: BSD-2-Clause
// attach() of @pflask/runtime gives the terminal of a detached container as streams.
import { type Detached, detach, find, run } from "../../../packages/runtime/src/index.ts";
import { EHOSTDOWN, ESRCH } from "../../../packages/runtime/src/numbers.gen.ts";
import { descriptorsClosed, openDescriptors } from "../../lib/descriptors.ts";
import { isAlive } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { until } from "../../lib/until.ts";

async function end(container: Detached): Promise<void> {
	container.kill("SIGKILL");
	await container.exited;
	await until("the end of the monitor", () => !isAlive(container.monitorPid));
}

/** A command that reads lines and runs them. */
const SHELL = ["sh", "-c", "stty -echo; echo ready; while read line; do eval $line; done"];

live("the terminal is typed into, read, resized and let go", async (t) => {
	await run({ command: ["true"] }); // opens the helper of the library
	const before = openDescriptors();
	using container = await detach({ command: SHELL });
	using found = await find(container.monitorPid);
	for (const [one, cols] of [
		[container, 91],
		[found, 92],
	] as const) {
		let out = "";
		const data = (bytes: Uint8Array): void => {
			out += `${Buffer.from(bytes)}`;
		};
		await using terminal = one.attach({ cols, rows: 17, data });
		await until("the kept output", () => out.includes("ready\r\n"));
		t.equal(await terminal.write("stty size\n"), true);
		await until("the size", () => out.includes(`17 ${cols}\r\n`));
		terminal.resize(40, 20);
		t.equal(await terminal.write(new TextEncoder().encode("stty size\n")), true);
		await until("the new size", () => out.includes("20 40\r\n"));
		terminal.detach();
		t.equal(await terminal.write("x"), false);
	}
	t.ok(isAlive(container.monitorPid), "the container runs on");
	const last = container.attach();
	const reading = new Response(last.output).text();
	await last.write("exit 3\n");
	t.equal(await container.exited, 3);
	t.match(await reading, /^ready\r\n/);
	t.equal(await last.write("x"), false);
	t.throws(() => container.attach(), { errno: ESRCH } as never);
	await until("the end of the monitor", () => !isAlive(container.monitorPid));
	await descriptorsClosed(before);
});

live("several attach at the same time, and errors are those of the stream", async (t) => {
	const before = openDescriptors();
	using container = await detach({ command: SHELL });
	const shown = ["", "", "", ""];
	const all = shown.map((_, at) =>
		container.attach({
			data(bytes) {
				shown[at] += `${Buffer.from(bytes)}`;
			},
		}),
	);
	await until("the kept output", () => shown.every((text) => text === "ready\r\n"));
	await all[0]?.write("echo typed; exit 0\n");
	t.equal(await container.exited, 0);
	await until("the rest", () => shown.every((text) => text === "ready\r\ntyped\r\n"));
	using mute = await detach({ command: [PROBE, "hold"], terminal: false });
	await t.rejects(new Response(mute.attach().output).text(), {
		message: /the container has no terminal/,
	});
	t.throws(() => mute.attach({ cols: -1 }), { field: "terminal" } as never);
	t.throws(() => mute.attach({ column: 1 } as never), { field: "column" } as never);
	await end(mute);
	await descriptorsClosed(before);
});

live("a stopped monitor does not hold the event loop", async (t) => {
	using container = await detach({ command: SHELL });
	process.kill(container.monitorPid, "SIGSTOP");
	let ticks = 0;
	const timer = setInterval(() => ticks++, 5);
	const terminal = container.attach();
	for (let i = 0; i < 1000; i++) terminal.resize(80 + i, 24);
	await t.rejects(new Response(terminal.output).text(), { errno: EHOSTDOWN } as never);
	clearInterval(timer);
	t.ok(ticks > 20, `${ticks} ticks`);
	t.ok(container.kill("SIGKILL"), "a signal has room behind the sizes");
	process.kill(container.monitorPid, "SIGCONT");
	await end(container);
});

live("data() gets the output, and ended tells an error", async (t) => {
	using container = await detach({ command: ["sleep", "1000"], terminal: false });
	const { ended } = container.attach({ data: () => undefined });
	await t.rejects(ended, /no terminal/);
	await end(container);
});
