// SPDX-License-Identifier: BSD-2-Clause
// A payload stops processes of pflask. A payload that sees the processes and has their user can do
// this. Even then, no process of pflask may wait forever, and no mount point may be left.
import { existsSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { detach, isAlive } from "../../lib/detached.ts";
import { has, sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { machine, uplink } from "../../lib/network-user.ts";
import { commandLine, descendants, signal } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { RunOptions } from "../../lib/run.ts";
import { type Starter, starters } from "../../lib/starters.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const users = await starters("stop");

/**
 * The time limit for the end of pflask, milliseconds. This limit exceeds all time limits in pflask.
 */
const MOST = 60_000;

type Runner = Pick<Box, "run" | "start">;

const USERS: readonly Starter[] = [
	users.oneIdAsRoot,
	users.rangedAsSubordinate,
	users.rangedAsRoot,
];
const ROOTS: readonly Starter[] = [users.root, users.mappedRoot];

/** The ways in which a container ends. */
const ENDS = ["by its command", "SIGTERM", "SIGKILL", "--timeout=2"] as const;

/**
 * Returns the ways in which a container can end after a verb of the probe. Leaves out SIGKILL if
 * the payload stops the monitor in a loop. When the caller is killed, the kernel continues the
 * monitor once (SIGCONT). The payload then stops the monitor again, so the monitor cannot notice
 * the end of its caller (SECURITY.md).
 */
function endsAfter(verb: readonly string[]): readonly (typeof ENDS)[number][] {
	const isHopeless = verb[0] === "freeze-ever" && verb.includes("monitor");
	return isHopeless ? ENDS.filter((how) => how !== "SIGKILL") : ENDS;
}

/** Waits until processes have ended. Returns the survivors as text for a message. */
async function survivors(pids: readonly number[]): Promise<string[]> {
	const gone = () => !pids.some(isAlive);
	await until("the end of all", gone, MOST).catch(() => {});
	return pids.filter(isAlive).map((pid) => `${pid} ${commandLine(pid)}`);
}

/**
 * Starts a container, stops some of its processes, and ends the container. Returns the problems.
 */
async function end(
	runner: Runner,
	args: readonly string[],
	verb: readonly string[],
	how: (typeof ENDS)[number],
	options: RunOptions,
): Promise<string[]> {
	const words = [...verb, "+", "say", "stopped", "+", "wait-for", "go", "+", "exit", "7"];
	const limit = how === "--timeout=2" ? [how] : [];
	const running = runner.start([...args, ...limit, "--", "/bin/probe", ...words], {
		...options,
		stdin: "pipe",
		bound: MOST,
	});
	if (how !== "--timeout=2") await running.until(/^stopped$/m);
	const family = [running.pid, ...descendants(running.pid).map(({ pid }) => pid)];
	if (how === "by its command") await running.write("go\n");
	else if (how !== "--timeout=2") running.kill(how);
	const late = await running.ended.then(
		() => [],
		(error: Error) => [error.message],
	);
	return [...late, ...(await survivors(family))].map((what) => `${how}: ${what}`);
}

/** Tests all ways to end at the same time. Each container has its own mount point. */
async function allEnd(
	t: Test,
	box: Box,
	starter: Starter,
	verb: readonly string[],
	args: readonly string[] = [],
	runner: Runner = starter.runner(box),
	options: RunOptions = {},
): Promise<void> {
	const root = tinyRoot(box);
	writeFileSync(`${root}/etc/resolv.conf`, ""); // otherwise a shared mount point
	await sh(["chown", "--recursive", "--no-dereference", `${starter.owner}:${starter.owner}`, root]);
	const before = await names(root);
	const problems = await Promise.all(
		endsAfter(verb).map((how, index) => {
			const mount = `--mount=tmp:/miss-${index}/ing`;
			const all = [...starter.args, "-P", `--chroot=${root}`, mount, ...args];
			return end(runner, all, verb, how, options);
		}),
	);
	t.same(problems.flat(), [], `${verb.join(" ")}: pflask ends, and all that belongs to it`);
	t.same(await names(root), before, `${verb.join(" ")}: no mount point is left`);
}

/**
 * Returns the verbs for a starter. pflask has no protection from root without a user namespace, so
 * root does not run "freeze-ever".
 */
const verbsOf = (starter: Starter) =>
	starter.name === "root" ? ["freeze"] : ["freeze", "freeze-ever"];

for (const starter of [...USERS, ...ROOTS])
	for (const verb of verbsOf(starter))
		for (const whom of [["pf-maker"], ["monitor"], ["pf-maker", "monitor"]])
			live(`${verb} ${whom.join(" and ")}: ${starter.name}`, async (t, box) => {
				await allEnd(t, box, starter, [verb, ...whom]);
			});

for (const starter of USERS)
	live(`beside a network of pasta's: ${starter.name}`, async (t, box) => {
		if (!need(t, has("pasta"), "pasta(1) of the package passt is missing")) return;
		const link = await uplink(box, starter.runner(box));
		const via = await machine(box);
		for (const verb of ["freeze", "freeze-ever"])
			for (const whom of [["pf-net"], ["pasta", "pasta.avx2"], ["pf-net", "pf-maker", "monitor"]])
				await allEnd(t, box, starter, [verb, ...whom], ["--netif=pasta"], link.near, { via });
		await link.close();
	});

/** Runs a command that must end. Returns its status, or an error text. */
async function statusOf(runner: Runner, args: readonly string[]): Promise<number | string | null> {
	return await runner.run(args, { bound: MOST }).then(
		({ status }) => status,
		(error: Error) => error.message,
	);
}

/**
 * Continues commands that the payload stopped after their execve(2). Such commands are part of the
 * payload, so pflask need not end them.
 */
function continueCommands(monitor: number): void {
	for (const { pid, name, state } of descendants(monitor))
		if (name === "probe" && state === "T") signal(pid, "SIGCONT");
}

for (const starter of [...USERS, ...ROOTS])
	live(`commands that join: ${starter.name}`, async (t, box) => {
		const root = tinyRoot(box);
		const { owner } = starter;
		await sh(["chown", "--recursive", "--no-dereference", `${owner}:${owner}`, root]);
		const runner = starter.runner(box);
		const args = [...starter.args, "-P", `--chroot=${root}`, "--mount=tmp:/miss/ing"];
		const words = ["freeze-ever", "pf-exec", "+", "say", "ready", "+", "hold"];
		const pid = await detach(runner, [...args, "--", "/bin/probe", ...words]);
		await until("the attack", async () => (await runner.run([`--logs=${pid}`])).out.match("ready"));
		const family = [pid, ...descendants(pid).map((process) => process.pid)];
		const joins = Array.from({ length: 4 }, () =>
			statusOf(runner, [`--exec=${pid}`, "--", "/bin/probe", "exit", "7"]),
		);
		let over = false;
		const ends = Promise.all(joins).finally(() => {
			over = true;
		});
		await until(
			"the end of all that join",
			() => {
				continueCommands(pid);
				return over;
			},
			MOST,
		);
		for (const status of await ends)
			t.ok(status === 7 || status === 125, `it has run, or it is an error: ${status}`);
		t.equal(await statusOf(runner, ["--kill", "--kill-after=0", `${pid}`]), 0, "--kill ends it");
		t.same(await survivors(family), []);
		t.notOk(existsSync(`${root}/miss`));
	});

t.end();
