// SPDX-License-Identifier: BSD-2-Clause
// A C program follows containers by pflask_fd() and pflask_step() (test/library/step.c).
import t, { type Test } from "tap";
import { compile } from "../../lib/library.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended } from "../../lib/run.ts";

const [ETIMEDOUT, EINPROGRESS] = [-110, -115];

const program = await compile("step.c", "shared");

async function step(box: Box, count: number, act: string, ...fields: string[]): Promise<Ended> {
	return await box.run([`${count}`, act, ...fields], { program, bound: 120_000 });
}

function command(...words: string[]): string[] {
	return words.map((word) => `command=${word}`);
}

/** Checks that the program has kept no descriptor and no child. */
function checkNothingLeft(t: Test, { out, err }: Ended): void {
	const [, before, after] = out.match(/^descriptors (\d+) (\d+)$/m) ?? [];
	t.ok(before, `the program ended: ${out}${err}`);
	t.equal(after, before, "no descriptor is left");
	t.match(out, /^children 0$/m);
}

/** Returns the lines that begin with a word. */
function lines({ out }: Ended, word: string): string[] {
	return out.split("\n").filter((line) => line.startsWith(`${word} `));
}

live("containers are started, and each one tells its end once", async (t, box) => {
	const ran = await step(box, 32, "none", ...command(PROBE, "exit", "7"));
	t.equal(lines(ran, "started").length, 32);
	t.same(
		lines(ran, "ended").map((line) => line.replace(/ended \d+/, "ended N")),
		Array(32).fill("ended N reason 1 code 7 signal 0 wait 0"),
	);
	t.same(new Set(lines(ran, "early")), new Set([`early ${EINPROGRESS}`]));
	checkNothingLeft(t, ran);
});

live("an operation that fails is the error of a step", async (t, box) => {
	const ran = await step(box, 3, "none", ...command("/no/such/program"));
	t.same(lines(ran, "failed").sort(), [
		"failed 0 /no/such/program: No such file or directory",
		"failed 1 /no/such/program: No such file or directory",
		"failed 2 /no/such/program: No such file or directory",
	]);
	checkNothingLeft(t, ran);
});

live("a container that is killed before its command runs has not started", async (t, box) => {
	const ran = await step(box, 8, "kill", ...command(PROBE, "hold"));
	t.same(new Set(lines(ran, "kill")), new Set(["kill 0"]));
	t.equal(lines(ran, "failed").length + lines(ran, "ended").length, 8, ran.out);
	checkNothingLeft(t, ran);
});

live("a container that is closed at once leaves nothing", async (t, box) => {
	const ran = await step(box, 8, "close", ...command(PROBE, "hold"));
	checkNothingLeft(t, ran);
});

live("a monitor that is killed rings, before and after the start", async (t, box) => {
	for (const namespaces of [[], ["pidns=no"]]) {
		const fields = [...namespaces, ...command(PROBE, "hold")];
		const early = await step(box, 1, "lose", ...fields);
		// The command may already have been executed.
		const end = /^(failed 0 pflask-init: ended before the command started|ended 0 reason 5 .*)$/m;
		t.match(early.out, end, early.err);
		checkNothingLeft(t, early);
		const late = await step(box, 8, "lose-later", ...fields);
		t.match(lines(late, "ended").join(), /^(ended \d reason 5 code 0 signal 0 wait 0,?){8}$/);
		checkNothingLeft(t, late);
	}
});

live("without a monitor, no look at a container waits for its processes", async (t, box) => {
	const traced = await step(box, 1, "lose-traced-later", "pidns=no", ...command(PROBE, "hold"));
	t.match(traced.out, new RegExp(`^wait without a monitor: ${ETIMEDOUT}$`, "m"), traced.err);
	t.match(traced.out, /^ended 0 reason 5 code 0 signal 0 wait 0$/m);
	checkNothingLeft(t, traced);
	// The monitor may already have told the start before it is killed.
	const held = await step(box, 1, "lose-held", ...command(PROBE, "hold"));
	t.match(held.out, /^step without a monitor: [01]$/m, held.err);
	t.match(
		held.out,
		/^(failed 0 pflask-init: ended before the command started|ended 0 reason 5 .*)$/m,
	);
	checkNothingLeft(t, held);
	const kept = await step(box, 1, "lose-kept", ...command(PROBE, "hold"));
	t.match(kept.out, /^step with a kept monitor: [01]$/m, kept.err);
	t.match(
		kept.out,
		/^(failed 0 pflask-init: ended before the command started|ended 0 reason 5 .*)$/m,
	);
	checkNothingLeft(t, kept);
});

live("a command that stops the monitor ends all the same", async (t, box) => {
	const stop = "kill -STOP $(ps -o ppid= -p $PPID); exec sleep 1000";
	const ran = await step(box, 1, "TERM-later", "pidns=no", ...command("sh", "-c", stop));
	t.match(ran.out, /^ended 0 reason 2 code 0 signal 15 wait 0$/m, ran.err);
	checkNothingLeft(t, ran);
});

live("a container ends when the descriptor is closed", async (t, box) => {
	const ran = await step(box, 4, "hang-up-later", ...command(PROBE, "hold"));
	t.equal(lines(ran, "ended by hang-up").join(), Array(4).fill("ended by hang-up 0").join());
	checkNothingLeft(t, ran);
});

live("a detached container tells its start, and its end to the handle", async (t, box) => {
	const ran = await step(box, 4, "none", "detach=yes", ...command(PROBE, "exit", "3"));
	t.equal(lines(ran, "started").length, 4, ran.err);
	t.equal(lines(ran, "ended").length, 4);
	checkNothingLeft(t, ran);
});

t.end();
