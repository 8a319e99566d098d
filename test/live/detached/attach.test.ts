// SPDX-License-Identifier: BSD-2-Clause
// --attach and pflask-attach, at terminals and in pipes.
import t from "tap";
import { destroy, detach, finish, isAlive, listed, nameIn } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { TREE } from "../../lib/paths.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

const KEY = "\x00";
const BASH = ["--setenv=PS1=$ ", "--", "/bin/bash", "--norc", "-i"];

/** Starts a container in which a shell waits. Returns its name and the pid of its monitor. */
async function shell(box: Box, word = "sh"): Promise<{ name: string; pid: number }> {
	const name = nameIn(box, word);
	return { name, pid: await detach(box, [`--name=${name}`, ...BASH]) };
}

live("attach, resize, detach, attach again, end", async (t, box) => {
	const { name, pid } = await shell(box);
	const first = box.terminal(["--attach", name], { rows: 31, columns: 101 });
	await first.until(/\$ $/);
	first.type("stty size\n");
	await first.until("31 101\r\n");
	first.resize(22, 77);
	first.type("stty size\n");
	await first.until("22 77\r\n");
	first.type("echo kept $((6*7))\n");
	await first.until("kept 42");
	await first.until(/\$ $/);
	first.type(KEY);
	const { status, out } = await first.ended;
	t.equal(status, 0, "left by key");
	t.match(out, new RegExp(`\\n\\[detached from ${name}\\]\r\n$`), "on a line of its own");
	t.ok(isAlive(pid));
	const second = box.terminal(["-a", name], { rows: 25, columns: 90 });
	await second.until("kept 42");
	second.type("stty size\n");
	await second.until("25 90\r\n");
	second.type("exit 3\n");
	t.equal((await second.ended).status, 3, "the status of the command");
	await until("the end of all", () => descendants().length === 0);
});

live("by name, by the monitor's pid and by the command's", async (t, box) => {
	const { name, pid } = await shell(box);
	const leader = descendants(pid).find((process) => process.name === "bash")?.pid;
	for (const which of [name, pid, leader]) {
		const session = box.terminal([`--attach=${which}`]);
		session.type(`echo I am $((40+2))\n`);
		await session.until("I am 42");
		session.type(KEY);
		const { status, out } = await session.ended;
		t.equal(status, 0, `${which}`);
		t.match(out, `\n[detached from ${which}]\r\n`);
	}
	await finish(box, pid);
});

live("pflask-attach does the same", async (t, box) => {
	const { name, pid } = await shell(box);
	const main = `${TREE}/packages/attach/src/main.ts`;
	const options = { program: process.execPath };
	const first = box.terminal([main, "--detach-key=^A", `${pid}`], options);
	await first.until(/\$ $/);
	first.type("\x01");
	const { status, out } = await first.ended;
	t.equal(status, 0);
	t.match(out, `\n[detached from ${pid}]\r\n`);
	const second = box.terminal([main, name], options);
	await second.until(/\$ $/);
	second.type("exit 5\n");
	t.equal((await second.ended).status, 5);
});

live("with another detach key, ^@ is sent", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "raw", "+", "count", "4"]);
	const session = box.terminal([`--attach=${pid}`, "--detach-key=^]"]);
	await session.until("ready");
	session.type(`${KEY}${KEY}ab`);
	const { status, out } = await session.ended;
	t.equal(status, 0);
	t.match(out, /bytes 4 /);
	const kept = await detach(box, ["--", PROBE, "raw", "+", "count", "2"]);
	const other = box.terminal([`--attach=${kept}`, "--detach-key=^]"]);
	await other.until("ready");
	other.type("x\x1d");
	t.equal((await other.ended).status, 0);
	t.ok(isAlive(kept), "it waits for the second byte");
	await finish(box, kept);
});

live("only the input before the detach key reaches the command", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "raw", "+", "count", "6"]);
	const session = box.terminal([`--attach=${pid}`]);
	await session.until("ready");
	session.type(`one${KEY}two`);
	t.equal((await session.ended).status, 0);
	const second = box.terminal([`--attach=${pid}`]);
	second.type("end");
	const { out } = await second.ended;
	const crc = Bun.hash.crc32("oneend").toString(16).padStart(8, "0");
	t.match(out, `bytes 6 ${crc}`);
});

live("the exit status, and signals as 128 + N", async (t, box) => {
	for (const [words, status] of [
		[["exit", "7"], 7],
		[["die", "9"], 137],
		[["die", "15"], 143],
	] as const) {
		const pid = await detach(box, ["--", PROBE, "wait-for", "go", "+", ...words]);
		const session = box.terminal([`--attach=${pid}`]);
		session.type("go\n");
		t.equal((await session.ended).status, status, words.join(" "));
	}
});

live("all clients see the output and may type; the latest resize wins", async (t, box) => {
	const { name, pid } = await shell(box);
	const sizes = [20, 30, 40];
	const all = [];
	for (const rows of sizes) {
		const session = box.terminal(["-a", name], { rows, columns: 80 });
		session.type(`echo rows $((${rows}+1))\n`);
		await session.until(`rows ${rows + 1}`);
		all.push(session);
	}
	for (const session of all) for (const rows of sizes) await session.until(`rows ${rows + 1}`);
	all[2]?.type("stty size\n");
	for (const session of all) await session.until("40 80\r\n");
	all[0]?.resize(11, 111);
	all[1]?.type("stty size\n");
	for (const session of all) await session.until("11 111\r\n");
	all[1]?.type(KEY);
	t.equal((await all[1]?.ended)?.status, 0);
	all[0]?.type("exit 9\n");
	t.equal((await all[0]?.ended)?.status, 9);
	t.equal((await all[2]?.ended)?.status, 9, "all who are attached are told the status");
	await until("the end", () => !isAlive(pid));
});

live("the container survives the death of a client or its terminal", async (t, box) => {
	const { name, pid } = await shell(box);
	const killed = box.terminal(["-a", name]);
	await killed.until(/\$ $/);
	killed.kill("SIGKILL");
	t.equal((await killed.ended).signal, "SIGKILL");
	const closed = box.terminal(["-a", name]);
	await closed.until(/\$ $/);
	closed.hangUp();
	await closed.ended;
	t.ok(isAlive(pid));
	const session = box.terminal(["-a", name]);
	session.type("exit 4\n");
	t.equal((await session.ended).status, 4);
});

/** Prints the terminal's modes before and after a command. */
const MODES = ["sh", "-c", 'echo "before $(stty -g)"; "$@"; echo; echo "after $(stty -g)"', "sh"];

live("the terminal's modes are as before, however attach ends", async (t, box) => {
	const { name, pid } = await shell(box);
	const modesKept = (out: string): boolean => {
		const fact = facts(out);
		return fact("before").includes(":") && fact("before") === fact("after");
	};
	const left = box.terminal(["-a", name], { via: MODES });
	await left.until(/\$ $/);
	left.type(KEY);
	t.ok(modesKept((await left.ended).out), "left by key");
	const none = box.terminal(["-a", nameIn(box, "none")], { via: MODES });
	t.ok(modesKept((await none.ended).out), "no such container");
	const lost = box.terminal(["-a", name], { via: MODES });
	await lost.until(/\$ $/);
	await destroy(pid);
	t.ok(modesKept((await lost.ended).out), "the monitor was killed");
	await listed(box);
});

live("the death of the monitor ends the container, and --attach reports it", async (t, box) => {
	const { name, pid } = await shell(box);
	const session = box.terminal(["-a", name]);
	await session.until(/\$ $/);
	await destroy(pid);
	const { status, out } = await session.ended;
	t.equal(status, 137);
	t.match(out, /pflask: [^\n]*monitor[^\n]*killed/);
	await until("the end of all", () => descendants().length === 0);
	const again = await box.run(["--attach", name]);
	t.equal(again.status, 125);
	t.match(again.err, new RegExp(`^pflask: --attach: [^\\n]*${name}[^\\n]*\\n`));
});

live("without a terminal --attach works as a pipe", async (t, box) => {
	const { name } = await shell(box);
	const run = await box.run(["--attach", name], { stdin: "echo in a pi'p'e\nexit 6\n" });
	t.equal(run.status, 6, run.err);
	t.match(run.out, "in a pipe");
});

live("the end of the input does not end the container", async (t, box) => {
	const words = ["say", "hello", "+", "wait-for", "later", "+", "say", "bye", "+", "exit", "2"];
	const pid = await detach(box, ["--", PROBE, ...words]);
	const first = box.start([`--attach=${pid}`], { stdin: null });
	await first.until("hello");
	const second = box.start([`--attach=${pid}`], { stdin: "pipe" });
	await second.write("later\n");
	await second.closeStdin();
	const ends = await Promise.all([first.ended, second.ended]);
	for (const { status, out } of ends) t.match([status, out], [2, /bye\r\n$/]);
});

live("no container: one line and a hint", async (t, box) => {
	for (const which of [nameIn(box, "nobody"), "2147483647", "1", `${process.pid}`, "../x", "a/b"]) {
		const run = await box.run([`--attach=${which}`]);
		t.same([run.status, run.out], [125, ""], which);
		t.match(run.err, /^pflask: --attach: [^\n]+\nhint: [^\n]+\n$/, which);
		t.match(run.err, which, "it names what was looked for");
	}
});

t.end();
