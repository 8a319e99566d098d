// SPDX-License-Identifier: BSD-2-Clause
// Several containers use a mount point that pflask created, at the same time or one after the
// other.
import {
	copyFileSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmdirSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { account, as } from "../../lib/account.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import type { Running } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-shared");

live("several containers that need the same mount points", async (t, box) => {
	const root = `${box.dir}/bare`;
	mkdirSync(`${root}/bin`, { recursive: true });
	copyFileSync(PROBE, `${root}/bin/probe`);
	const before = await names(root);
	const mounts = ["-mtmp:/m/a", "-mtmp:/m/b/c", "-mbind:/etc/passwd:/m/b/d", "-msymlink:x:/m/l"];
	const run = () => box.run([`--chroot=${root}`, ...mounts, "--", "/bin/probe", "say", "ran"]);
	for (let round = 0; round < 15; round++) {
		const runs = await Promise.all([run(), run(), run(), run()]);
		t.same(
			runs.map(({ status, out, err }) => [status, out, err]),
			runs.map(() => [0, "ran\n", ""]),
		);
		t.same(await names(root), before, `round ${round}`);
	}
});

live("a mount point that another container uses", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${box.dir}/file`, "bound\n");
	const mounts = ["-mtmp:/new/tmp", `-mbind:${box.dir}/file:/new/file`];
	const script = "echo mine >/new/tmp/x; echo ready; read line; cat /new/tmp/x /new/file";
	const start = () =>
		box.start([`--chroot=${root}`, ...mounts, "--", "/bin/sh", "-c", script], { stdin: "pipe" });
	const first = start();
	await first.until("ready");
	const second = start();
	await second.until("ready");
	await first.closeStdin();
	t.equal((await first.ended).status, 0);
	await second.closeStdin();
	t.equal((await second.ended).out, "ready\nmine\nbound\n", "its mounts are still there");
});

live("many mount points that another container uses", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const places = Array.from({ length: 40 }, (_, i) => `/new/${i}`);
	const mounts = places.map((place) => `-mtmp:${place}`);
	const script = "for d in /new/*; do : >$d/x; done; echo ready; read line; ls -d /new/*/x | wc -l";
	const start = (...args: string[]) =>
		box.start([`--chroot=${root}`, ...args, ...mounts, "--", "/bin/sh", "-c", script], {
			stdin: "pipe",
		});
	for (const args of [[], ["--as-pid1"]]) {
		const first = start(...args);
		await first.until("ready");
		const second = start(...args);
		await second.until("ready");
		await first.closeStdin();
		t.equal((await first.ended).out, "ready\n40\n");
		t.equal(readdirSync(`${root}/new`).length, 40, "each of them is locked");
		await second.closeStdin();
		t.equal((await second.ended).out, "ready\n40\n", "its mounts are still there");
		t.same(await names(root), before, "the last of them has removed all");
	}
});

/**
 * Two containers of different users in one root directory: the user of the first container, and the
 * mount points of both containers. The first container creates its mount point.
 */
const MIXED = [
	{ first: "user", places: ["/m/a/b", "/m/a"] },
	{ first: "root", places: ["/n", "/n"] },
	{ first: "user", places: ["/o", "/o"] },
] as const;

live("a mount point that a container of another user uses", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	for (const { first, places } of MIXED) {
		const start = (who: string, place: string) => {
			const args = [`--chroot=${root}`, `-mtmp:${place}`, "--", "/bin/sh", "-c"];
			const script = `echo mine >${place}/x; echo ready; read line; cat ${place}/x`;
			return who === "root"
				? box.start([...args, script], { stdin: "pipe" })
				: as(user, box).start([`--user-map=0:${user.uid}:1`, ...args, script], { stdin: "pipe" });
		};
		const one = start(first, places[0]);
		await one.until("ready");
		const other = start(first === "user" ? "root" : "user", places[1]);
		await other.until("ready");
		for (const [running, place] of [
			[one, places[0]],
			[other, places[1]],
		] as const) {
			await running.closeStdin();
			const { out, err } = await running.ended;
			t.equal(out, "ready\nmine\n", `${first} first, ${place}: its mount is there: ${err}`);
		}
	}
});

/**
 * Kills all processes of a container at the same time, so that no process can remove a mount point.
 */
async function killAll(running: Running): Promise<void> {
	const all = descendants(running.pid);
	for (const { pid } of all) signal(pid, "SIGSTOP");
	for (const { pid } of all) signal(pid, "SIGKILL");
	running.kill("SIGKILL");
	await running.ended;
	await until("the end of all", () => descendants(running.pid).length === 0);
}

live("mount points whose containers were killed", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const args = [`--chroot=${root}`, "-mtmp:/new/1/a", "-mbind:/etc/passwd:/new/2", "-mdir:/new/3"];
	const running = box.start([...args, "--", "/bin/probe", "hold"]);
	await running.until("ready");
	await killAll(running);
	t.not((await names(root)).length, before.length);
	writeFileSync(`${root}/new/4`, "somebody else's");
	mkdirSync(`${root}/new/5`);
	const command = ["--", "/bin/probe", "ls", "/new"];
	const ephemeral = ["--ephemeral", `--changes=${box.dir}/changes`];
	const first = await box.run([...args, ...ephemeral, ...command]);
	t.equal(first.status, 0, first.err);
	t.equal(readFileSync(`${box.dir}/changes`, "utf8"), "", "an overlay has nothing to remove");
	for (const mounts of [args.slice(0, 1), [...args.slice(0, 3), "-mdir:/new/5"]]) {
		const second = await box.run([...mounts, ...command]);
		t.equal(second.status, 0, second.err);
	}
	t.same(readdirSync(`${root}/new`).sort(), ["3", "4", "5"], "no mount point, or not pflask's");
	unlinkSync(`${root}/new/4`);
	for (const name of ["3", "5"]) rmdirSync(`${root}/new/${name}`);
	const third = await box.run([`--chroot=${root}`, "-mtmp:/new/6", ...command]);
	t.equal(third.status, 0, third.err);
	t.same(await names(root), before, "with the directory that they were in");
});
