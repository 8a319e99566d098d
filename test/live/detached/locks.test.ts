// SPDX-License-Identifier: BSD-2-Clause
// Advisory locks of other users. Every user who may open a file for reading may lock the file
// (flock(2)). A lock must therefore not prevent a container's start. A lock must also not change
// which files pflask removes at the container's end.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { type Account, account, as } from "../../lib/account.ts";
import { detach, finish, isAlive } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const victim = await account("pft-locks-v");
const mallory = await account("pft-locks-m");

const MISSING = "--mount=tmp:/miss/ing";

/** Directories of the system that containers use and that every user may open. */
const SYSTEM = [
	"/",
	"/dev",
	"/dev/mqueue",
	"/dev/pts",
	"/dev/shm",
	"/etc",
	"/proc",
	"/proc/sys",
	"/run",
	"/sys",
	"/sys/fs/cgroup",
	"/sys/kernel",
	"/tmp",
];

/**
 * Makes an attacker lock files until the attacker is killed. Checks that the attacker gets every
 * lock. The attacker may fail to get a lock of a kind "try-...".
 */
async function hold(
	start: Box["start"],
	kind: string,
	paths: readonly string[],
	args: readonly string[] = [],
): Promise<Running> {
	const words = ["lock", kind, ...paths, "+", "hold"];
	const holder = start([...args, ...words]);
	await holder.until(/^ready$/m);
	const wanted = kind.startsWith("try-") ? / (ok|EAGAIN|EACCES)$/ : / ok$/;
	const lines = holder.out.match(/^locked .*$/gm) ?? [];
	if (lines.length !== paths.length || !lines.every((line) => wanted.test(line)))
		throw new Error(`lock ${kind}: ${holder.out}${holder.err}`);
	return holder;
}

/** Returns a function that starts the probe on the host, as a user. */
function probeAs(box: Box, user: Account): Box["start"] {
	return (args) => box.start(args, { program: PROBE, via: user.become });
}

async function release(holder: Running): Promise<void> {
	holder.kill("SIGKILL");
	await holder.ended;
}

/** Makes a root directory for an owner, one directory for each owner. */
async function rootOf(box: Box, owner: number): Promise<string> {
	const root = tinyRoot({ ...box, dir: `${box.dir}/${owner}` });
	await sh(["chown", "--recursive", "--no-dereference", `${owner}:${owner}`, root]);
	return root;
}

/**
 * Returns the paths to lock: a root directory, its subdirectories, the probe, and the test's
 * directory, which contains the root.
 */
function places(root: string): string[] {
	const inside = readdirSync(root, { withFileTypes: true });
	const below = inside.filter((entry) => entry.isDirectory()).map(({ name }) => `${root}/${name}`);
	return [root, ...below, `${root}/bin/probe`, root.replace(/\/[^/]*$/, "")];
}

/** Tests that containers of all kinds start, if a lock could prevent their start. */
async function allStart(
	t: Test,
	runner: Pick<Box, "run">,
	root: string,
	what: string,
): Promise<void> {
	const chroot = `--chroot=${root}`;
	for (const [args, command] of [
		[["-P"], PROBE],
		[[], PROBE],
		[["--tty=always"], PROBE],
		[["-P", "--tty=always"], PROBE],
		[["--proc=bind"], PROBE],
		[["--ephemeral"], PROBE],
		[["-P", chroot], "/bin/probe"],
		[[chroot], "/bin/probe"],
		[[chroot, "--tty=always"], "/bin/probe"],
		[["-P", chroot, MISSING], "/bin/probe"],
		[[chroot, MISSING, "--mount=bind:/etc/passwd:/miss/file"], "/bin/probe"],
		[[chroot, "--ephemeral", MISSING], "/bin/probe"],
	] as const) {
		const run = await runner.run([...args, "--", command, "say", "ran"]);
		t.same([run.status, run.out.trim(), run.err], [0, "ran", ""], `${what}: ${args.join(" ")}`);
	}
}

/**
 * Calls allStart() for root and for a user while another user holds locks. Containers of other
 * tests may hold locks on directories of the system, so the attacker only tries to lock these
 * directories.
 */
async function startsDespite(
	t: Test,
	box: Box,
	lock: (kind: string, paths: string[]) => Promise<Running>,
	kind: "exclusive" | "shared",
): Promise<void> {
	const roots = [await rootOf(box, 0), await rootOf(box, victim.uid)];
	const [first = "", second = ""] = roots;
	const before = await Promise.all(roots.map(names));
	const holders = [
		await lock(`try-${kind}`, SYSTEM.filter(existsSync)),
		await lock(kind, roots.flatMap(places)),
	];
	await allStart(t, box, first, "root");
	await allStart(t, as(victim, box), second, "a user");
	t.same(await Promise.all(roots.map(names)), before, "nothing is left");
	for (const holder of holders) await release(holder);
}

for (const kind of ["exclusive", "shared"] as const)
	for (const [whose, user] of [
		["another user's", mallory] as const,
		["one's own", victim] as const,
	])
		live(`locks on directories of the system and root: ${kind}, ${whose}`, async (t, box) => {
			await startsDespite(t, box, (how, paths) => hold(probeAs(box, user), how, paths), kind);
		});

/**
 * Paths of the container's own files. Even with the host's /proc, these are not files of the host.
 */
const OWN = /^\/(dev|sys|proc\/sys)/;

for (const kind of ["exclusive", "shared"] as const)
	live(`locks of the payload of a container that has the host's /proc: ${kind}`, async (t, box) => {
		const args = ["--proc=bind", "--", PROBE];
		const lock = (how: string, paths: string[]) =>
			hold(
				as(mallory, box).start,
				how,
				paths.filter((path) => !OWN.test(path)),
				args,
			);
		await startsDespite(t, box, lock, kind);
	});

live("locks on mount points that pflask has made", async (t, box) => {
	for (const [owner, runner] of [[0, box] as const, [victim.uid, as(victim, box)] as const])
		for (const kind of ["try-exclusive", "try-shared"]) {
			const root = await rootOf(box, owner);
			const before = await names(root);
			const args = [`--chroot=${root}`, MISSING, "--mount=bind:/etc/passwd:/miss/file"];
			const start = () =>
				runner.start(
					[...args, "--", "/bin/probe", "create", "/miss/ing/x", "+", "say", "up", "+"].concat([
						"wait-for",
						"go",
						"+",
						"stat",
						"/miss/ing/x",
					]),
					{ stdin: "pipe" },
				);
			const first = start();
			await first.until("up");
			const made = ["/miss", "/miss/ing", "/miss/file"].map((path) => `${root}${path}`);
			const holder = await hold(probeAs(box, mallory), kind, made);
			for (const place of ["/miss/ing", "/miss/file"])
				t.match(holder.out, `${place} EACCES`, "no other user can open a mount point");
			const second = start();
			await second.until("up");
			for (const running of [first, second]) {
				await running.write("go\n");
				const run = await running.ended;
				t.equal(run.status, 0, run.err);
				t.match(run.facts("stat./miss/ing/x"), /^file /, "its mount was there until its end");
			}
			await release(holder);
			const next = await runner.run([...args, "--", "/bin/probe", "say", "ran"]);
			t.same([next.status, next.out], [0, "ran\n"], next.err);
			t.same(await names(root), before, `${kind}: the next start has removed what was left`);
		}
});

/**
 * The highest possible pid (proc(5)). The kernel gives out pids from 1 upward, so no process has
 * this pid.
 */
const NO_PROCESS = 4194303;

const KINDS = ["exclusive", "shared", "record", "description"];

live("an old pid file does not matter, even a locked one", async (t, box) => {
	const file = `${box.dir}/pid`;
	for (const kind of KINDS)
		for (const stale of [NO_PROCESS, process.pid]) {
			writeFileSync(file, `${stale}\n`, { mode: 0o644 });
			const holder = await hold(probeAs(box, mallory), kind, [file]);
			const pid = await detach(box, [`--pid-file=${file}`, "--", PROBE, "hold"]);
			t.equal(readFileSync(file, "utf8"), `${pid}\n`, `${kind}: ${stale}`);
			await finish(box, pid);
			t.notOk(existsSync(file), `${kind}: it is gone afterwards`);
			await release(holder);
		}
});

live("a pid file is in use if its process has the file open for writing", async (t, box) => {
	const file = `${box.dir}/pid`;
	for (const [mode, status] of [
		["<", 0],
		[">>", 125],
	] as const) {
		writeFileSync(file, "");
		const hold = `exec 3${mode}"$1"; echo holds; exec sleep 1000`;
		const holder = box.start(["-c", hold, "sh", file], { program: "sh" });
		await holder.until("holds");
		writeFileSync(file, `${holder.pid}\n`);
		const run = await box.run(["--detach", `--pid-file=${file}`, "--", PROBE, "hold"]);
		t.equal(run.status, status, `${mode} ${run.err}`);
		if (run.status === 0) await finish(box, run.out.trim());
		holder.kill("SIGKILL");
		await holder.ended;
	}
});

live("a container keeps its pid file, even if another process locks it", async (t, box) => {
	const file = `${box.dir}/pid`;
	for (const kind of ["", "try-exclusive", "try-shared", "record", "description"]) {
		const pid = await detach(box, [`--pid-file=${file}`, "--", PROBE, "hold"]);
		const what = `locked: ${kind}`;
		const holder = kind ? await hold(probeAs(box, mallory), kind, [file]) : undefined;
		const again = await box.run(["--detach", `--pid-file=${file}`, "--", PROBE, "hold"]);
		t.same([again.status, again.out], [125, ""], what);
		t.match(again.err, /^pflask: --pid-file: .*: in use by another container\nhint: /, what);
		t.equal(readFileSync(file, "utf8"), `${pid}\n`, what);
		await finish(box, pid);
		t.notOk(existsSync(file), `${what}: it is gone afterwards`);
		if (holder) await release(holder);
	}
});

live("a pid file of a monitor that was killed, locked while it ran", async (t, box) => {
	const file = `${box.dir}/pid`;
	const pid = await detach(box, [`--pid-file=${file}`, "--", PROBE, "hold"]);
	const holder = await hold(probeAs(box, mallory), "record", [file]);
	process.kill(pid, "SIGKILL");
	await until("the end", () => !isAlive(pid));
	const next = await detach(box, [`--pid-file=${file}`, "--", PROBE, "hold"]);
	t.equal(readFileSync(file, "utf8"), `${next}\n`);
	await finish(box, next);
	t.notOk(existsSync(file));
	await release(holder);
	await box.run(["--list"]); // --list removes the socket of the killed container.
});

t.end();
