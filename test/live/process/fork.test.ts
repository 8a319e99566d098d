// SPDX-License-Identifier: BSD-2-Clause
// A C program uses the library and forks. The container belongs to the parent. The child has copies
// of the handle and of every descriptor. The child must neither end the container nor take messages
// from the container.
import t from "tap";
import { isAlive } from "../../lib/detached.ts";
import { compile } from "../../lib/library.ts";
import { type Box, live } from "../../lib/live.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import type { Ended } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const ECHILD = -10;

const programs = [await compile("fork.c", "shared"), await compile("fork.c", "static")];

/** A command that exits with 5 after it has received SIGUSR1. */
const COMMAND = [PROBE, "catch", "1", "+", "exit", "5"];

/** Runs the program, and waits until its command is ready for a signal. */
async function runReady(box: Box, program: string, way: string): Promise<Ended> {
	const running = box.start([way, ...COMMAND], { program, stdin: "pipe", bound: 120_000 });
	await running.until("ready");
	await running.write("go\n");
	return await running.ended;
}

for (const program of programs) {
	const kind = program.includes("shared") ? "shared" : "static";
	live(`in a child, wait and kill fail, and close does no harm (${kind})`, async (t, box) => {
		for (const way of ["plain", "foreground"]) {
			const run = await runReady(box, program, way);
			for (const name of ["wait", "kill", "attach"])
				t.equal(run.facts(`child.${name}`), `${ECHILD}`, `${way}: ${name}`);
			t.equal(run.facts("child.info"), "0 1", `${way}: it may be told what holds`);
			t.same(run.facts.all("child.ended"), ["768", "768"], `${way}: it ends by itself`);
			t.equal(run.facts("child.close"), "1", way);
			t.equal(run.facts("parent.running"), "1", `${way}: the container is still there`);
			t.equal(run.facts("after.handlers"), run.facts("before.handlers"), way);
			t.equal(run.facts("parent.wait"), "0", way);
			t.equal(run.facts("exit"), "1 5", `${way}: the parent has the status: ${run.out}${run.err}`);
		}
	});

	live(`a child that waits takes no message (${kind})`, async (t, box) => {
		const run = await runReady(box, program, "thief");
		t.equal(run.facts("child.wait"), `${ECHILD}`);
		t.equal(run.facts("exit"), "1 5", `the parent has the status: ${run.out}${run.err}`);
	});

	live(`the parent's terminal and signals stay as they are (${kind})`, async (t, box) => {
		const session = box.terminal(["foreground-terminal", ...COMMAND], { program });
		await session.until("ready");
		session.kill("SIGURG");
		await session.until(/^parent.raw/m);
		session.kill("SIGUSR1");
		const { status, out } = await session.ended;
		const told = facts(out);
		t.equal(told("child.ended"), "768", out);
		t.same(told.all("parent.raw"), ["1", "0"], "raw while it is looked after");
		t.equal(told("after.handlers"), told("before.handlers"));
		t.match(out, /^signal 10 /m, "a signal still reaches the command");
		t.equal(status, 5);
	});

	live(`the container ends with the parent, whatever a child holds (${kind})`, async (t, box) => {
		const running = box.start(["leave", PROBE, "hold"], { program });
		await running.until("left");
		await running.until("ready");
		running.kill("SIGKILL");
		await until("the end of the container", () => !inside());
		const rest = descendants().map(({ pid }) => pid);
		t.equal(rest.length, 1, "the child is there, and no other process");
		t.ok(rest.every(isAlive));
		for (const pid of rest) process.kill(pid, "SIGKILL");
		await running.ended;
	});
}

/** Tells whether a process of a container exists. */
function inside(): boolean {
	return descendants().some(({ name }) => name === "probe" || name === "pf-init");
}

t.end();
