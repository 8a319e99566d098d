// SPDX-License-Identifier: BSD-2-Clause
// Job control with pflask as a job of a shell. pflask stops and continues together with its
// command, starts in the background, and takes the terminal in the foreground.
import { closeSync, constants, openSync } from "node:fs";
import t, { type Test } from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { leave, line, shell, untilForeground } from "../../lib/job-shell.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, type Process } from "../../lib/processes.ts";
import type { Session } from "../../lib/terminal.ts";
import { until } from "../../lib/until.ts";

/** Returns the modes of a session's terminal. */
function modes(session: Session): string {
	const stty = Bun.spawnSync(["stty", "-a", "-F", `/proc/${session.pid}/fd/0`]);
	return stty.stdout.toString().replaceAll("\n", " ");
}

/** Waits until a terminal mode is on, or off if the mode begins with a dash. */
async function untilMode(session: Session, mode: string): Promise<void> {
	await until(`the mode ${mode}`, () => modes(session).includes(` ${mode} `));
}

function named(name: string): Process[] {
	return descendants().filter((process) => process.name === name);
}

/**
 * Waits until `count` processes of a name exist, all stopped or all running.
 */
async function untilStopped(name: string, count: number, stopped: boolean): Promise<void> {
	await until(`${count} times ${name}: ${stopped ? "stopped" : "running"}`, () => {
		const all = named(name);
		return all.length === count && all.every(({ state }) => (state === "T") === stopped);
	});
}

/**
 * Arguments of a command that has a child in its process group. Command and child run until killed.
 */
const PAIR = [PROBE, "child", "+", "hold"];

/** Stops a job by ^Z, continues the job by fg, and ends the job by ^C. */
async function stopAndGo(t: Test, box: Box, ...words: readonly string[]): Promise<void> {
	const session = await shell(box);
	session.type(line(...words, "--", ...PAIR).replace("\n", " | cat\n"));
	await session.until(/^ready\r$/m);
	for (let round = 0; round < 3; round++) {
		session.type("\x1a");
		await until("the shell says so", () => session.out.match(/Stopped/g)?.length === round + 1);
		await untilStopped("probe", 2, true);
		session.type("fg\n");
		await untilStopped("probe", 2, false);
	}
	session.type("\x1a");
	await untilStopped("probe", 2, true);
	session.type("bg\n");
	await untilStopped("probe", 2, false);
	session.type("fg\n");
	await untilForeground(session);
	session.type("\x03");
	await untilStopped("probe", 0, false);
	await leave(session);
	t.pass(words.join(" "));
}

live(
	"^Z stops the command where it has no terminal of its own, and fg continues it",
	async (t, box) => {
		for (const args of [
			[],
			["--no-pidns"],
			["--as-pid1", "--kill-after=0"],
			["--chroot=/"],
			["--status-fd=2"],
		])
			await stopAndGo(t, box, ...args);
	},
);

live("^Z with a joined command", async (t, box) => {
	const pid = await detach(box, ["--", "sleep", "1000"]);
	await stopAndGo(t, box, `--exec=${pid}`);
	await finish(box, pid);
});

live("kill -TSTP and -TTOU, also of a command with a terminal of its own", async (t, box) => {
	for (const signal of ["TSTP", "TTIN", "TTOU"]) {
		const session = await shell(box);
		session.type(line("--", PROBE, "hold"));
		await session.until(/^ready\r$/m);
		const job = descendants(session.pid).find(({ parent }) => parent === session.pid);
		process.kill(job?.pid ?? -1, `SIG${signal}`);
		await session.until("Stopped");
		await untilStopped("probe", 1, true);
		session.type("stty -a; fg\n");
		await session.until(/ icanon /);
		await untilStopped("probe", 1, false);
		await untilMode(session, "-isig");
		session.type("\x03");
		await untilMode(session, "isig");
		t.same(named("probe"), [], `SIG${signal}`);
		await leave(session);
	}
});

live("^Z does not stop pflask if no shell could continue it", async (t, box) => {
	const session = box.terminal(["--", PROBE, "catch", "2", "+", "say", "end"], {
		via: ["sh", "-c", '"$@" 2>&1 | cat', "sh"],
	});
	await session.until("ready");
	session.type("\x1a");
	await session.until("signal 18 ");
	session.type("\x1a");
	const { out, status } = await session.ended;
	t.match(out, "end", "the second SIGCONT has come, too");
	t.equal(status, 0);
});

live("a stop that comes before the command is executed", async (t, box) => {
	const fifo = `${box.dir}/fifo`;
	Bun.spawnSync(["mkfifo", fifo]);
	const writer = openSync(fifo, constants.O_RDWR);
	const session = await shell(box);
	const words = line(`--mount=file:3:${box.dir}/new`, "--", PROBE, "hold");
	session.type(words.replace("\n", ` 3<${fifo}\n`));
	await until("pf-init", () => named("pf-init").length === 1);
	session.type("\x1a");
	await session.until("Stopped");
	closeSync(writer); // Now the file is complete.
	await untilStopped("probe", 1, true);
	t.notMatch(session.out, /^ready\r$/m);
	session.type("fg\n");
	await session.until(/^ready\r$/m);
	await untilMode(session, "-isig");
	session.type("\x03");
	await untilMode(session, "isig");
	await leave(session);
});

live("pflask starts and ends in a background process group", async (t, box) => {
	const session = box.terminal(["--", "echo", "hi"], { via: ["timeout", "200"] });
	const { out, status } = await session.ended;
	t.same([out, status], ["hi\r\n", 0]);
	const big = box.terminal(["--", PROBE, "lines", "10000", "+", "exit", "3"], {
		via: ["timeout", "200"],
	});
	const end = await big.ended;
	t.equal(end.status, 3);
	t.match(end.out, /\n9999\r\n10000\r\n$/);
});

live("a background job leaves the terminal to the shell", async (t, box) => {
	const session = await shell(box);
	const file = `${box.dir}/go`;
	session.type(
		line("--", "sh", "-c", `'until [ -e ${file} ]; do sleep 0.01; done; echo said'`).replace(
			"\n",
			" &\n",
		),
	);
	await until("the command", () => named("sh").length === 1 || undefined);
	session.type("echo one$((1+1))\n");
	await session.until(/^one2\r$/m);
	await untilMode(session, "-icanon");
	const before = modes(session);
	await Bun.write(file, "");
	await session.until(/said/);
	await until("its end", () => named("sh").length === 0 || undefined);
	t.equal(modes(session), before, "the modes of the shell's line editor");
	session.type("echo two$((1+1))\n");
	await session.until(/^two2\r$/m);
	t.match(await leave(session), "said");
});

live("pflask takes the terminal when it comes to the foreground", async (t, box) => {
	const name = (await detach(box, ["--", "cat"])).toString();
	for (const args of [["--", "cat"], [`--attach=${name}`]]) {
		const session = await shell(box);
		session.type(line(...args).replace("\n", " &\n"));
		await session.until(/^\[1\] \d+\r\n/m);
		session.type("echo mine$((1+1))\n");
		await session.until(/^mine2\r$/m);
		session.type("fg\n");
		await untilMode(session, "-isig");
		session.type("typed\n");
		await session.until(/^typed\r\ntyped\r\n/m);
		session.type("\x04");
		await until("its end", () => descendants(session.pid).length === 0 || undefined);
		t.match(await leave(session), /mine2/);
	}
});

t.end();
