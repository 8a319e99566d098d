// SPDX-License-Identifier: BSD-2-Clause
// Limits and booted systems of ordinary users. A container with limits starts only
// with a delegated cgroup (cgroups(7), "Delegation"). With a delegated cgroup, a system boots, too.
import { chownSync, mkdirSync, rmdirSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { hierarchies } from "../../lib/cgroups.ts";
import { sh } from "../../lib/host.ts";
import { cgroupsOf } from "../../lib/limit-files.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { debianRoot } from "../../lib/roots.ts";

const user = await account("pft-limits", { range: RANGE });

/** The directory of the test's own cgroup of version 2. */
const own = cgroupsOf(process.pid).get("") ?? "";

/**
 * Calls `body` with a runner. The runner runs programs as the user, in a cgroup that belongs to the
 * user.
 */
async function delegated(
	box: Box,
	body: (runner: Pick<Box, "run" | "terminal">) => Promise<void>,
): Promise<void> {
	const path = `${own}/given`;
	mkdirSync(path);
	for (const name of ["", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"])
		chownSync(`${path}${name}`, user.uid, user.gid);
	const move = ["sh", "-c", 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"', "sh", path];
	try {
		await body(as({ ...user, become: [...move, ...user.become] }, box));
	} finally {
		rmdirSync(path);
	}
}

live("without a cgroup of the user, nothing starts", async (t, box) => {
	const { run } = as(user, box);
	for (const [words, names] of [
		[["--limit=memory=64M", "--", PROBE, "say", "ran"], /--limit: memory=64M: /],
		[["-g", "memory", "--", PROBE, "say", "ran"], /--cgroup: memory: /],
	] as const) {
		const { status, out, err } = await run(words);
		t.same([status, out], [125, ""], err);
		t.match(err, /^pflask: [^\n]+\nhint: [^\n]+\n$/);
		t.match(err, names);
	}
	const limits = ["--limits=best-effort", "--limit=memory=64M,pids=7", "--limit=memory=32M"];
	const said =
		"pflask: --limits: left out, because no cgroup can enforce it here: memory=32M,pids=7\n";
	for (const more of [[], ["--stats"]]) {
		const kept = await run([...limits, ...more, "--", PROBE, "say", "ran"]);
		t.same([kept.status, kept.out], [0, "ran\n"], kept.err);
		t.ok(kept.err.startsWith(said), kept.err);
		t.equal(kept.err.split(said).length, 2, "the line comes once");
	}
	const told = await run([...limits, "--status-fd=1", "--", PROBE, "exit", "0"]);
	const [started] = told.out.split("\n");
	t.match(JSON.parse(started ?? ""), { event: "started", leftOut: "memory=32M,pids=7" });
	const detached = await run([...limits, "--detach", "--", PROBE, "exit", "0"]);
	t.same([detached.status, detached.err], [0, said]);
	const dry = await run([...limits, "--dry-run", "--", PROBE]);
	t.same([dry.status, dry.err], [0, ""]);
	const failed = await run([...limits, "--", "/no/such"]);
	t.match(failed.err, /\/no\/such/);
});

/**
 * Copies the Debian root for the user. In the copy, the user's subordinate ids own the files of
 * other users.
 */
async function rootOf(box: Box): Promise<string> {
	const root = `${box.dir}/debian`;
	await sh(["cp", "-a", `${await debianRoot()}/.`, root]);
	const shift = `
		import os, sys
		root, uid, gid, first = sys.argv[1], *map(int, sys.argv[2:])
		for directory, names, files in os.walk(root):
			for path in [directory] + [os.path.join(directory, name) for name in names + files]:
				one = os.lstat(path)
				os.lchown(path, uid if one.st_uid == 0 else first + one.st_uid - 1,
					gid if one.st_gid == 0 else first + one.st_gid - 1)
	`.replaceAll(/^\t\t/gm, "");
	const ids = [user.uid, user.gid, RANGE.split("-")[0] ?? ""];
	await sh(["python3", "-c", shift, root, ...ids.map(String)]);
	return root;
}

live("a system of an ordinary user boots in a cgroup of the user", async (t, box) => {
	const root = await rootOf(box);
	const words = [`--chroot=${root}`, "--user-map=auto", "--", "/sbin/init"];
	const refused = await as(user, box).run(words);
	t.same([refused.status, refused.out], [125, ""], refused.err);
	t.match(refused.err, /^pflask: [^\n]*\/sbin\/init: [^\n]*cgroup[^\n]*\nhint: [^\n]+\n$/);
	await delegated(box, async (runner) => {
		const session = runner.terminal(words);
		await session.until(/ login: $/);
		t.match(session.out, `${root}: users who can log in: root (no password)\r\n`);
		session.type("root\n");
		await session.until(/root@[^\n]*# $/);
		session.type('systemctl is-system-running --wait; echo "do""ne"\n');
		await session.until(/\ndone/);
		t.match(session.out, /\rrunning\r?\n/);
		session.type("poweroff\n");
		t.equal((await session.ended).status, 0);
	});
});

live("a system whose root is another user gets no cgroup of the user", async (t, box) => {
	const root = await rootOf(box);
	const first = RANGE.split("-")[0] ?? "";
	await sh(["chown", first, root]);
	const words = [`--user-map=0:${first}:1000`, `--chroot=${root}`];
	await delegated(box, async (runner) => {
		const run = await runner.run([...words, "--", "/sbin/init"]);
		t.same([run.status, run.out], [125, ""], run.err);
		t.match(run.err, /^pflask: [^\n]*cgroup[^\n]*\nhint: --user-map=auto[^\n]*\n$/);
	});
});

t.ok(hierarchies().has(""), "the machine has version 2");
t.end();
