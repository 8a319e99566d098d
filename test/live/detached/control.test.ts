// SPDX-License-Identifier: BSD-2-Clause
// --list, --kill, --wait and --logs.
import { closeSync, openSync, readFileSync } from "node:fs";
import t from "tap";
import {
	destroy,
	detach,
	finish,
	isAlive,
	listed,
	lookUp,
	nameIn,
	startWaiting,
	traces,
} from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

/** A command that ignores TERM and HUP. HUP follows TERM if the command has a terminal. */
const DEAF = ["--", PROBE, "ignore", "1", "+", "ignore", "15", "+"];

async function ended(pid: number): Promise<void> {
	await until(`the end of ${pid}`, () => !isAlive(pid));
}

/** Waits until a container has printed a text. */
async function printed(box: Box, which: string | number, text: string): Promise<void> {
	const out = async () => (await box.run([`--logs=${which}`])).out;
	await until(`${which}: ${text}`, async () => (await out()).includes(text));
}

live("--list shows all containers", async (t, box) => {
	const root = tinyRoot(box);
	const name = nameIn(box, "rooted");
	const before = Date.now();
	const first = await detach(box, [
		`--name=${name}`,
		`--chroot=${root}`,
		"--",
		"/bin/probe",
		"hold",
	]);
	const second = await detach(box, ["--", PROBE, "say", "two words", "+", "hold"]);
	const leader = descendants(first).find((process) => process.name === "probe")?.pid;
	const one = await lookUp(box, name);
	t.match(one, { name, pid: first, leader, uid: 0, command: "/bin/probe hold", root });
	const started = Date.parse(one?.started ?? "");
	t.ok(started >= before && started <= Date.now(), `${one?.started}`);
	t.match(await lookUp(box, second), {
		name: null,
		command: `${PROBE} say two words + hold`,
		root: "/",
	});
	const mine = (await listed(box))
		.map(({ pid }) => pid)
		.filter((pid) => [first, second].includes(pid));
	t.same(mine, [first, second], "in the order of their start");
	const table = (await box.run(["--list"])).out.split("\n");
	t.match(table[0], /^NAME +USER +PID +LEADER +UPTIME +COMMAND +ROOT +PORTS$/);
	const line = table.find((row) => row.startsWith(`${name} `)) ?? "";
	const cells = [name, "root", first, leader, "\\d+s", "/bin/probe hold", root, "-"];
	t.match(line, new RegExp(`^${cells.join(" +")}$`));
	const pids = (await box.run(["--list", "-q"])).out.split("\n");
	t.ok(pids.includes(`${first}`) && pids.includes(`${second}`));
	await destroy(first);
	await destroy(second);
	t.same(
		(await listed(box)).filter(({ pid }) => [first, second].includes(pid)),
		[],
	);
	t.same([...traces(box), ...traces(box, second)], [], "killed monitors' state is cleaned");
});

live("--list shows the number of clients", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "say", "hi", "+", "hold"]);
	const clients = async () => (await lookUp(box, pid))?.clients;
	t.equal(await clients(), 0);
	const session = box.terminal([`--attach=${pid}`]);
	await session.until("hi");
	t.equal(await clients(), 1);
	session.type("\x00");
	await session.ended;
	await until("nobody is attached", async () => (await clients()) === 0);
	await finish(box, pid);
});

live("a stopped monitor does not block --list", async (t, box) => {
	const name = nameIn(box, "stopped");
	const pid = await detach(box, [`--name=${name}`, "--", PROBE, "hold"]);
	const other = await detach(box, ["--", PROBE, "hold"]);
	process.kill(pid, "SIGSTOP");
	const now = await listed(box);
	t.match(now.find((one) => one.pid === other)?.command, PROBE);
	t.match(
		now.find((one) => one.pid === pid),
		{ leader: null, started: null },
	);
	for (const words of [[`--wait=${name}`], [`--exec=${name}`, "--", "true"], ["--kill", name]]) {
		const run = await box.run(words);
		t.equal(run.status, 125, `${words.join(" ")} is no success: ${run.out}`);
		t.match(run.err, `${name}: the monitor does not answer\nhint: kill -CONT ${pid}\n`);
	}
	process.kill(pid, "SIGCONT");
	t.match((await lookUp(box, pid))?.command, PROBE);
	await finish(box, pid);
	await finish(box, other);
	await listed(box);
});

live("--kill: TERM ends a command", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "catch", "1", "+", "exit", "9"]);
	await printed(box, pid, "ready");
	const follower = box.start([`--logs=${pid}`, "--follow"]);
	await follower.until("ready");
	const waiter = await startWaiting(box, pid);
	const killer = box.start(["--kill", `${pid}`]);
	t.equal((await killer.ended).status, 0);
	t.notOk(isAlive(pid), "it has ended when --kill returns");
	t.match((await follower.ended).out, "signal 15 ");
	t.equal((await waiter.ended).status, 9);
});

live("--kill: KILL after --kill-after ends a command that ignores TERM", async (t, box) => {
	const pid = await detach(box, [...DEAF, "say", "deaf", "+", "hold"]);
	await printed(box, pid, "deaf");
	const waiter = await startWaiting(box, pid);
	const run = await box.run(["--kill", `${pid}`, "--kill-after=50ms"]);
	t.same([run.status, run.out, run.err], [0, "", ""]);
	t.equal((await waiter.ended).status, 137);
	t.notOk(isAlive(pid));
});

live("--kill ends a command before --kill-after, and the status is kept", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const waiter = await startWaiting(box, pid);
	await box.run(["--kill", `${pid}`]);
	t.equal((await waiter.ended).status, 143);
});

live("--kill=SIGNAL only sends the signal", async (t, box) => {
	const name = nameIn(box, "signalled");
	const pid = await detach(box, [`--name=${name}`, "--", PROBE, "catch", "2", "+", "exit", "4"]);
	await printed(box, name, "ready");
	const waiter = await startWaiting(box, name);
	for (const signal of ["USR1", "12"]) {
		const run = await box.run([`--kill=${signal}`, name]);
		t.same([run.status, run.out, run.err], [0, "", ""], signal);
	}
	t.equal((await waiter.ended).status, 4);
	await ended(pid);
});

live("signals sent to the monitor reach the command", async (t, box) => {
	// The monitor sends SIGCONT after SIGINT and after SIGTERM, so five signals arrive.
	const pid = await detach(box, ["--", PROBE, "catch", "5", "+", "exit", "6"]);
	await printed(box, pid, "ready");
	const follower = box.start([`--logs=${pid}`, "--follow"]);
	const waiter = await startWaiting(box, pid);
	for (const [name, number] of [
		["SIGUSR1", 10],
		["SIGINT", 2],
		["SIGTERM", 15],
	] as const) {
		process.kill(pid, name);
		await follower.until(`signal ${number} `);
	}
	t.equal((await follower.ended).status, 0);
	t.equal((await waiter.ended).status, 6);
});

live("--kill=KILL ends the whole container", async (t, box) => {
	for (const args of [[], ["--no-pidns"]]) {
		const pid = await detach(box, [
			...args,
			"--",
			PROBE,
			"daemon",
			"+",
			"child",
			"+",
			"say",
			"up",
			"+",
			"hold",
		]);
		await printed(box, pid, "up");
		await box.run(["--kill=KILL", `${pid}`]);
		await until("the end of all", () => descendants().length === 0);
		t.pass(args.join(" "));
	}
});

live("--wait: every waiting process gets the status, or 128 + N", async (t, box) => {
	for (const [words, status] of [
		[["exit", "0"], 0],
		[["exit", "11"], 11],
		[["die", "9"], 137],
	] as const) {
		const pid = await detach(box, ["--", PROBE, "say", "up", "+", "wait-for", "go", "+", ...words]);
		await printed(box, pid, "up");
		const waiters = [];
		for (let count = 0; count < 4; count++) waiters.push(await startWaiting(box, pid));
		const follower = box.start([`--logs=${pid}`, "--follow"]);
		await follower.until("up");
		await box.run([`--attach=${pid}`], { stdin: "go\n" });
		await follower.ended;
		for (const waiter of waiters) t.equal((await waiter.ended).status, status, words.join(" "));
		await ended(pid);
	}
});

live("--logs: the kept output, and with --follow new output", async (t, box) => {
	const pid = await detach(box, [
		"--",
		PROBE,
		"say",
		"one",
		"+",
		"wait-for",
		"go",
		"+",
		"say",
		"two",
	]);
	await printed(box, pid, "one");
	const now = await box.run([`--logs=${pid}`]);
	t.same([now.status, now.out, now.err], [0, "one\r\n", ""]);
	const follower = box.start([`--logs=${pid}`, "--follow"]);
	await follower.until("one");
	const typed = await box.run([`--attach=${pid}`], { stdin: "go\n" });
	t.equal(typed.status, 0);
	const { status, out } = await follower.ended;
	t.equal(status, 0, "it is no error, whatever the command's status");
	t.match(out, /^one\r\n[^]*two\r\n$/);
});

live("the end of 10 MB of unread output is kept", async (t, box) => {
	for (const [option, size] of [
		[[], 262_144],
		[["--scrollback=4K"], 4096],
		[["--scrollback=1M"], 1_048_576],
	] as const) {
		const words = ["raw", "+", "spew", "10000000", "+", "say", "end", "+", "hold"];
		const pid = await detach(box, [...option, "--", PROBE, ...words]);
		await printed(box, pid, "end\nready\n");
		const { stdout } = await box.run([`--logs=${pid}`]);
		// The kept output may begin inside a character or an escape sequence. --logs leaves out the
		// rest of this character or sequence, so some bytes can be missing.
		t.ok(stdout.length <= size && stdout.length > size - 100, `${option}: ${stdout.length}`);
		t.equal(stdout.subarray(-10).toString(), "end\nready\n");
		await finish(box, pid);
	}
});

live("a failed write is an error, a closed pipe is not", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "lines", "100000", "+", "say", "end", "+", "hold"]);
	await printed(box, pid, "end");
	const full = openSync("/dev/full", "w");
	for (const args of [[`--logs=${pid}`], ["--list"], [`--attach=${pid}`]]) {
		const run = await box.run(args, { stdout: full });
		t.equal(run.status, 125, args.join(" "));
		t.match(run.err, /^pflask: [^\n]*No space left on device\n/, args.join(" "));
	}
	closeSync(full);
	const head = await box.run([`--logs=${pid}`, "--follow"], {
		via: ["sh", "-c", '"$@" | head -n 1', "sh"],
	});
	t.match(head.out, /^\d*\r\n$/);
	t.equal(head.err, "");
	t.ok(isAlive(pid));
	await finish(box, pid);
});

live("a container without a terminal can be listed, killed and waited for", async (t, box) => {
	const log = openSync(`${box.dir}/log`, "w");
	await box.run(["--detach", "--tty=never", "--", PROBE, "hold"], { stdout: log, stderr: log });
	closeSync(log);
	const pid = Number(/^\d+$/m.exec(readFileSync(`${box.dir}/log`, "utf8"))?.[0]);
	for (const option of ["--attach", "--logs"]) {
		const run = await box.run([`${option}=${pid}`]);
		t.equal(run.status, 125);
		t.match(run.err, new RegExp(`^pflask: ${option}: [^\\n]*terminal[^\\n]*\\n`));
	}
	const waiter = await startWaiting(box, pid);
	t.equal((await box.run(["--kill", `${pid}`])).status, 0);
	t.equal((await waiter.ended).status, 143);
});

live("--kill and --wait take several containers", async (t, box) => {
	const [one, two] = [nameIn(box, "one"), nameIn(box, "two")];
	for (const name of [one, two]) await detach(box, [`--name=${name}`, "--", PROBE, "hold"]);
	const waiter = await startWaiting(box, one, [two, "--stats"]);
	const kill = await box.run(["--kill", "nosuch", one, "--kill-after=9s"]);
	t.equal(kill.status, 125, "one of the two is not there");
	t.match(kill.err, /^pflask: --kill: nosuch: no such container[^\n]*\n(hint: [^\n]*\n)?$/);
	await box.run(["--kill", two]);
	const { status, err } = await waiter.ended;
	t.equal(status, 143, err);
	t.equal(err.match(/signal/g)?.length, 2, err);
});

/** Command lines with a mistake, and the text that the error line must contain. */
const MISTAKES: readonly (readonly [words: string[], text: RegExp])[] = [
	[["--kill"], /^pflask: --kill: missing PID or NAME/],
	[["--kill", ""], /^pflask: --kill: missing PID or NAME/],
	[["--kill=NOSUCH", "a"], /^pflask: --kill: 'NOSUCH': no such signal/],
	[["--kill-after=x", "--kill", "a"], /^pflask: --kill-after: 'x'/],
	[["--wait"], /^pflask: --wait: requires a value/],
	[["--wait="], /^pflask: --wait: missing PID or NAME/],
	[["--attach=a", "b"], /^pflask: --attach: 'b': extra operand/],
	[["--logs=a", "b"], /^pflask: --logs: 'b': extra operand/],
	[["--list", "a"], /^pflask: --list: 'a': extra operand/],
	[["--list", "--json", "-q"], /^pflask: --quiet: contradicts --json/],
	[["--list", "--chroot=/"], /^pflask: --chroot: contradicts --list/],
	[["--attach=a", "--detach-key=q"], /^pflask: --detach-key: 'q'/],
	[["--exec=", "--", "x"], /^pflask: --exec: missing PID or NAME/],
	[["--exec=a", "--netif", "--", "x"], /^pflask: --netif: contradicts --exec/],
];

live("a mistake is reported in one line", async (t, box) => {
	for (const [words, text] of MISTAKES) {
		const run = await box.run(words);
		t.same([run.status, run.out], [125, ""], words.join(" "));
		t.match(run.err, text, words.join(" "));
		t.match(run.err, /^[^\n]+\nhint: [^\n]+\n$/, words.join(" "));
	}
	const none = nameIn(box, "none");
	for (const words of [
		[`--wait=${none}`],
		[`--logs=${none}`],
		["--kill", none],
		[`--exec=${none}`, "true"],
	]) {
		const run = await box.run(words);
		t.same([run.status, run.out], [125, ""], words.join(" "));
		t.match(
			run.err,
			new RegExp(`^pflask: ${words[0]?.split("=")[0]}: [^\\n]*${none}[^\\n]*\\nhint: `),
		);
	}
});

t.end();

live("a monitor watches more mount points than it may open descriptors", async (t, box) => {
	const name = nameIn(box, "few");
	const via = ["sh", "-c", 'ulimit -n 20; exec "$@"', "sh"];
	const pid = await detach(box, [`--name=${name}`, "--", PROBE, "hold"], { via });
	const waiting: Running[] = [];
	while (waiting.length < 5) waiting.push(await startWaiting(box, name));
	t.equal((await box.run(["--kill", name])).status, 0);
	for (const waiter of waiting) t.equal((await waiter.ended).status, 143);
	await ended(pid);
});
