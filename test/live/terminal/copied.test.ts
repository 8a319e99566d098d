// SPDX-License-Identifier: BSD-2-Clause
// Some commands do not get the caller's terminal. pflask relays data between the caller's terminal
// and such a command.
import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { leave, line, shell, untilForeground } from "../../lib/job-shell.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import type { Session } from "../../lib/terminal.ts";
import { until } from "../../lib/until.ts";

/** Runs a check with a plain start, and with a command that joins a container. */
async function both(box: Box, check: (args: readonly string[]) => Promise<void>): Promise<void> {
	await check([]);
	const pid = await detach(box, ["--", PROBE, "hold"]);
	await check([`--exec=${pid}`]);
	await finish(box, pid);
}

function read(file: string): string {
	return readFileSync(file, "utf8");
}

/** Waits until a file has a text. */
async function untilHas(file: string, wanted: string): Promise<void> {
	await until(`${file}: ${wanted}`, () => read(file) === wanted || undefined);
}

/**
 * Makes a script that creates the file `ready`, and then copies its input to the file `got`.
 */
function reader(box: Box, name: string): { script: string; ready: string; got: string } {
	const [script, ready, got] = ["script", "ready", "got"].map(
		(what) => `${box.dir}/${what}${name}`,
	);
	if (!script || !ready || !got) throw new Error(name);
	for (const file of [ready, got]) writeFileSync(file, "");
	writeFileSync(script, `echo >${ready}; while read -r x; do echo "$x" >>${got}; done`);
	return { script, ready, got };
}

/** Puts the only job of a shell into the foreground. */
async function foreground(session: Session): Promise<void> {
	session.type("fg\n");
	await untilForeground(session);
}

live("typed lines are read only in the foreground", async (t, box) => {
	let count = 0;
	await both(box, async (args) => {
		for (const redirected of [">/dev/null &", "| cat &"]) {
			const { script, ready, got } = reader(box, `${count++}`);
			const session = await shell(box);
			session.type(line(...args, "--", "sh", script).replace("\n", ` ${redirected}\n`));
			await untilHas(ready, "\n");
			session.type("echo one$((1+1))\n");
			await session.until(/^one2\r$/m);
			await foreground(session);
			session.type("mine\n");
			await untilHas(got, "mine\n");
			session.type("\x1a");
			await session.until("Stopped");
			session.type("bg\n");
			await session.until(/ &\r\n/);
			session.type("echo two$((1+1))\n");
			await session.until(/^two2\r$/m);
			await foreground(session);
			session.type("mine too\n\x04");
			await until("its end", () => descendants(session.pid).length === 0 || undefined);
			t.equal(read(got), "mine\nmine too\n", `${args} ${redirected}`);
			session.type("echo three$((1+1))\n");
			await session.until(/^three2\r$/m);
			await leave(session);
		}
	});
});

/** Runs a shell script on a terminal, with the executable and `args` as the script's arguments. */
function onTerminal(box: Box, script: string, args: readonly string[]): Session {
	return box.terminal(["-c", script, "sh", PFLASK, ...args], { program: "/bin/sh" });
}

/** Runs a command without a terminal for its output, and then reads a line. */
const THEN_READ = '"$@" >/dev/null; read -r x; echo "got $x"';

live("input for the next program is not read", async (t, box) => {
	const close = "exec <&-; echo ready >&2; sleep 0.3";
	await both(box, async (args) => {
		const closed = onTerminal(box, THEN_READ, [...args, "--", "sh", "-c", close]);
		await closed.until(/^ready\r$/m);
		closed.type("second\n");
		t.match((await closed.ended).out, "got second", `${args}: it has closed its input`);
		const words = ["sh", "-c", `echo begun >&2; read -r x; ${close}`];
		const some = onTerminal(box, THEN_READ, [...args, "--", ...words]);
		await some.until(/^begun\r$/m);
		some.type("first\n");
		await some.until(/^ready\r$/m);
		some.type("second\n");
		t.match((await some.ended).out, "got second", `${args}: it has read a line`);
	});
});

live("at most one line is read for a command that does not read", async (t, box) => {
	await both(box, async (args) => {
		const words = [...args, "--", PROBE, "complain", "begun", "+", "catch", "1"];
		const session = onTerminal(box, THEN_READ, words);
		await session.until(/^begun\r$/m);
		session.type("one\ntwo\nthree\n");
		await session.until(/three\r\n/);
		const pflask = descendants(session.pid).find(({ parent }) => parent === session.pid);
		process.kill(pflask?.pid ?? -1, "SIGUSR1");
		t.match((await session.ended).out, "got two", args.join());
	});
});

live("keys for another program on the terminal are not read", async (t, box) => {
	const other = "stty -icanon -echo </dev/tty; echo begun >/dev/tty; head -c 3 </dev/tty";
	const script = `sleep 0.1; "$@" | { ${other}; stty icanon echo </dev/tty; }`;
	await both(box, async (args) => {
		const session = onTerminal(box, script, [...args, "--", "sh", "-c", "sleep 2"]);
		await session.until(/^begun\r$/m);
		for (const key of ["x", "y", "z"]) {
			session.type(key);
			await Bun.sleep(50);
		}
		await session.until("xyz");
		t.match((await session.ended).out, "xyz", args.join());
	});
});

live("a joined command does not get the caller's terminal", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const words = [`--exec=${pid}`];
	for (const [script, args] of [
		['"$@" </dev/null', ["--tty=never"]],
		['"$@" | cat', []],
		['"$@" 2>/dev/null', ["--tty=never"]],
		['"$@"', ["--tty=never"]],
		['"$@" </dev/null', ["--tty=always"]],
	] as const) {
		const session = onTerminal(box, script, [...words, ...args, "--", PROBE, "fds"]);
		const { out } = await session.ended;
		const files = out.split("\n").filter((text) => text.startsWith("fd "));
		const own = args[0] === "--tty=always" ? 0 : 1;
		t.equal(files.length, 3, out);
		if (own)
			t.same(
				files.filter((text) => text.includes("/pts/")),
				[],
				script,
			);
	}
	await finish(box, pid);
});

live("all output arrives, in order", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const lines = ["--", PROBE, "lines", "20000", "+", "exit", "3"];
	const many = await box.terminal([`--exec=${pid}`, "--tty=never", ...lines]).ended;
	t.equal(many.status, 3);
	const numbers = Array.from({ length: 20000 }, (_, index) => `${index + 1}\r\n`).join("");
	t.ok(many.out.endsWith(numbers), many.out.slice(-200));
	const script = "for i in 1 2 3 4 5 6 7 8; do echo o$i; echo e$i >&2; done";
	const words = ["--", "sh", "-c", script];
	const mixed = await box.terminal([`--exec=${pid}`, "--tty=never", ...words]).ended;
	const order = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `o${i}\r\ne${i}\r\n`).join("");
	t.equal(mixed.out, order);
	const left = ["--", "sh", "-c", "yes & echo told"];
	const end = await box.terminal([`--exec=${pid}`, "--tty=never", ...left]).ended;
	t.equal(end.status, 0, "a process that stays behind is not waited for");
	await finish(box, pid);
});

live("a closed terminal is an error", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const script = '"$@" 2>/dev/null; echo "status $?" >"$0"';
	const file = `${box.dir}/status`;
	const words = [
		PFLASK,
		`--exec=${pid}`,
		"--tty=never",
		"--",
		"sh",
		"-c",
		"echo begun; sleep 0.5; echo x; sleep 1",
	];
	const session = box.terminal(["-w", "sh", "-c", `trap '' HUP; ${script}`, file, ...words], {
		program: "/usr/bin/setsid",
	});
	await session.until("begun");
	session.hangUp();
	await until("the status", () => Bun.file(file).size > 0 || undefined);
	t.equal(read(file), "status 125\n");
	await session.ended;
	await finish(box, pid);
});

live("a detached command has no input from a terminal", async (t, box) => {
	const words = ["--detach", "--tty=never", "--", "sh", "-c", `cat >${box.dir}/got; echo end >&2`];
	const session = onTerminal(box, '"$@"; read -r x; echo "got $x"', words);
	await session.until("end");
	session.type("mine\n");
	t.match((await session.ended).out, "got mine");
	t.equal(read(`${box.dir}/got`), "");
});

t.end();
