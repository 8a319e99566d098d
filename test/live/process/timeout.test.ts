// SPDX-License-Identifier: BSD-2-Clause
// --timeout ends a command after a time, and --kill-after kills a container that does not end.
import { closeSync, openSync, readFileSync } from "node:fs";
import t from "tap";
import { type Spec, start } from "../../../packages/runtime/src/internal.ts";
import { SIGKILL, SIGTERM, SIGUSR1 } from "../../../packages/runtime/src/numbers.gen.ts";
import { detach, finish, startWaiting } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

const SAID = "pflask: timed out after 20ms\n";

/** Options, commands that never end by themselves, and the signal that ends the command. */
const ENDLESS: readonly (readonly [args: string[], words: string[], signal: string])[] = [
	[[], ["hold"], "SIGTERM"],
	[["--no-pidns"], ["hold"], "SIGTERM"],
	[["--netif"], ["child", "+", "hold"], "SIGTERM"],
	[["--kill-signal=USR1"], ["hold"], "SIGUSR1"],
	[[], ["stop", "+", "hold"], "SIGTERM"],
	[["--no-pidns"], ["stop", "+", "hold"], "SIGTERM"],
	[["--kill-after=10ms"], ["ignore", "15", "+", "hold"], "SIGKILL"],
	[["--kill-after=0"], ["ignore", "15", "+", "hold"], "SIGKILL"],
	[["--kill-after=10ms", "--no-pidns"], ["ignore", "15", "+", "hold"], "SIGKILL"],
	[["--kill-after=10ms", "--as-pid1"], ["hold"], "SIGKILL"],
	[["--kill-after=10ms", "--as-pid1"], ["catch", "9"], "SIGKILL"],
];

/** Runs pflask with a file for its events. Returns the end of pflask, and the last event. */
async function watched(box: Box, args: readonly string[]) {
	const file = `${box.dir}/status`;
	const fd = openSync(file, "w");
	const run = await box.run(["--status-fd=3", ...args], { extra: [fd] });
	closeSync(fd);
	const lines = readFileSync(file, "utf8").trimEnd().split("\n");
	return { run, last: JSON.parse(lines.at(-1) ?? "") };
}

live("a command that does not end", async (t, box) => {
	for (const [args, words, signal] of ENDLESS) {
		const what = [...args, ...words].join(" ");
		const { run, last } = await watched(box, ["--timeout=20ms", ...args, "--", PROBE, ...words]);
		t.same([run.status, run.err], [124, SAID], what);
		t.match(last, { reason: "timeout", status: 124, signal }, what);
		t.same(descendants(), [], `${what}: nothing survives`);
	}
});

live("a command that ends with a status of its own after the signal", async (t, box) => {
	const words = ["--timeout=20ms", "--", PROBE, "catch", "1", "+", "exit", "3"];
	const { run, last } = await watched(box, words);
	t.same([run.status, run.err], [124, SAID]);
	t.equal(last.reason, "timeout");
	t.equal(last.signal, undefined);
});

live("a command in a terminal of its own", async (t, box) => {
	const session = box.terminal(["--timeout=20ms", "--", PROBE, "hold"]);
	t.equal((await session.ended).status, 124);
});

live("a command that ends in time", async (t, box) => {
	for (const time of ["1h", "0", "2147483647ms", "596h"]) {
		const args = [`--timeout=${time}`, "--", PROBE, "exit", "3"];
		const run = await box.run(args);
		t.same([run.status, run.err], [3, ""], time);
	}
	for (const time of ["2147483648ms", "597h", "99999999999999999999"]) {
		const run = await box.run([`--timeout=${time}`, "--", PROBE, "exit", "3"]);
		t.match(run.err, /^pflask: --timeout: '\d+\w*': not a duration\nhint: --timeout=10s\n$/);
		t.equal(run.status, 125, time);
	}
});

live("a set-up that does not end", async (t, box) => {
	const args = ["--mount=file:0:/tmp/pftest-file", "--", PROBE, "say", "ran"];
	const running = box.start(["--timeout=20ms", ...args], { stdin: "pipe" });
	const run = await running.ended;
	t.same([run.status, run.out], [125, ""]);
	t.match(run.err, /^pflask: --timeout: the set-up of the container does not end: /);
	t.same(descendants(), []);
});

live("a detached container", async (t, box) => {
	// The command ends after three signals: SIGTERM and SIGCONT when the time is over, and a signal
	// of this test.
	const words = ["catch", "3", "+", "exit", "3"];
	const pid = await detach(box, ["--timeout=1ms", "--kill-after=1h", "--", PROBE, ...words]);
	const waiter = await startWaiting(box, pid);
	const follower = box.start([`--logs=${pid}`, "--follow"]);
	await follower.until(`signal ${SIGTERM} `);
	await follower.until("signal 18 ");
	await box.run(["--kill=USR1", `${pid}`]);
	const { status, err } = await waiter.ended;
	t.same([status, err], [124, "pflask: timed out after 1ms\n"]);
	t.match((await follower.ended).out, `signal ${SIGUSR1} `);
});

live("the library ends a container whose caller does nothing", async (t) => {
	const kinds: readonly Spec[] = [{}, { pidns: false }];
	for (const kind of kinds) {
		using one = start({ command: [PROBE, "hold"], timeout: 20, ...kind }, { stdout: null });
		await until(
			"the end of init",
			() => !descendants().some(({ pid }) => pid === one.info.initPid),
		);
		t.match(one.wait(), { reason: "timeout", signal: SIGTERM, timeoutMsec: 20 });
	}
});

live("--kill-after without --timeout, for any command", async (t, box) => {
	for (const args of [[], ["--no-pidns"], ["--as-pid1"]]) {
		const words = ["--", PROBE, "ignore", "15", "+", "say", "deaf", "+", "hold"];
		const running = box.start(["--kill-after=10ms", ...args, ...words]);
		await running.until("deaf");
		running.kill("SIGTERM");
		const run = await running.ended;
		t.same([run.status, run.err], [128 + SIGKILL, ""], args.join(" "));
	}
	const handler = box.start(["--kill-after=10ms", "--as-pid1", "--", PROBE, "catch", "9"]);
	await handler.until("ready");
	handler.kill("SIGTERM");
	t.equal((await handler.ended).status, 128 + SIGKILL, "a pid 1 that handles the signal");
});

live("without --kill-after only a pid 1 that is deaf to the signal is killed", async (t, box) => {
	for (const args of [[], ["--as-pid1"]]) {
		const pid = await detach(box, [...args, "--", PROBE, "catch", "9"]);
		const plan = await box.run(["--dry-run", ...args, "--", "true"]);
		t.equal(/kill_after +10000 1$/m.test(plan.out), args.length > 0);
		await finish(box, pid);
	}
});

live("a command of --exec", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	for (const [args, words] of [
		[[], ["hold"]],
		[[], ["stop", "+", "hold"]],
		[["--tty=always"], ["hold"]],
		[["--kill-after=10ms"], ["ignore", "15", "+", "hold"]],
	] as const) {
		const all = [`--exec=${pid}`, "--timeout=20ms", ...args, "--", PROBE, ...words];
		const run = await box.run(all);
		t.same([run.status, run.err], [124, SAID], [...args, ...words].join(" "));
	}
	const deaf = ["--", PROBE, "ignore", "15", "+", "say", "deaf", "+", "hold"];
	const running = box.start([`--exec=${pid}`, "--kill-after=10ms", ...deaf]);
	await running.until("deaf");
	running.kill("SIGTERM");
	t.equal((await running.ended).status, 128 + SIGKILL, "without --timeout");
	const early = await box.run([`--exec=${pid}`, "--timeout=1h", "--", PROBE, "exit", "3"]);
	t.same([early.status, early.err], [3, ""]);
	await finish(box, pid);
});

t.end();
