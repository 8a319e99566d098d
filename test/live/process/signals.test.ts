// SPDX-License-Identifier: BSD-2-Clause
// Signals to pflask reach the command. If a part of a container is killed, the whole container
// ends.
import { closeSync, existsSync } from "node:fs";
import { constants } from "node:os";
import t, { type Test } from "tap";
import { detach, finish, startWaiting } from "../../lib/detached.ts";
import { leave, line, shell } from "../../lib/job-shell.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { unreadFifo } from "../../lib/pipe.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, type Process } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const FORWARDED = [
	"SIGTERM",
	"SIGINT",
	"SIGHUP",
	"SIGQUIT",
	"SIGUSR1",
	"SIGUSR2",
	"SIGCONT",
] as const;

live("signals sent to pflask reach the command", async (t, box) => {
	for (const args of [[], ["--as-pid1"], ["--no-pidns"]])
		for (const name of FORWARDED) {
			const running = box.start([...args, "--", PROBE, "catch", "1"]);
			await running.until("ready");
			running.kill(name);
			const { status, out } = await running.ended;
			t.match(out, `signal ${constants.signals[name]} `, `${args.join(" ")} ${name}`);
			t.equal(status, 0);
		}
});

/** Delays pflask after each sent message, to stand for a busy machine. */
const SLOW = ["strace", "-D", "-q", "-o", "/dev/null", "-e", "trace=sendmsg"];
SLOW.push("-e", "inject=sendmsg:delay_exit=200000");

live("a signal reaches a command that is faster than pflask", async (t, box) => {
	const container = await detach(box, ["--", PROBE, "hold"]);
	for (const args of [[], [`--exec=${container}`]]) {
		const running = box.start([...args, "--", PROBE, "catch", "3"], { via: SLOW });
		await running.until("ready");
		running.kill("SIGTERM");
		running.kill("SIGUSR1");
		const { status, out, err } = await running.ended;
		t.match(out, "signal 15 ", `${args}: SIGTERM`);
		t.match(out, "signal 10 ", `${args}: SIGUSR1`);
		t.match(out, "signal 18 ", `${args}: what follows SIGTERM`);
		t.equal(status, 0, err);
	}
	await finish(box, container);
});

live("a signal during a failing start ends pflask", async (t, box) => {
	for (const name of ["SIGTERM", "SIGINT"] as const) {
		const via = [...SLOW.slice(0, -1), `inject=sendmsg:signal=${name}:when=1`];
		const run = await box.run(["--", "/nonexistent"], { via });
		t.equal(run.signal ?? run.status, name, run.err);
	}
});

live("signals with --chroot, and on a terminal", async (t, box) => {
	const root = tinyRoot(box);
	for (const name of FORWARDED) {
		const args = [`--chroot=${root}`, "--", "/bin/probe", "catch", "1"];
		const running = box.start(args);
		await running.until("ready");
		running.kill(name);
		t.match((await running.ended).out, `signal ${constants.signals[name]} `, name);
		const session = box.terminal(args);
		await session.until("ready");
		session.kill(name);
		t.match((await session.ended).out, `signal ${constants.signals[name]} `, `${name}, terminal`);
	}
});

live("several signals arrive, each once", async (t, box) => {
	const running = box.start(["--", PROBE, "catch", "4"]);
	await running.until("ready");
	for (const [count, name] of ["SIGUSR1", "SIGUSR2", "SIGUSR1", "SIGTERM"].entries()) {
		running.kill(name as NodeJS.Signals);
		await until(name, () => running.out.match(/^signal/gm)?.length === count + 1);
	}
	const { out } = await running.ended;
	t.same(
		out
			.trim()
			.split("\n")
			.map((line) => line.split(" ")[1]),
		[undefined, "10", "12", "10", "15"],
	);
});

live("a command without a handler ends as without pflask", async (t, box) => {
	for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) {
		const running = box.start(["--", PROBE, "hold"]);
		await running.until("ready");
		running.kill(name);
		const { status, signal } = await running.ended;
		const ended = name === "SIGINT" ? [null, name] : [128 + constants.signals[name], null];
		t.same([status, signal], ended, name);
	}
});

live("^C ends the loop of a shell, and its status is 130", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const loop = 'for i in 1 2 3; do "$@" </dev/null; echo "again $?"; done';
	for (const args of [[], ["--no-pidns"], ["--status-fd=2"], [`--exec=${pid}`]]) {
		const session = box.terminal([...args, "--", PROBE, "say", "go", "+", "hold"], {
			via: ["bash", "-c", loop, "bash"],
		});
		await session.until("go");
		session.type("\x03");
		const { signal, out } = await session.ended;
		t.equal(signal, "SIGINT", args.join());
		t.notMatch(out, "again");
	}
	await finish(box, pid);
	// SIGINT ends the command, and then pflask. The shell itself does not get SIGINT, and continues
	// with `echo`.
	const once = '"$@"; echo "status $?"';
	const run = await box.run(["--", PROBE, "die", "2"], { via: ["bash", "-c", once, "bash"] });
	t.equal(run.out, "status 130\n");
	const ignored = await box.run(["--", PROBE, "die", "2"], {
		via: [PROBE, "ignore", "2", "+", "exec"],
	});
	t.equal(ignored.status, 130, "a background job of a script, which ignores it");
});

live("^C on the container's terminal restores the terminal's modes", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "say", "go", "+", "hold"]);
	const modes =
		'trap : INT; before=$(stty -g); "$@"; s=$?; [ "$before" = "$(stty -g)" ]; echo "same $? $s"';
	for (const args of [["--", PROBE, "say", "go", "+", "hold"], [`--attach=${pid}`]]) {
		const session = box.terminal(args, { via: ["sh", "-c", modes, "sh"] });
		await session.until("ready");
		session.type("\x03");
		t.match((await session.ended).out, /same 0 130\r$/m);
		const own = box.terminal(["--", PROBE, "hold"]);
		await own.until("ready");
		own.type("\x03");
		t.equal((await own.ended).signal, "SIGINT");
	}
});

/** Scripts that continue after a command fails, and print "went on" if no signal ended them. */
const SCRIPTS = [
	'for i in 1 2 3; do "$@"; echo "went on"; done',
	'while ! "$@"; do echo "went on"; done',
];

live("^C ends the script around a command with a terminal of its own", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const other = await detach(box, ["--", PROBE, "hold"]);
	const command = ["--", PROBE, "say", "go", "+", "hold"];
	for (const args of [
		command,
		["--status-fd=2", ...command],
		[`--exec=${pid}`, ...command],
		[`--attach=${other}`],
	])
		for (const script of SCRIPTS) {
			// The container of --attach has ended with the first script.
			if (args.length === 1 && script !== SCRIPTS[0]) continue;
			const outside = box.start(["-c", "echo outside; exec sleep 1000"], { program: "/bin/sh" });
			const session = box.terminal(args, { via: ["bash", "-c", script, "bash"] });
			await outside.until("outside");
			await session.until("ready");
			session.type("\x03");
			const { signal, out } = await session.ended;
			t.equal(signal, "SIGINT", `${args} ${script}`);
			t.notMatch(out, "went on");
			outside.kill("SIGTERM");
			t.equal((await outside.ended).signal, "SIGTERM", "no other process has got it");
		}
	await finish(box, pid);
});

live("^C ends the loop of an interactive shell", async (t, box) => {
	const session = await shell(box);
	const loop = `for i in 1 2 3; do ${line("--", PROBE, "hold").trim()}; echo went on; done\n`;
	session.type(loop);
	await session.until(/^ready\r$/m);
	session.type("\x03");
	await session.until(/\n\$ $/);
	session.type("echo status $?\n");
	await session.until(/^status 130\r$/m);
	t.notMatch(await leave(session), /^went on/m);
});

live("a SIGINT that was not typed does not end the calling script", async (t, box) => {
	const script = '"$@"; echo "went on $?"';
	const words = ["--", PROBE, "say", "go", "+", "hold"];
	const session = box.terminal(words, { via: ["bash", "-c", script, "bash"] });
	await session.until("ready");
	const pflask = descendants(session.pid).find(({ parent }) => parent === session.pid);
	process.kill(pflask?.pid ?? -1, "SIGINT");
	t.match((await session.ended).out, "went on 130");
	const caught = box.terminal(["--", PROBE, "catch", "1", "+", "exit", "4"], {
		via: ["bash", "-c", script, "bash"],
	});
	await caught.until("ready");
	caught.type("\x03");
	t.match((await caught.ended).out, "went on 4", "the command has handled it");
});

live("^\\ is passed on, too", async (t, box) => {
	const script = `trap 'echo "had it"' QUIT; "$@"; echo "status $?"`;
	const words = ["-c", script, "sh", PFLASK, "--", PROBE, "say", "go", "+", "hold"];
	const session = box.terminal(words, { program: "/bin/sh" });
	await session.until("ready");
	session.type("\x1c");
	const { out } = await session.ended;
	t.match(out, "had it");
	t.match(out, "status 131");
});

live("--wait exits with 130 and is not interrupted itself", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const waiting = await startWaiting(box, pid);
	t.equal((await box.run(["--kill=INT", `${pid}`])).status, 0);
	t.match(await waiting.ended, { status: 130, signal: null });
});

live("TERM, INT and HUP end a stopped command", async (t, box) => {
	for (const args of [[], ["--no-pidns"], ["--tty=always"]])
		for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
			const running = box.start([...args, "--", PROBE, "say", "go", "+", "stop"]);
			await running.until("go");
			await until("the command stops", () => descendants(running.pid).some(isStopped));
			running.kill(name);
			const { status, signal, out } = await running.ended;
			t.equal(signal ?? status, name === "SIGINT" ? name : 128 + constants.signals[name]);
			t.notMatch(out, "continued");
		}
	const running = box.start(["--as-pid1", "--", PROBE, "catch", "2"]);
	await running.until("ready");
	for (const { name, pid } of descendants(running.pid))
		if (name === "probe") process.kill(pid, "SIGSTOP");
	await until("the command stops", () => descendants(running.pid).some(isStopped));
	running.kill("SIGTERM");
	t.match((await running.ended).out, /signal 15 .*\nsignal 18 /);
});

live("TERM, INT and HUP end a stopped joined or detached command", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const running = box.start([`--exec=${pid}`, "--", PROBE, "hold"]);
	await running.until("ready");
	for (const probe of descendants().filter(({ name }) => name === "probe"))
		process.kill(probe.pid, "SIGSTOP");
	await until("both stop", () => descendants().filter(isStopped).length === 2);
	running.kill("SIGTERM");
	t.equal((await running.ended).status, 143);
	const waiting = await startWaiting(box, pid);
	t.equal((await box.run(["--kill=HUP", `${pid}`])).status, 0);
	t.equal((await waiting.ended).status, 129);
});

live("--kill=STOP stops the command, not the processes of pflask", async (t, box) => {
	for (const args of [[], ["--as-pid1"], ["--no-pidns"]]) {
		const pid = await detach(box, [...args, "--", PROBE, "child", "+", "hold"]);
		const stopped = () => descendants().filter(({ state }) => state === "T");
		await box.run(["--kill=STOP", `${pid}`]);
		await until("both stop", () => descendants().filter(isStopped).length === 2);
		t.same(
			stopped().filter((process) => !isStopped(process)),
			[],
			args.join(),
		);
		await box.run(["--kill=CONT", `${pid}`]);
		await until("both go on", () => stopped().length === 0);
		await finish(box, pid);
	}
});

live("a stopped command is continued", async (t, box) => {
	const running = box.start(["--", PROBE, "say", "go", "+", "stop"]);
	await running.until("go");
	await until("the command stops", () => descendants(running.pid).some(isStopped));
	running.kill("SIGCONT");
	const { out, status } = await running.ended;
	t.match(out, "continued");
	t.equal(status, 0);
});

function isStopped(process: Process): boolean {
	return process.name === "probe" && process.state === "T";
}

live("SIGHUP stays ignored under nohup", async (t, box) => {
	const running = box.start(["--", PROBE, "catch", "1"], {
		via: [PROBE, "ignore", "1", "+", "exec"],
	});
	await running.until("ready");
	running.kill("SIGHUP");
	running.kill("SIGTERM");
	const { out } = await running.ended;
	t.match(out, "signal 15 ");
	t.notMatch(out, "signal 1 ");
});

/** Processes in every position in a container. None of them ends by itself. */
const CROWD = ["nested", "+", "daemon", "+", "child", "+", "say", "ready", "+", "hold"];

/** Waits until the whole crowd exists. Returns all processes below pflask. */
async function crowd(t: Test, running: Running, size: number): Promise<Process[]> {
	await running.until("ready");
	const all = await until("the crowd", () => {
		const now = descendants(running.pid);
		return now.filter(({ name }) => name === "probe").length >= size ? now : undefined;
	});
	t.ok(all.length > size, "pflask's own processes are there");
	return all;
}

/** Options that change how pflask finds the processes of a container. */
const MODES = [[], ["--as-pid1"], ["--no-pidns"], ["--netif"]];

async function allGone(t: Test, box: Box, victim: string, args: string[]): Promise<void> {
	const running = box.start([...args, "--", PROBE, ...CROWD]);
	const all = await crowd(t, running, 6);
	const monitor = all.find(({ parent }) => parent === running.pid);
	const init = all.find(({ parent }) => parent === monitor?.pid);
	const pid = { pflask: running.pid, monitor: monitor?.pid, init: init?.pid }[victim] ?? -1;
	t.ok(pid > 0, `${victim} is there`);
	process.kill(pid, "SIGKILL");
	const { status, signal, err } = await running.ended;
	if (victim === "pflask") t.equal(signal, "SIGKILL");
	else t.ok(status !== 0 && signal === null, `pflask says that it failed: ${status} ${err}`);
	await until(`${args.join(" ")}: the end of all`, () => descendants().length === 0, 10_000);
	t.same(descendants(), [], `${args.join(" ")}: ${victim} was killed, nothing survives`);
}

for (const victim of ["pflask", "monitor", "init"])
	live(`SIGKILL of ${victim} kills the container`, async (t, box) => {
		for (const args of MODES) await allGone(t, box, victim, args);
		await allGone(t, box, victim, ["--chroot=/"]);
	});

live("SIGKILL of pflask that was stopped before, and of a stopped container", async (t, box) => {
	for (const args of [[], ["--no-pidns"]]) {
		const running = box.start([...args, "--", PROBE, ...CROWD]);
		const all = await crowd(t, running, 6);
		for (const { name, pid } of all) if (name === "probe") process.kill(pid, "SIGSTOP");
		running.kill("SIGSTOP");
		running.kill("SIGKILL");
		t.equal((await running.ended).signal, "SIGKILL");
		await until("the end of all", () => descendants().length === 0, 10_000);
		t.same(descendants(), []);
	}
});

live("pflask killed on a terminal kills the container", async (t, box) => {
	const session = box.terminal(["--", PROBE, ...CROWD]);
	await session.until("ready");
	session.kill("SIGKILL");
	t.equal((await session.ended).signal, "SIGKILL");
	await until("the end of all", () => descendants().length === 0, 10_000);
	t.same(descendants(), []);
});

live("SIGKILL at any moment of a start leaves nothing behind", async (t, box) => {
	const root = tinyRoot(box);
	let killed = 0;
	for (let delay = 0; delay < 60; delay++) {
		const args = ["--netif", `--chroot=${root}`, "--", "/bin/probe", ...CROWD];
		const running = box.start(args);
		// The test holds with any delay. Different delays hit different moments of the start.
		await Bun.sleep(delay / 2);
		running.kill("SIGKILL");
		if ((await running.ended).signal === "SIGKILL") killed++;
	}
	t.equal(killed, 60);
	await until("the end of all", () => descendants().length === 0, 10_000);
	t.same(descendants(), []);
});

live("SIGTERM at any moment of a start ends pflask", async (t, box) => {
	for (let delay = 0; delay < 40; delay++) {
		const running = box.start(["--netif", "--", PROBE, "hold"]);
		// The test holds with any delay. Different delays hit different moments of the start.
		await Bun.sleep(delay / 2);
		running.kill("SIGTERM");
		const { status, signal, err } = await running.ended;
		t.ok(status === 143 || signal === "SIGTERM", `${status} ${signal} ${err}`);
	}
	t.same(descendants(), []);
});

live("the end of the command ends the whole container", async (t, box) => {
	const words = ["nested", "+", "daemon", "+", "child", "+", "exit", "5"];
	for (const args of [...MODES, ["--chroot=/"]]) {
		const { status } = await box.run([...args, "--", PROBE, ...words]);
		t.equal(status, 5, args.join(" "));
		t.same(descendants(), [], `${args.join(" ")}: when pflask ends, all have ended`);
	}
});

live("processes in new sessions end, too", async (t, box) => {
	for (const args of [["-P"], []]) {
		const run = await box.run([...args, "--", PROBE, "flee", "+", "flee", "+", "exit", "3"]);
		t.equal(run.status, 3, args.join(" "));
		t.same(descendants(), [], `${args.join(" ")}: at the end of the command`);
		const running = box.start([...args, "--", PROBE, "flee", "+", "flee", "+", "hold"]);
		await running.until("ready");
		running.kill("SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0, 10_000);
		t.same(descendants(), [], `${args.join(" ")}: at the end of pflask`);
	}
});

live("TERM, INT and HUP end pflask while it waits for a reader of its output", async (t, box) => {
	for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const) {
		const fifo = `${box.dir}/${signal}`;
		const reader = unreadFifo(fifo, 0);
		const via = ["sh", "-c", 'exec "$@" >"$0"', fifo];
		const command = ["sh", "-c", 'touch "$0"; read _; echo held back', `${fifo}.ready`];
		const running = box.start(["--tty=always", "--", ...command], { via, stdin: "pipe" });
		await until("the command", () => existsSync(`${fifo}.ready`));
		await running.closeStdin();
		await until("its end", () => descendants(running.pid).length === 0);
		running.kill("SIGUSR1"); // The command has ended, so pflask ignores SIGUSR1.
		running.kill(signal);
		t.equal((await running.ended).signal, signal);
		closeSync(reader);
	}
});

live("pid 1 reaps orphans", async (t, box) => {
	for (const args of [[], [`--chroot=${tinyRoot(box)}`], ["--no-pidns"]]) {
		const command = args[0]?.startsWith("--chroot") ? "/bin/probe" : PROBE;
		const words = ["adopted", "+", "orphans", "50"];
		const { facts, status } = await box.run([...args, "--", command, ...words]);
		t.equal(status, 0);
		t.equal(facts("zombies"), "0", args.join(" "));
		t.match(facts("adopted"), args[0] === "--no-pidns" ? /by-another/ : /^1 by-another/);
	}
});

live("--as-pid1: the command is pid 1 and adopts orphans itself", async (t, box) => {
	const { facts } = await box.run(["--as-pid1", "--", PROBE, "ids", "+", "ps", "+", "adopted"]);
	t.equal(facts("pid"), "1");
	t.same(
		facts.all("process").map((line) => line.split(" ")[0]),
		["1"],
	);
	t.equal(facts("adopted"), "1 by-me");
});

t.end();
