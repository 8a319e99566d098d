// SPDX-License-Identifier: BSD-2-Clause
// Low limits on descriptors, processes and memory, from almost none to enough. A start works, or
// pflask prints the reason in one line. live() checks that nothing is left behind.
import t, { type Test } from "tap";
import { type Account, account, as, RANGE } from "../../lib/account.ts";
import { withMemory } from "../../lib/cgroups.ts";
import { finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, processes, reapOrphans } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

const user: Account = await account("pft-exhausted", { range: RANGE });

/**
 * Numbers of descriptors. Bun itself cannot start with fewer descriptors than the first number.
 */
const DESCRIPTORS = [...Array.from({ length: 30 }, (_, index) => 5 + index), 64];

/** Numbers of processes that the user may have at the same time, including those of pflask. */
const PROCESSES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 64];

/** Amounts of memory for all processes of a start, including those of pflask. */
const KIBIBYTES = [256, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384, 65536];

/** The time limit of a start, milliseconds. A start that takes longer hangs. */
const MOST = 20_000;

const LINES = /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/;

/** A limit of the kernel: its name, and a command prefix that sets the limit. */
type Limit = readonly [name: string, via: readonly string[]];

/**
 * Returns a runner under a limit. For a user, setpriv(1) changes the ids before the limit is set.
 * In the other order, an unreaped process of the user can make setpriv(1) fail (execve(2), EAGAIN).
 */
type Starter = (limit: Limit) => Pick<Box, "run">;

function asUser(box: Box): Starter {
	return ([, via]) => as({ ...user, become: [...user.become, ...via] }, box);
}

function asRoot(box: Box): Starter {
	return ([, via]) => ({ run: (args, options) => box.run(args, { ...options, via }) });
}

/** Waits until every process of a start is gone. Dead processes count for the user until reaped. */
async function allEnded(what: string): Promise<void> {
	await until(`${what}: the end of all`, () => {
		reapOrphans();
		return !processes().some(({ parent }) => parent === process.pid);
	});
}

/** Starts a container under each limit. Some of the starts work. */
async function sweep(
	t: Test,
	starter: Starter,
	limits: readonly Limit[],
	args: readonly string[],
): Promise<void> {
	let [worked, refused] = [0, 0];
	reapOrphans();
	for (const limit of limits) {
		const command = [...args, "--", "/bin/probe", "say", "ran"];
		const run = await starter(limit).run(command, { bound: MOST });
		const what = `${limit[0]} ${args.join(" ")}: ${run.status} ${run.err}`;
		if (run.status === 0) worked++;
		else refused++;
		if (run.status === 0) t.equal(run.out, "ran\n", what);
		else t.match(run.err, LINES, what);
		if (run.status !== 0) t.equal(run.status, 125, what);
		await allEnded(what);
	}
	t.ok(worked > 0 && refused > 0, `${worked} starts have worked, ${refused} have not`);
}

function descriptors(count: number): Limit {
	return [`${count} descriptors`, ["sh", "-c", `ulimit -n ${count}; exec "$@"`, "sh"]];
}

function processCount(count: number): Limit {
	return [`${count} processes`, ["prlimit", `--nproc=${count}:${count}`]];
}

/** Makes a root that the user owns. */
async function ownRoot(box: Box): Promise<string> {
	const root = tinyRoot(box);
	await sh(["chown", "-R", `${user.uid}:${user.gid}`, root]);
	return root;
}

const KINDS = [[], ["--mount=tmp:/miss/ing"], ["--netif", "--ephemeral"], ["-P"]];

for (const args of KINDS) {
	live(`few descriptors: ${args.join(" ")}`, async (t, box) => {
		const words = [`--chroot=${await ownRoot(box)}`, ...args];
		const limits = DESCRIPTORS.map(descriptors);
		await sweep(t, asRoot(box), limits, words);
		await sweep(t, asUser(box), limits, words);
	});

	live(`few processes: ${args.join(" ")}`, async (t, box) => {
		const words = [`--chroot=${await ownRoot(box)}`, ...args];
		await sweep(t, asUser(box), PROCESSES.map(processCount), words);
	});
}

live("few processes: --exec", async (t, box) => {
	const mine = as(user, box);
	let worked = 0;
	reapOrphans();
	for (const limit of PROCESSES.map(processCount)) {
		const { status, out } = await asUser(box)(limit).run(["--detach", "--", PROBE, "hold"]);
		if (status !== 0) continue;
		const run = await mine.run([`--exec=${out.trim()}`, "--", PROBE, "say", "ran"]);
		if (run.status === 0) worked++;
		if (run.status === 0) t.equal(run.out, "ran\n", limit[0]);
		else t.match(run.err, LINES, `${limit[0]}: ${run.status}`);
		await finish(mine, out.trim());
		reapOrphans();
	}
	t.ok(worked > 0, "some of the commands have run");
});

/**
 * Without memory, the kernel may kill any process. A start then works, or fails and leaves nothing
 * behind.
 */
live("little memory", async (t, box) => {
	const root = tinyRoot(box);
	let [worked, killed] = [0, 0];
	for (const kibibytes of KIBIBYTES) {
		const via = withMemory(kibibytes * 1024);
		const command = [`--chroot=${root}`, "--ephemeral", "--", "/bin/probe", "say", "ran"];
		const { status, out, err } = await box.run(command, { via, bound: MOST });
		if (status === 0) worked++;
		else killed++;
		if (status === 0) t.equal(out, "ran\n", `${kibibytes} KiB: ${err}`);
		await until(`${kibibytes} KiB: the end of all`, () => descendants().length === 0);
	}
	t.ok(worked > 0 && killed > 0, `${worked} starts have worked, ${killed} have not`);
});

live("a command that takes more memory than there is", async (t, box) => {
	for (const args of [[], ["-P"], ["--as-pid1"], ["--no-pidns"]]) {
		const via = withMemory(256 * 1024 * 1024);
		const run = await box.run([...args, "--", PROBE, "devour"], { via, bound: MOST });
		t.equal(run.status, 137, `${args.join(" ")}: ${run.err}`);
		await until("the end of all", () => descendants().length === 0);
	}
});

t.end();
