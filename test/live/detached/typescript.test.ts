// SPDX-License-Identifier: BSD-2-Clause
// detach(), find() and list() of @pflask/runtime do not block the event loop, and leave nothing
// behind.
import { writeFileSync } from "node:fs";
import type { Test } from "tap";
import {
	type Detached,
	detach,
	find,
	list,
	PflaskError,
} from "../../../packages/runtime/src/index.ts";
import { EHOSTDOWN, ESRCH } from "../../../packages/runtime/src/numbers.gen.ts";
import { descriptorsClosed, openDescriptors } from "../../lib/descriptors.ts";
import { isAlive, nameIn } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { until } from "../../lib/until.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const HOLD = [PROBE, "hold"];

function text(stream: ReadableStream<Uint8Array>): Promise<string> {
	return new Response(stream).text();
}

/** Ends a container, and waits until its monitor is gone. */
async function end(container: Detached): Promise<void> {
	container.kill("SIGKILL");
	await container.exited;
	await until("the end of the monitor", () => !isAlive(container.monitorPid));
}

live("a container is detached, found, listed and killed", async (t, box) => {
	const name = nameIn(box, "web");
	using web = await detach({ command: HOLD, name });
	const { pid, monitorPid } = web;
	t.ok(pid !== null && isAlive(pid) && isAlive(monitorPid));
	const listed = (await list()).find((one) => one.name === name);
	const command = HOLD.join(" ");
	t.match(listed, { pid, monitorPid, uid: 0, command, root: "/", endedAt: null, status: null });
	for (const which of [name, monitorPid, pid ?? 0, `root/${name}`]) {
		using found = await find(which);
		t.match(found, { name, pid, monitorPid, startedAt: listed?.startedAt, exit: null });
	}
	using other = await find(name);
	t.equal(other.kill(), true);
	t.same(await Promise.all([web.exited, other.exited]), [143, 143]);
	t.match([web.exit, other.exit], Array(2).fill({ reason: "signal", signal: "SIGTERM" }));
	t.same([web.pid, web.kill(), other.kill()], [null, false, false]);
});

live("a kept end is found, and is no running container", async (t, box) => {
	const name = nameIn(box, "job");
	using job = await detach({ command: ["sh", "-c", "echo done; exit 7"], name });
	t.equal(await job.exited, 7);
	await until("the end of the monitor", () => !isAlive(job.monitorPid));
	for (const which of [name, job.monitorPid]) {
		using found = await find(which);
		t.equal(await found.exited, 7);
		t.match(found.exit, { reason: "exit", exitCode: 7 });
		t.same([found.pid, found.kill()], [null, false]);
		t.throws(() => found.exec(["true"]), { errno: ESRCH, field: "which" } as never);
		t.equal(await text(found.logs()), "done\r\n");
	}
	const named = (one: { name: string | undefined }): boolean => one.name === name;
	t.same((await list()).filter(named), []);
	t.match((await list({ all: true })).find(named), { pid: null, status: 7 });
});

live("a command of exec() has streams, a terminal and a status", async (t) => {
	using container = await detach({ command: HOLD, hostname: "inside" });
	const script = "cat; hostname >&2; exit 7";
	const command = container.exec(["sh", "-c", script], { stdin: "pipe", stderr: "pipe" });
	await command.stdin.write("typed");
	await command.stdin.end();
	t.same(await Promise.all([text(command.stdout), text(command.stderr)]), ["typed", "inside\n"]);
	t.equal(await command.exited, 7);
	t.match(command.exit, { reason: "exit", exitCode: 7 });
	const many = Array.from({ length: 16 }, (_, i) => container.exec([PROBE, "exit", `${i}`]).exited);
	t.same(await Promise.all(many), [...Array(16).keys()]);
	const stdin = new Blob(["from a Blob"]);
	t.equal(
		await text(container.exec({ command: ["cat"], chdir: "/" }, { stdin }).stdout),
		"from a Blob",
	);
	const terminal = container.exec(["stty", "size"], { terminal: { cols: 91, rows: 17 } });
	t.equal(await text(terminal.terminal?.output as ReadableStream<Uint8Array>), "17 91\r\n");
	const sleeping = container.exec(HOLD);
	t.ok((await sleeping.started).leaderPid > 0);
	t.equal(sleeping.kill(), true);
	t.equal(await sleeping.exited, 143);
	const early = container.exec(HOLD);
	t.equal(early.kill("SIGKILL"), true, "the signal waits for the start");
	t.equal(await early.exited, 137);
	const controller = new AbortController();
	const aborted = container.exec(HOLD, { signal: controller.signal });
	controller.abort();
	t.equal(await aborted.exited, 143);
	t.equal(aborted.exit?.reason, "abort");
	const limited = container.exec(HOLD, { timeout: 10 });
	t.equal(await limited.exited, 124);
	await end(container);
});

live("the mistakes of a caller are errors", async (t, box) => {
	const before = openDescriptors();
	const gone = nameIn(box, "gone");
	const error = await find(gone).catch((reason: unknown) => reason);
	t.ok(error instanceof PflaskError);
	t.match(error, {
		message: `${gone}: no such container`,
		errno: ESRCH,
		field: "which",
		hint: /./,
	});
	await t.rejects(find(null as never), { code: "invalid", hint: 'find("web")' });
	await t.rejects(list({ al: true } as never), { code: "invalid", hint: "all" });
	await t.rejects(detach({ command: ["/no/such/program"] }), { code: "not-found" });
	await t.rejects(detach({ comand: ["true"] } as never), { code: "invalid", hint: "command" });
	using container = await detach({ command: HOLD });
	const wrong = { command: ["true"], chroot: "/" } as never;
	t.throws(() => container.exec(wrong), { field: "chroot" } as never);
	t.throws(() => container.exec([]), { field: "command" } as never);
	t.throws(() => container.exec(["true"], { killSignal: 2 } as never), {
		field: "killSignal",
	} as never);
	t.throws(() => container.kill("SIGNOPE" as "SIGTERM"), { hint: "SIGTERM" } as never);
	t.throws(() => container.logs({ folow: true } as never), { hint: "follow" } as never);
	await t.rejects(container.exec(["/no/such/program"]).exited, { code: "not-found" });
	await end(container);
	await descriptorsClosed(before);
});

live("a stopped monitor does not hold the event loop", async (t, box) => {
	const name = nameIn(box, "stopped");
	using container = await detach({ command: HOLD, name });
	process.kill(container.monitorPid, "SIGSTOP");
	let ticks = 0;
	let longest = 0;
	let last = performance.now();
	const timer = setInterval(() => {
		ticks++;
		longest = Math.max(longest, performance.now() - last);
		last = performance.now();
	}, 5);
	const listed = (await list()).find((one) => one.name === name);
	t.match(listed, { pid: null, monitorPid: container.monitorPid, startedAt: null });
	await t.rejects(find(name), {
		code: "invalid",
		errno: EHOSTDOWN,
		hint: `kill -CONT ${container.monitorPid}`,
	});
	await t.rejects(text(container.logs()), { code: "invalid", errno: EHOSTDOWN });
	clearInterval(timer);
	t.ok(ticks > 100, `${ticks} ticks in three seconds, the longest took ${longest} ms`);
	t.equal(container.kill("SIGKILL"), true, "the signal waits for the monitor");
	process.kill(container.monitorPid, "SIGCONT");
	t.equal(await container.exited, 137);
	await until("the end of the monitor", () => !isAlive(container.monitorPid));
});

live("a monitor that is killed is a lost container", async (t) => {
	using container = await detach({ command: HOLD });
	using found = await find(container.monitorPid);
	process.kill(container.monitorPid, "SIGKILL");
	t.same(await Promise.all([container.exited, found.exited]), [137, 137]);
	t.match([container.exit, found.exit], Array(2).fill({ reason: "lost" }));
});

live("logs() has the output, follows new output, and can be cancelled", async (t) => {
	const before = openDescriptors();
	const command = ["sh", "-c", "echo ready; read line; echo $line; exit 3"];
	using container = await detach({ command, files: { "/srv/x": new Blob(["x"]) } });
	await until("the output", async () => (await text(container.logs())) === "ready\r\n");
	const followed = container.logs({ follow: true }).getReader();
	t.equal(`${Buffer.from((await followed.read()).value ?? [])}`, "ready\r\n");
	const read = followed.read();
	await followed.cancel();
	t.same(await read, { value: undefined, done: true });
	const rest = container.logs({ follow: true }).getReader();
	t.equal(`${Buffer.from((await rest.read()).value ?? [])}`, "ready\r\n");
	await end(container);
	t.same(await rest.read(), { value: undefined, done: true });
	using mute = await detach({ command: HOLD, terminal: false });
	await t.rejects(text(mute.logs()), { message: /the container has no terminal/ });
	mute.logs({ follow: true }); // is never read
	await end(mute);
	await descriptorsClosed(before);
});

live("what the program forgets, or lets go, leaves no descriptor", async (t) => {
	using container = await detach({ command: HOLD });
	const before = openDescriptors();
	for (let i = 0; i < 80; i++) {
		using found = await find(container.monitorPid);
		found.kill("SIGCONT");
	}
	await descriptorsClosed(before);
	for (let i = 0; i < 20; i++) await find(container.monitorPid);
	await until("the descriptors are closed", () => {
		Bun.gc(true);
		return openDescriptors() <= before + 2; // the last handle may still be on the stack
	});
	const found = await find(container.monitorPid);
	const exited = found.exited;
	found[Symbol.dispose]();
	await t.rejects(exited, { message: `${container.monitorPid}: the program has let go` });
	t.ok(isAlive(container.monitorPid), "the container runs on");
	await end(container);
});

live("a worker that is terminated leaves no command and no descriptor", async (t) => {
	using container = await detach({ command: HOLD });
	const before = openDescriptors();
	const worker = new Worker(`${ROOT}test/lib/exec-worker.ts`);
	const { promise, resolve } = Promise.withResolvers<number>();
	worker.onmessage = ({ data }) => resolve(data);
	worker.postMessage(container.monitorPid);
	const pid = await promise;
	t.ok(isAlive(pid));
	worker.terminate();
	await until("the end of the command", () => !isAlive(pid));
	await descriptorsClosed(before);
	t.ok(isAlive(container.monitorPid), "the container runs on");
	await end(container);
});

/** Runs a program that uses @pflask/runtime. Returns the output of the program. */
async function program(t: Test, box: Box, code: string): Promise<string> {
	const runtime = JSON.stringify(`${ROOT}packages/runtime/src/index.ts`);
	const file = `${box.dir}/program.ts`;
	writeFileSync(file, `import { detach, find, list } from ${runtime};\n${code}`);
	const built = `${box.dir}/program`;
	const build = [process.execPath, "build", "--compile", file, `--outfile=${built}`];
	t.equal(await Bun.spawn(build, { stdout: "ignore" }).exited, 0);
	const ran = Bun.spawn([built], { cwd: "/", stdin: "ignore", stderr: "inherit" });
	const out = await text(ran.stdout);
	t.equal(await ran.exited, 0);
	return out;
}

live("a compiled program ends when it has detached, and goes on for `exited`", async (t, box) => {
	const name = nameIn(box, "compiled");
	const spec = JSON.stringify({ command: HOLD, name });
	const pid = Number(await program(t, box, `console.log((await detach(${spec})).monitorPid)`));
	t.ok(isAlive(pid), "the container outlives the program");
	const code = `
		const { monitorPid } = (await list()).find((one) => one.name === "${name}");
		const found = await find(monitorPid);
		const logs = await new Response(found.logs()).text();
		found.kill("SIGKILL");
		console.log(monitorPid, typeof logs, await found.exited);`;
	t.equal(await program(t, box, code), `${pid} string 137\n`);
	await until("the end of the monitor", () => !isAlive(pid));
});
