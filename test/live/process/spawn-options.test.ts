// SPDX-License-Identifier: BSD-2-Clause
// The options of spawn() work, and run() and runSync() collect the results.
import { CommandError, run, runSync, spawn } from "../../../packages/runtime/src/index.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { until } from "../../lib/until.ts";

const HOLD = { command: [PROBE, "hold"] };

live("timeout ends a container with the status and the reason of --timeout", async (t) => {
	const result = await run(HOLD, { timeout: 50 });
	t.match(result, { reason: "timeout", status: 124, signal: "SIGTERM", exitCode: null });
	const killed = await run(HOLD, { timeout: 50, killSignal: "SIGKILL" });
	t.match(killed, { reason: "timeout", status: 124, signal: "SIGKILL" });
	t.match(runSync(HOLD, { timeout: 50 }), { reason: "timeout", status: 124 });
});

live("an aborted container has the reason abort, however its command ends", async (t) => {
	const signal = AbortSignal.timeout(50);
	t.match(await run(HOLD, { signal }), { reason: "abort", status: 143, signal: "SIGTERM" });
	const polite = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done";
	const controller = new AbortController();
	const container = spawn({ command: ["sh", "-c", polite] }, { signal: controller.signal });
	await container.stdout.getReader().read();
	controller.abort();
	t.equal(await container.exited, 5);
	t.match(container.exit, { reason: "abort", exitCode: 5, signal: null });
});

live("maxBuffer cuts the output, and ends the container", async (t) => {
	const result = await run({ command: ["yes"] }, { maxBuffer: 100_000 });
	t.equal(result.bytes.stdout.length, 100_000);
	t.match(result, { reason: "maxBuffer", signal: "SIGTERM" });
	const fits = await run({ command: ["printf", "12345"] }, { maxBuffer: 5 });
	t.match(fits, { reason: "exit", status: 0, stdout: "12345" });
});

live("onExit and exit have the used resources", async (t) => {
	const ends: unknown[] = [];
	const container = spawn({ command: ["true"] }, { onExit: (exit) => ends.push(exit) });
	t.equal(container.pid, null);
	const { leaderPid } = await container.started;
	t.ok(container.pid === leaderPid || container.pid === null, "the command may have ended");
	await container.exited;
	t.equal(ends[0], container.exit);
	const { usage, failures } = container.exit ?? {};
	t.ok((usage?.wall ?? 0) > 0 && (usage?.maxRss ?? 0) > 1024, JSON.stringify(usage));
	t.same(failures, []);
	t.equal(container.pid, null);
});

live("check makes a status other than 0 an error", async (t) => {
	const spec = { command: ["sh", "-c", "echo out; exit 3"] };
	const error = await run(spec, { check: true }).catch((error: unknown) => error);
	t.ok(error instanceof CommandError);
	t.match(error, { message: "sh: exit 3", result: { stdout: "out\n", exitCode: 3 } });
	t.throws(() => runSync(spec, { check: true }), { message: "sh: exit 3" });
	t.equal((await run({ command: ["true"] }, { check: true })).status, 0);
});

live("runSync() collects output, errors and input", async (t) => {
	const spec = { command: ["sh", "-c", "cat; echo err >&2; echo end; exit 3"] };
	const result = runSync(spec, { stdin: new TextEncoder().encode("in\n") });
	t.match(result, { stdout: "in\nend\n", stderr: "err\n", reason: "exit", status: 3 });
	t.throws(() => runSync({ command: ["/no/such/program"] }), { code: "not-found" } as never);
});

live("files are the container's own", async (t) => {
	const blob = new Blob(["b".repeat(200_000)]);
	const files = { "/etc/hosts": "127.0.0.1 x\n", "/srv/a:b/c": new Uint8Array([65]), "/big": blob };
	const command = ["sh", "-c", "cat /etc/hosts /srv/a:b/c; wc -c </big"];
	const { stdout, stderr } = await run({ command, files, ephemeral: true });
	t.equal(stdout + stderr, "127.0.0.1 x\nA200000\n");
	const plain = { command: ["cat", "/etc/hosts"], files: { "/etc/hosts": "y" } };
	t.equal(runSync(plain).stdout, "y");
});

live("the changes of an ephemeral root are data", async (t) => {
	const spec = { command: ["sh", "-c", "umask 22; echo x >/srv/new"], ephemeral: true };
	const change = { path: "/srv/new", kind: "added", type: "file", mode: 0o644, size: 2 };
	t.match((await run(spec)).changes, [change]);
	t.match(runSync(spec).changes, [change]);
	const container = spawn(spec);
	t.match(await container.changes(), [change]);
	t.match(await container.changes(), [change], "again");
	await t.rejects(spawn({ command: ["true"] }).changes(), { field: "ephemeral" } as never);
});

live("a terminal takes input, has an output and a size, and is hung up", async (t) => {
	let text = "";
	const data = (chunk: Uint8Array): void => {
		text += new TextDecoder().decode(chunk);
	};
	const script = "stty size; read line; stty size; echo got $line; exit 4";
	const terminal = { cols: 81, rows: 21, data };
	const container = spawn({ command: ["sh", "-c", script] }, { terminal });
	await until("the first size", () => text.includes("21 81"));
	container.terminal?.resize(100, 30);
	t.equal(await container.terminal?.write("hello\n"), true);
	t.equal(await container.exited, 4);
	await until("all output", () => /30 100\r\ngot hello\r\n$/.test(text));
	t.equal(await container.terminal?.write("late"), false);
	const cat = spawn({ command: ["cat"] }, { terminal: {} });
	t.equal(await cat.terminal?.write("before the start\n"), true);
	cat.terminal?.close();
	t.equal(await cat.exited, 129, "SIGHUP");
});

live("a terminal leaves standard error apart, and its output is a stream", async (t) => {
	const command = ["sh", "-c", "test -t 0 && test -t 1 && echo tty; echo err >&2"];
	const container = spawn({ command }, { terminal: {}, stderr: "pipe" });
	t.equal(await new Response(container.terminal?.output).text(), "tty\r\n");
	t.equal(await new Response(container.stderr).text(), "err\n");
	t.equal(await container.exited, 0);
	const ofSpec = spawn({ command: ["sh", "-c", "echo $((6*7))"], terminal: true });
	t.equal(await new Response(ofSpec.terminal?.output).text(), "42\r\n");
});
