// SPDX-License-Identifier: BSD-2-Clause
// spawn() and run() of @pflask/runtime do not block the event loop while containers run.
import { PflaskError, run, spawn } from "../../../packages/runtime/src/index.ts";
import { descriptorsClosed, openDescriptors } from "../../lib/descriptors.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

live("a container starts, its output is a stream, and its end has a status", async (t) => {
	const container = spawn({ command: [PROBE, "say", "inside", "+", "exit", "7"] });
	t.equal(container.exit, null, "it has only begun");
	const text = new Response(container.stdout).text();
	const info = await container.started;
	t.ok(info.leaderPid > 0);
	t.equal(await container.exited, 7);
	t.match(await text, "inside");
	t.match(container.exit, { reason: "exit", exitCode: 7 });
	t.equal(container.kill(), false, "there is nothing to kill");
});

live("the input is bytes, a Blob, a stream or a pipe", async (t) => {
	const bytes = new TextEncoder().encode("one two\n");
	for (const stdin of [bytes, new Blob([bytes]), new Blob([bytes]).stream()])
		t.equal((await run({ command: ["cat"] }, { stdin })).stdout, "one two\n");
	const container = spawn({ command: ["cat"] }, { stdin: "pipe" });
	await container.stdin.write("typed ");
	await container.stdin.write(new TextEncoder().encode("twice"));
	await container.stdin.end();
	t.equal(await new Response(container.stdout).text(), "typed twice");
	t.equal(await container.exited, 0);
});

live("a command that does not read its input is no error", async (t) => {
	const stdin = new Blob([new Uint8Array(1 << 20)]).stream();
	t.equal((await run({ command: ["true"] }, { stdin })).status, 0);
});

live("a large output comes whole, as fast as it is read", async (t) => {
	const container = spawn({ command: ["head", "-c", `${8 << 20}`, "/dev/zero"] });
	let size = 0;
	for await (const chunk of container.stdout) size += chunk.length;
	t.equal(size, 8 << 20);
	t.equal(await container.exited, 0);
});

live("standard error is a stream of its own", async (t) => {
	const { stdout, stderr, bytes } = await run({ command: ["sh", "-c", "echo a; echo b >&2"] });
	t.same([stdout, stderr, bytes.stdout.length], ["a\n", "b\n", 2]);
});

live("a failed start rejects started and exited, and leaves nothing", async (t) => {
	const before = openDescriptors();
	const container = spawn({ command: ["/no/such/program"] });
	await t.rejects(container.started, { code: "not-found" });
	await t.rejects(container.exited, { message: "/no/such/program: No such file or directory" });
	await t.rejects(spawn({ command: ["/no/such/program"] }).started, { code: "not-found" });
	await t.rejects(run({ command: ["/no/such/program"] }), { code: "not-found" });
	t.throws(() => spawn({ command: ["true"], chroot: "/no/such" }), { field: "chroot" } as never);
	t.throws(() => spawn({ command: ["true"] }, { stdOut: "pipe" } as object), PflaskError);
	t.throws(() => spawn({ comand: ["true"] } as object), { hint: "command" } as never);
	await container.stdout.cancel();
	await descriptorsClosed(before);
});

live("a stream that is never read leaves no descriptor when it is collected", async (t) => {
	await run({ command: ["true"] });
	const before = openDescriptors();
	for (let i = 0; i < 10; i++) await spawn({ command: ["echo", "unread"] }).exited;
	await until("the descriptors are closed", () => {
		Bun.gc(true);
		return openDescriptors() <= before + 1; // the last container may still be on the stack
	});
	t.pass();
});

live("output that was not read before the end is there, without a descriptor", async (t) => {
	await run({ command: ["true"] });
	const before = openDescriptors();
	const container = spawn({ command: ["sh", "-c", "echo late; echo err >&2"] }, { stderr: "pipe" });
	await container.exited;
	await descriptorsClosed(before);
	t.equal(await new Response(container.stdout).text(), "late\n");
	t.equal(await new Response(container.stderr).text(), "err\n");
	const terminal = spawn({ command: ["echo", "late"] }, { terminal: {} });
	await terminal.exited;
	await descriptorsClosed(before);
	t.equal(await new Response(terminal.terminal?.output).text(), "late\r\n");
});

live("the event loop goes on while containers start and run", async (t) => {
	const held = spawn({ command: [PROBE, "hold"] });
	const all = Array.from({ length: 20 }, (_, i) => run({ command: [PROBE, "exit", `${i}`] }));
	await held.started;
	await Bun.sleep(1);
	t.equal(held.exit, null, "a timer fires while a container runs");
	const ends = await Promise.all(all);
	t.same(
		ends.map(({ status }) => status),
		Array.from({ length: 20 }, (_, i) => i),
	);
	held.kill("SIGKILL");
	t.equal(await held.exited, 137);
});

live("kill() ends a container, before and after its start", async (t) => {
	const early = spawn({ command: [PROBE, "hold"] });
	t.equal(early.kill("SIGKILL"), true);
	const end = await early.exited.catch((error: unknown) => error);
	t.ok(end === 137 || end instanceof PflaskError, `${end}`);
	const late = spawn({ command: [PROBE, "hold"] });
	await late.started;
	t.equal(late.kill(), true);
	t.equal(await late.exited, 143);
	t.throws(() => late.kill("SIGNOPE" as "SIGTERM"), { hint: "SIGTERM" } as never);
});

live("an AbortSignal ends a container", async (t) => {
	const controller = new AbortController();
	const options = { signal: controller.signal, killSignal: "SIGINT" as const };
	const container = spawn({ command: ["sleep", "1000"] }, options);
	await container.started;
	controller.abort();
	t.equal(await container.exited, 130);
	t.equal(container.exit?.reason, "abort");
	t.throws(() => spawn({ command: ["true"] }, { signal: controller.signal }), /abort/i);
});

live("a monitor that is killed is a lost container", async (t) => {
	const container = spawn({ command: [PROBE, "hold"] });
	const { monitorPid } = await container.started;
	process.kill(monitorPid, "SIGKILL");
	t.equal(await container.exited, 137);
	t.equal(container.exit?.reason, "lost");
});

live("await using kills the container", async (t) => {
	{
		await using container = spawn({ command: [PROBE, "hold"] });
		await container.started;
	}
	t.equal(descendants().length, 0);
});

live("a terminated worker leaves no container, no descriptor and no zombie", async (t) => {
	await run({ command: ["true"] });
	const before = openDescriptors();
	const worker = new Worker(new URL("../../lib/spawn-worker.ts", import.meta.url).href);
	const pid = await new Promise<number>((resolve, reject) => {
		worker.onmessage = ({ data }) => resolve(data);
		worker.onerror = ({ message }) => reject(new Error(message));
	});
	t.ok(pid > 0);
	t.ok(openDescriptors() > before, "the worker has descriptors");
	worker.terminate();
	await until("the end of the containers", () => descendants().length === 0);
	await descriptorsClosed(before);
});
