// SPDX-License-Identifier: BSD-2-Clause
// exec() runs commands in a container of spawn(). Only the program that has started the container
// can do this, and the commands end with the container.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Test } from "tap";
import { list, spawn } from "../../../packages/runtime/src/index.ts";
import { EBUSY, EHOSTDOWN, ESRCH } from "../../../packages/runtime/src/numbers.gen.ts";
import { account } from "../../lib/account.ts";
import { SELF } from "../../lib/confinement.ts";
import { descriptorsClosed, openDescriptors } from "../../lib/descriptors.ts";
import { isAlive } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, openFiles, reapOrphans } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const RUNTIME = `${ROOT}packages/runtime/src/index.ts`;
const HOLD = [PROBE, "hold"];

function text(stream: ReadableStream<Uint8Array> | undefined): Promise<string> {
	return new Response(stream).text();
}

/** Checks that a command of exec() has the facts of the container's own command. */
async function sameInside(t: Test, fields: Partial<Parameters<typeof spawn>[0]>): Promise<void> {
	const what = JSON.stringify(fields);
	const command = ["/bin/sh", "-c", `${SELF}; echo told; read line`];
	await using container = spawn({ ...fields, command }, { stdin: "pipe" });
	const joined = container.exec(["/bin/sh", "-c", `${SELF}; echo told`]);
	const inside = await text(joined.stdout);
	t.equal(await joined.exited, 0, what);
	await container.stdin.end();
	t.equal(inside, await text(container.stdout), `${what}: the same as the container's own`);
	t.match(inside, /\nUid:[^]*\ntold\n$/);
}

live("a command of exec() is confined like the container's command", async (t) => {
	const user = await account("pft-spawn", { groups: ["games"] });
	await sameInside(t, {});
	await sameInside(t, { netif: [], hostname: "inside", asPid1: true });
	await sameInside(t, { pidns: false });
	await sameInside(t, { mountns: false, ipcns: false });
	await sameInside(t, { userMap: ["auto"] });
	await sameInside(t, { user: user.name, setenv: { A: "1", B: "two words" }, chdir: "/tmp" });
	await sameInside(t, { ephemeral: true, confine: true, netif: [] });
});

live("a command of exec() has streams, a terminal, a status and signals", async (t) => {
	await using container = spawn({ command: HOLD, hostname: "inside" });
	const script = "cat; hostname >&2; exit 7";
	const command = container.exec(["sh", "-c", script], { stdin: "pipe", stderr: "pipe" });
	await command.stdin.write("typed");
	await command.stdin.end();
	t.same(await Promise.all([text(command.stdout), text(command.stderr)]), ["typed", "inside\n"]);
	t.equal(await command.exited, 7);
	t.match(command.exit, { reason: "exit", exitCode: 7 });
	const fields = { command: ["sh", "-c", "pwd; echo $A"], chdir: "/usr", setenv: { A: "1" } };
	t.equal(await text(container.exec(fields).stdout), "/usr\n1\n");
	const terminal = container.exec(["stty", "size"], { terminal: { cols: 91, rows: 17 } });
	t.equal(await text(terminal.terminal?.output), "17 91\r\n");
	const sleeping = container.exec(HOLD);
	const { leaderPid, initPid } = await sleeping.started;
	t.ok(leaderPid > 0 && leaderPid !== (await container.started).leaderPid);
	t.equal(initPid, (await container.started).initPid);
	t.equal(sleeping.kill(), true);
	t.equal(await sleeping.exited, 143);
	const controller = new AbortController();
	const aborted = container.exec(HOLD, { signal: controller.signal });
	controller.abort();
	t.equal(await aborted.exited, 143);
	t.equal(aborted.exit?.reason, "abort");
	t.equal(await container.exec(HOLD, { timeout: 10 }).exited, 124);
	await t.rejects(container.exec(["/no/such/program"]).exited, { code: "not-found" });
	t.throws(() => container.exec({ command: ["true"], chroot: "/" } as never), {
		field: "chroot",
	} as never);
	t.equal(container.exit, null, "the container runs on");
	await using own = spawn({ command: HOLD }, { terminal: { cols: 80, rows: 24 } });
	t.equal(await own.exec([PROBE, "exit", "3"]).exited, 3, "beside a command with a terminal");
});

live("a command waits for the start of the container, and signals wait for both", async (t) => {
	const before = openDescriptors();
	const container = spawn({ command: HOLD });
	const early = Array.from({ length: 20 }, (_, i) => container.exec([PROBE, "exit", `${i}`]));
	const killed = container.exec(HOLD);
	t.equal(killed.kill("SIGTERM"), true);
	t.same(await Promise.all(early.map(({ exited }) => exited)), [...Array(20).keys()]);
	t.equal(await killed.exited, 143);
	container.kill("SIGKILL");
	await container.exited;
	const failing = spawn({ command: ["/no/such/program"] });
	const lost = failing.exec(["true"]);
	await t.rejects(failing.exited, { code: "not-found" });
	await t.rejects(lost.exited, { errno: ESRCH, message: /: ended before the command started$/ });
	const short = spawn({ command: HOLD });
	const unborn = short.exec(HOLD).exited.catch(({ errno }) => errno);
	short.kill("SIGKILL");
	await short.exited.catch(() => {});
	t.ok((await unborn) > 0, "the status of a killed command, or an error");
	await descriptorsClosed(before);
});

live("the end of the container ends its commands, and then exec() is an error", async (t) => {
	const before = openDescriptors();
	for (const pidns of [true, false]) {
		const container = spawn({ command: HOLD, pidns });
		const all = [HOLD, HOLD, [PROBE, "daemon", "+", "hold"]];
		const commands = all.map((words) => container.exec(words, { stdout: "ignore" }));
		const pids = await Promise.all(commands.map(async ({ started }) => (await started).leaderPid));
		t.equal(container.kill("SIGTERM"), true);
		t.equal(await container.exited, 143);
		t.same(await Promise.all(commands.map(({ exited }) => exited)), [137, 137, 137]);
		t.match(commands[0]?.exit, { reason: "killed" });
		t.notOk(pids.some(isAlive));
		t.equal(descendants().length, 0, "no process is left");
		t.throws(() => container.exec(HOLD), {
			errno: ESRCH,
			message: "container: has ended with status 143",
		} as never);
	}
	await descriptorsClosed(before);
});

live("1000 commands leave no descriptor in the program and in the monitor", async (t) => {
	await using container = spawn({ command: HOLD });
	const { monitorPid } = await container.started;
	const count = (): number => readdirSync(`/proc/${monitorPid}/fd`).length;
	await container.exec([PROBE, "exit", "0"]).exited; // fills caches of the monitor
	const before = openDescriptors();
	const inMonitor = count();
	const wrong: unknown[] = [];
	let next = 0;
	async function work(): Promise<void> {
		for (let i = next++; i < 1000; i = next++) {
			const status = await container.exec([PROBE, "exit", `${i % 100}`]).exited;
			if (status !== i % 100) wrong.push([i, status]);
		}
	}
	await Promise.all(Array.from({ length: 16 }, work));
	t.same(wrong, []);
	await descriptorsClosed(before);
	await until("the monitor has closed its descriptors", () => count() <= inMonitor);
	t.equal(descendants().filter(({ name }) => name === "probe").length, 1);
});

live("too many commands at the same time are an error, and disturb no other", async (t) => {
	await using container = spawn({ command: HOLD });
	const all = Array.from({ length: 70 }, () => container.exec(HOLD));
	const started = await Promise.allSettled(all.map(({ started }) => started));
	const failed = started.flatMap((one) => (one.status === "rejected" ? [one.reason.errno] : []));
	t.same(failed, Array(6).fill(EBUSY));
	for (const command of all) command.kill("SIGKILL");
	const ended = await Promise.allSettled(all.map(({ exited }) => exited));
	t.equal(ended.filter((one) => one.status === "fulfilled" && one.value === 137).length, 64);
	t.equal(await container.exec([PROBE, "exit", "4"]).exited, 4);
});

live("no other process can use the container", async (t, box) => {
	await using container = spawn({ command: HOLD });
	const { monitorPid } = await container.started;
	t.equal(await container.exec([PROBE, "exit", "0"]).exited, 0);
	t.notOk(
		(await list()).some((one) => one.monitorPid === monitorPid),
		"list() has no such one",
	);
	const other = await box.run([`--exec=${monitorPid}`, "--", "true"]);
	t.match(other.err, `${monitorPid}: no such container`);
	const sockets = openFiles(monitorPid).flatMap(
		({ target }) => target.match(/^socket:\[(\d+)/)?.[1] ?? [],
	);
	const listening = readFileSync("/proc/net/unix", "utf8")
		.split("\n")
		.map((line) => line.split(/ +/))
		.filter(([, , , flags, , , inode = ""]) => flags === "00010000" && sockets.includes(inode));
	t.ok(sockets.length > 0);
	t.same(listening, [], "the monitor listens on no socket");
});

live("a stopped monitor does not hold the event loop", async (t) => {
	await using container = spawn({ command: HOLD });
	const { monitorPid } = await container.started;
	process.kill(monitorPid, "SIGSTOP");
	t.equal(await container.exec([PROBE, "exit", "5"]).exited, 5, "exec() continues the monitor");
	let ticks = 0;
	const timer = setInterval(() => ticks++, 1);
	const commands: Promise<unknown>[] = [];
	for (let i = 0; i < 400; i++) {
		const command = container.exec([PROBE, "exit", "6"]);
		process.kill(monitorPid, "SIGSTOP");
		commands.push(command.exited.catch(({ errno }) => errno));
	}
	await until("some ticks", () => ticks > 20);
	clearInterval(timer);
	process.kill(monitorPid, "SIGCONT");
	const results = new Set(await Promise.all(commands));
	for (const result of results) t.ok([6, EBUSY, EHOSTDOWN].includes(result as number));
	t.ok(results.has(6));
});

/** A program kills its monitors at different moments. Prints how the commands end. */
const KILLER = `
	import { spawn } from "${RUNTIME}";
	for (let i = 0; i < 20; i++) {
		const container = spawn({ command: ["sleep", "1000"] });
		const { monitorPid } = await container.started;
		const first = container.exec(["sleep", "1000"]);
		await first.started;
		const second = container.exec(["sleep", "1000"]).exited.catch(({ errno }) => errno);
		if (i % 2 > 0) await Bun.sleep(i / 5);
		process.kill(monitorPid, "SIGKILL");
		const ends = [await container.exited, await first.exited, first.exit?.reason];
		console.log(...ends, (await second) > 0);
	}`;

live("a monitor that is killed ends the commands", async (t, box) => {
	writeFileSync(`${box.dir}/killer.ts`, KILLER);
	const program = Bun.spawn([process.execPath, `${box.dir}/killer.ts`], { stderr: "inherit" });
	const timer = setInterval(() => reapOrphans("sleep"), 3); // as init would
	const out = await text(program.stdout);
	t.same(out, "137 137 lost true\n".repeat(20));
	await program.exited;
	clearInterval(timer);
	await until("the end of all", () => {
		reapOrphans();
		return descendants().length === 0;
	});
});

live("a program that is killed leaves no command", async (t, box) => {
	writeFileSync(
		`${box.dir}/crash.ts`,
		`import { spawn } from "${RUNTIME}";
		const pidns = process.argv[3] === "pidns";
		const container = spawn({ command: ["sleep", "1000"], pidns });
		const command = container.exec(["sh", "-c", "sleep 1000 & setsid sleep 1000 & sleep 1000"]);
		if (process.argv[2] === "started") await command.started;
		else await container.started;
		for (let i = 0; i < 5; i++) container.exec(["sleep", "1000"]);
		process.kill(process.pid, "SIGKILL");`,
	);
	for (const when of ["started", "early", "early", "early", "early"])
		for (const kind of ["pidns", "none"]) {
			const program = Bun.spawn([process.execPath, `${box.dir}/crash.ts`, when, kind], {
				stdio: ["ignore", "inherit", "inherit"],
			});
			await program.exited;
			t.equal(program.signalCode, "SIGKILL");
			await until("the end of all", () => descendants().length === 0);
		}
});

live("a worker that is terminated leaves no command and no descriptor", async (t, box) => {
	writeFileSync(
		`${box.dir}/worker.ts`,
		`import { spawn } from "${RUNTIME}";
		const container = spawn({ command: ["sleep", "1000"] });
		const command = container.exec(["sleep", "1000"], { stdin: "pipe" });
		postMessage((await command.started).leaderPid);
		await command.exited;`,
	);
	const before = openDescriptors();
	const worker = new Worker(`${box.dir}/worker.ts`);
	const { promise, resolve } = Promise.withResolvers<number>();
	worker.onmessage = ({ data }) => resolve(data);
	t.ok(isAlive(await promise));
	worker.terminate();
	await until("the end of all", () => descendants().length === 0);
	await descriptorsClosed(before);
});

/** A program that runs a command in a container of its own, with ids of its own. */
const PROGRAM = `
	import { spawn, useLibrary } from "${RUNTIME}";
	import library from "${ROOT}dist/lib/libpflask.so.0" with { type: "file" };
	await useLibrary(library);
	await using container = spawn({ command: ["sleep", "1000"] });
	const command = container.exec(["sh", "-c", "id -u; readlink /proc/self/ns/user; exit 9"]);
	console.log(JSON.stringify([await new Response(command.stdout).text(), await command.exited]));`;

live("an ordinary user runs a command in a container", async (t, box) => {
	const user = await account("pft-spawner", {});
	writeFileSync(`${box.dir}/program.ts`, PROGRAM);
	const program = `${box.dir}/program`;
	const build = [process.execPath, "build", "--compile", `${box.dir}/program.ts`];
	await Bun.spawn([...build, `--outfile=${program}`], { stdout: "ignore" }).exited;
	chmodSync(program, 0o755);
	const ran = Bun.spawn([...user.become, program], { cwd: "/", env: user.env, stderr: "inherit" });
	const [out, status] = JSON.parse(await text(ran.stdout));
	t.match(out, /^\d+\nuser:\[\d+\]\n$/);
	t.equal(status, 9);
});
