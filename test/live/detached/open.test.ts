// SPDX-License-Identifier: BSD-2-Clause
// A C program opens detached containers by pflask_open() (test/library/open.c).
import t, { type Test } from "tap";
import { detach, finish, isAlive, lookUp, nameIn } from "../../lib/detached.ts";
import { compile } from "../../lib/library.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const ESRCH = -3;
const EINTR = -4;
const ECHILD = -10;
const ETIMEDOUT = -110;
const EHOSTDOWN = -112;

const program = await compile("open.c", "shared");

async function open(box: Box, act: string, ...names: (string | number)[]): Promise<Ended> {
	return await box.run([act, ...names.map(String)], { program, bound: 120_000 });
}

/** Checks that the program has kept no descriptor and no child. */
function checkNothingLeft(t: Test, { out, err }: Ended): void {
	const [, before, after] = out.match(/^descriptors (\d+) (\d+)$/m) ?? [];
	t.ok(before, `the program ended: ${out}${err}`);
	t.equal(after, before, "no descriptor is left");
	t.match(out, /^children 0$/m);
}

/** Returns the lines that begin with a word, without the word. */
function lines({ out }: Ended, word: string): string[] {
	return out
		.split("\n")
		.filter((line) => line.startsWith(`${word} `))
		.map((line) => line.slice(word.length + 1));
}

live("a container is opened by its name and by its pids, and told to end", async (t, box) => {
	const web = nameIn(box, "web");
	const monitor = await detach(box, [`--name=${web}`, "--", PROBE, "hold"]);
	const leader = (await lookUp(box, web))?.leader ?? 0;
	t.not(leader, 0);
	const ran = await open(box, "kill", web, monitor, leader, `root/${web}`);
	t.same(
		lines(ran, "opened").sort(),
		[0, 1, 2, 3].map((at) => `${web} ${at} ended 0 record 0`),
	);
	t.equal(lines(ran, "kill")[0], "0");
	t.same(
		lines(ran, "ended").sort(),
		[0, 1, 2, 3].map((at) => `${at} reason 2 code 0 signal 15 wait 0 kill ${ESRCH}`),
	);
	checkNothingLeft(t, ran);
	t.notOk(isAlive(monitor));
});

live("32 containers in one loop", async (t, box) => {
	const pids: number[] = [];
	for (let at = 0; at < 32; at++)
		pids.push(await detach(box, ["--no-userns", "--", PROBE, "hold"]));
	const ran = await open(box, "kill", ...pids);
	t.equal(lines(ran, "opened").length, 32, ran.err);
	t.same(
		lines(ran, "ended").sort(),
		pids.map((_, at) => `${at} reason 2 code 0 signal 15 wait 0 kill ${ESRCH}`).sort(),
	);
	checkNothingLeft(t, ran);
});

live("a kept end is opened, too", async (t, box) => {
	const job = nameIn(box, "job");
	const pid = await detach(box, [`--name=${job}`, "--", "sh", "-c", "exit 7"]);
	await until("the end", () => !isAlive(pid));
	const ran = await open(box, "none", job, pid);
	t.same(lines(ran, "opened"), [`${job} 0 ended 1 record 0`, `${job} 1 ended 1 record 0`]);
	t.same(lines(ran, "ended"), [
		`0 reason 1 code 7 signal 0 wait 0 kill ${ESRCH}`,
		`1 reason 1 code 7 signal 0 wait 0 kill ${ESRCH}`,
	]);
	checkNothingLeft(t, ran);
	const command = await open(box, "exec-missing", job);
	t.same(lines(command, "failed"), [`${ESRCH} ${job}: has ended with status 7`]);
	checkNothingLeft(t, command);
	const running = await open(box, "running", job);
	t.same(lines(running, "open"), [`${ESRCH}`]);
	checkNothingLeft(t, running);
});

live("a container that does not exist", async (t, box) => {
	const ran = await open(box, "none", "no-such-name", 1);
	t.same(lines(ran, "failed"), [
		`${ESRCH} no-such-name: no such container`,
		`${ESRCH} 1: no such container`,
	]);
	checkNothingLeft(t, ran);
});

live("a monitor that is killed rings", async (t, box) => {
	const one = await detach(box, ["--", PROBE, "hold"]);
	const other = await detach(box, ["--no-pidns", "--", PROBE, "hold"]);
	const ran = await open(box, "lose", one, other);
	t.same(lines(ran, "ended").sort(), [
		`0 reason 5 code 0 signal 0 wait 0 kill ${ESRCH}`,
		`1 reason 5 code 0 signal 0 wait 0 kill ${ESRCH}`,
	]);
	checkNothingLeft(t, ran);
});

live("a monitor that is stopped blocks nothing", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const ran = await open(box, "stop", pid);
	t.same(lines(ran, "kill"), ["0"], "the signal waits for the monitor");
	t.same(lines(ran, "step"), ["0"]);
	t.same(lines(ran, "ended"), [`0 reason 2 code 0 signal 15 wait 0 kill ${ESRCH}`]);
	checkNothingLeft(t, ran);

	const stopped = await detach(box, ["--", PROBE, "hold"]);
	process.kill(stopped, "SIGSTOP");
	const late = await open(box, "none", stopped);
	process.kill(stopped, "SIGCONT");
	await finish(box, stopped);
	t.same(lines(late, "failed"), [`${EHOSTDOWN} ${stopped}: the monitor does not answer`]);
	t.same(lines(late, "steps"), ["many"], "no step waits for the monitor");
	checkNothingLeft(t, late);
});

live("commands are executed without waiting", async (t, box) => {
	for (const options of [[], ["--no-pidns"]]) {
		const pid = await detach(box, [...options, "--", PROBE, "hold"]);
		const ran = await open(box, "exec", pid);
		t.equal(ran.out.match(/^started$/gm)?.length, 8, ran.err);
		t.same(
			lines(ran, "ended").sort(),
			[0, 1, 2, 3, 4, 5, 6, 7].map(
				(code) => `-1 reason 1 code ${code} signal 0 wait 0 kill ${ESRCH}`,
			),
		);
		checkNothingLeft(t, ran);
		const missing = await open(box, "exec-missing", pid);
		t.same(lines(missing, "failed"), ["-2 /no/such/command: No such file or directory"]);
		checkNothingLeft(t, missing);
		await finish(box, pid);
	}
});

live("two threads wait, and a third thread kills", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const ran = await open(box, "threads", pid);
	t.same(lines(ran, "waited"), ["0 reason 9 signal 9", "0 reason 9 signal 9"], ran.err);
	t.same(lines(ran, "killed"), ["0"]);
	checkNothingLeft(t, ran);
});

live("the same with a container of this process", async (t, box) => {
	const ran = await open(box, "own-threads", "none");
	t.same(lines(ran, "waited"), ["0 reason 9 signal 9", "0 reason 9 signal 9"], ran.err);
	t.same(lines(ran, "killed"), ["0"]);
	checkNothingLeft(t, ran);
	const ended = await open(box, "own-end", "none");
	t.same(lines(ended, "end"), ["0", "of own 2 15", `again ${ESRCH}`], ended.err);
	checkNothingLeft(t, ended);
});

live("another thread interrupts what relays output", async (t, box) => {
	const pid = await detach(box, ["--", "sh", "-c", "echo hello; sleep 1000"]);
	const ran = await open(box, "interrupt", pid);
	t.same(lines(ran, "attach"), [`${EINTR}`], ran.err);
	t.same(lines(ran, "logs"), [`${EINTR}`]);
	t.same(lines(ran, "kept logs"), ["0"], "an interruption works once");
	t.same(lines(ran, "end"), ["0"]);
	checkNothingLeft(t, ran);
});

live("a forked child has only a copy of a handle", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const ran = await open(box, "fork", pid);
	for (const name of ["wait", "kill", "step", "end"])
		t.same(lines(ran, `child.${name}`), [`${ECHILD}`], name);
	t.same(lines(ran, "parent.wait"), [`${ETIMEDOUT}`], "the child has done no harm");
	t.same([...lines(ran, "parent.kill"), ...lines(ran, "parent.end")], ["0", "0"]);
	checkNothingLeft(t, ran);
});

live("handles are closed in any order, and the containers run on", async (t, box) => {
	const pids = [await detach(box, ["--", PROBE, "hold"]), await detach(box, ["--", PROBE, "hold"])];
	const ran = await open(box, "order", ...pids);
	t.same(lines(ran, "same"), ["1", "1"], ran.err);
	t.same(lines(ran, "runs"), [`${ETIMEDOUT}`, `${ETIMEDOUT}`]);
	checkNothingLeft(t, ran);
	for (const pid of pids) {
		t.ok(isAlive(pid));
		await finish(box, pid);
	}
});

t.end();
