// SPDX-License-Identifier: BSD-2-Clause
// A process changes the root while pflask starts and ends. Each start works or fails with an error.
// pflask never creates, mounts or removes a file outside the root.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountTable } from "../../lib/mount-table.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended, Running } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { tree } from "../../lib/tree.ts";

const ROUNDS = 40;

const user = await account("pft-race", { range: RANGE });

/** Makes a directory of the host with every name that pflask looks up in the root. */
function makeVictim(box: Box): string {
	const victim = `${box.dir}/victim`;
	for (const name of ["b/c", "b/new", "x", "new"])
		mkdirSync(`${victim}/${name}`, { recursive: true });
	writeFileSync(`${victim}/b/file`, "untouched\n");
	return victim;
}

/** Starts a process that exchanges two names until killed. */
async function exchanging(box: Box, a: string, b: string): Promise<Running> {
	const running = box.start(["exchange", a, b], { program: PROBE });
	await running.until("ready");
	return running;
}

async function stopped(running: Running): Promise<void> {
	running.kill("SIGKILL");
	await running.ended;
}

/** Tests that a run works or fails with an error. Counts both kinds of runs. */
function isSafe(t: Test, run: Ended, counts: { good: number; bad: number }): void {
	if (run.status === 0) counts.good++;
	else {
		counts.bad++;
		const ok = run.status === 125 && /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/.test(run.err);
		if (!ok) t.same([run.status, run.err], "one line");
	}
}

/** Tells whether the mount is at its place in the container. */
function isMounted(run: Ended): boolean {
	return mountTable(run.facts).some(({ superOptions }) => superOptions.includes("size=80k"));
}

/** Runs a number of rounds of a race, and tests that the victim is unchanged. */
async function race(
	t: Test,
	box: Box,
	victim: string,
	round: (i: number) => Promise<Ended>,
	[a, b]: readonly [string, string],
): Promise<Ended[]> {
	const untouched = await tree(victim);
	const counts = { good: 0, bad: 0 };
	const running = await exchanging(box, a, b);
	const runs: Ended[] = [];
	for (let i = 0; i < ROUNDS; i++) runs.push(await round(i));
	for (const run of runs) isSafe(t, run, counts);
	t.equal(running.err, "");
	await stopped(running);
	t.same(await tree(victim), untouched, `${counts.good} worked, ${counts.bad} were errors`);
	return runs.filter(({ status }) => status === 0);
}

/** Mounts below /a, which the race replaces. */
const SPECS = ["tmp:/a/b/new:size=77k", "tmp:/a/new/er:size=77k", "tmp:/a/b/c:size=77k"];

function place(i: number): string {
	return `-m${SPECS[i % SPECS.length]}`;
}

/** Makes a root with a directory /a and a link /link, two names for a race to exchange. */
async function racingRoot(box: Box, target: string, owner = 0): Promise<string> {
	const root = await shellRoot(box, owner);
	mkdirSync(`${root}/a/b`, { recursive: true });
	symlinkSync(target, `${root}/link`);
	await sh(["chown", "-Rh", `${owner}:${owner}`, `${root}/a`, `${root}/link`]);
	return root;
}

live("a directory and a link to the host", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, victim);
	const round = (i: number) =>
		box.run([`--chroot=${root}`, place(i), "--", "/bin/probe", "mounts"]);
	const good = await race(t, box, victim, round, [`${root}/a`, `${root}/link`]);
	t.equal(good.filter(isMounted).length, good.length, "the mounts are inside");
});

live("the same in a user namespace, whose monitor removes mount points", async (t, box) => {
	const victim = makeVictim(box);
	await sh(["chown", "-R", `${FIRST}:${FIRST}`, victim]);
	const root = await racingRoot(box, victim, FIRST);
	const mine = as(user, box);
	const round = (i: number) =>
		mine.run([`--chroot=${root}`, place(i), "--", "/bin/probe", "mounts"]);
	await race(t, box, victim, round, [`${root}/a`, `${root}/link`]);
});

live("a directory in the way and a relative link out of the root", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, "unused");
	symlinkSync(`../../../../../../..${victim}/b`, `${root}/a/link`);
	const round = (i: number) =>
		box.run([`--chroot=${root}`, place(i), "--", "/bin/probe", "mounts"]);
	await race(t, box, victim, round, [`${root}/a/b`, `${root}/a/link`]);
});

live("a directory that is moved out of the root", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, "unused");
	// These renames move the directory /a out of the root, and the outside directory to /a.
	renameSync(`${root}/a`, `${box.dir}/a`);
	mkdirSync(`${root}/a/b`, { recursive: true });
	mkdirSync(`${box.dir}/outside/b`, { recursive: true });
	const round = (i: number) =>
		box.run([`--chroot=${root}`, place(i), "--", "/bin/probe", "mounts"]);
	await race(t, box, victim, round, [`${root}/a`, `${box.dir}/outside`]);
});

live("symlinks, files and directories at a changing path", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, victim);
	const specs = ["symlink:x:/a/b/link", "dir:/a/b/new/1", "file:0:/a/b/file", "file:0:/a/b/nf"];
	const round = (i: number) => {
		const spec = `-m${specs[i % specs.length]}`;
		const args = [`--chroot=${root}`, spec, "-mtmp:/t:size=77k", "--", "/bin/probe", "mounts"];
		return box.run(args);
	};
	await race(t, box, victim, round, [`${root}/a`, `${root}/link`]);
});

live("a mount point that moves while the monitor removes it", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, victim);
	const untouched = await tree(victim);
	for (let i = 0; i < ROUNDS / 2; i++) {
		const args = [`--chroot=${root}`, place(i), "--", "/bin/probe", "say", "ready", "+", "hold"];
		const running = box.start(args);
		await running.until("ready");
		const swap = await exchanging(box, `${root}/a`, `${root}/link`);
		running.kill(i % 2 ? "SIGKILL" : "SIGTERM");
		await running.ended;
		await stopped(swap);
	}
	t.same(await tree(victim), untouched);
});

live("an ephemeral root", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, victim);
	const round = (i: number) =>
		box.run([`--chroot=${root}`, "--ephemeral", place(i), "--", "/bin/probe", "mounts"]);
	await race(t, box, victim, round, [`${root}/a`, `${root}/link`]);
});

live("the root's own /dev, with mounts below it", async (t, box) => {
	const victim = makeVictim(box);
	const root = await racingRoot(box, victim);
	const round = () => {
		const args = [`--chroot=${root}`, "-mtmp:/dev/b/new:size=77k", "--", "/bin/probe", "mounts"];
		return box.run(args);
	};
	await race(t, box, victim, round, [`${root}/dev`, `${root}/link`]);
});

t.end();
