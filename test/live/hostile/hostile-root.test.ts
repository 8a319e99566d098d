// SPDX-License-Identifier: BSD-2-Clause
// A root directory is odd, or an attacker has made the directory to redirect mounts to the host.
// The names in the root lead to a directory of the host. This directory stays unchanged.
import {
	existsSync,
	mkdirSync,
	readdirSync,
	rmdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { MOUNT_POINTS, tinyRoot } from "../../lib/roots.ts";
import type { Ended } from "../../lib/run.ts";
import { names, tree } from "../../lib/tree.ts";

/** Makes a directory of the host that has the names of a root's mount points. */
function makeVictim(box: Box): string {
	const victim = `${box.dir}/victim`;
	for (const name of ["pts", "shm", "mqueue", "fs/cgroup", "sys", "self", "sub"])
		mkdirSync(`${victim}/${name}`, { recursive: true });
	writeFileSync(`${victim}/null`, "untouched\n");
	return victim;
}

/** Ways to replace a directory with another kind of file. */
const KINDS: Readonly<Record<string, (path: string, victim: string) => void>> = {
	"an absolute link to the host": (path, victim) => symlinkSync(victim, path),
	"a relative link out of the root": (path, victim) =>
		symlinkSync(`../../../../../../../..${victim}`, path),
	"a link to the parent": (path) => symlinkSync("..", path),
	"a link to the root": (path) => symlinkSync("/", path),
	"a link to itself": (path) => symlinkSync(path.slice(path.lastIndexOf("/") + 1), path),
	"a dangling link": (path) => symlinkSync("/no/such/place", path),
	"a link to the host's /proc": (path) => symlinkSync("/proc/1/root", path),
	"a link to a descriptor": (path) => symlinkSync("/proc/self/fd/0", path),
	"a link to a directory of the root": (path) => symlinkSync("/etc", path),
	"a file": (path) => writeFileSync(path, "a file\n"),
	"an executable's link": (path) => symlinkSync("/bin/probe", path),
};

/**
 * The kinds that pflask accepts. pflask resolves each of these links inside the root, and makes the
 * path there if the path is missing.
 */
const WORKS = [
	"an absolute link to the host",
	"a relative link out of the root",
	"a dangling link",
	"a link to a directory of the root",
];

/** Tests that the run has worked, or that pflask has printed the error in one line. */
function isHandled(t: Test, run: Ended, works: boolean, name: string, what: string): void {
	if (works) {
		t.equal(run.status, 0, `${what}: ${run.err}`);
		t.equal(run.facts("read./proc/self/stat").slice(0, 3), "ok ", `${what}: /proc works`);
		t.equal(run.facts("write./dev/null"), "ok", `${what}: /dev works`);
		return;
	}
	t.equal(run.status, 125, `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	t.match(run.err, name, `${what}: the line names /${name}`);
	t.equal(run.out, "", `${what}: nothing has run`);
}

/**
 * Returns the removed files and the new files. New empty directories do not count: they are mount
 * points.
 */
function changed(before: readonly string[], after: readonly string[]): string[] {
	const added = after.filter((line) => !before.includes(line) && !/ d 755 0:0 $/.test(line));
	return [...added, ...before.filter((line) => !after.includes(line))];
}

const WORDS = ["read", "/proc/self/stat", "+", "write", "/dev/null", "x"];

for (const name of MOUNT_POINTS) {
	live(`/${name} of the root is odd`, async (t, box) => {
		const victim = makeVictim(box);
		const untouched = await tree(victim);
		for (const [kind, make] of Object.entries(KINDS)) {
			const root = tinyRoot(
				box,
				MOUNT_POINTS.filter((other) => other !== name),
			);
			make(`${root}/${name}`, victim);
			const before = await names(root);
			const run = await box.run([`--chroot=${root}`, "--", "/bin/probe", ...WORDS]);
			isHandled(t, run, WORKS.includes(kind), name, `/${name} is ${kind}`);
			t.same(await tree(victim), untouched, `/${name} is ${kind}: the host is untouched`);
			const changes = changed(before, await names(root));
			t.same(changes, [], `/${name} is ${kind}: the root is as it was`);
			rmSync(root, { recursive: true });
		}
	});
}

live("/dev, /run, /proc and /sys are links to the host", async (t, box) => {
	const victim = makeVictim(box);
	const untouched = await tree(victim);
	const root = tinyRoot(box, []);
	for (const name of MOUNT_POINTS) symlinkSync(victim, `${root}/${name}`);
	const args = ["--netif", `--chroot=${root}`, "--", "/bin/probe", ...WORDS];
	const run = await box.run(args);
	t.same([run.status, run.out], [125, ""], "two of them cannot be mounted at one place");
	t.match(run.err, /^pflask: [^\n]+: Device or resource busy\n/);
	t.same(await tree(victim), untouched);
	for (const name of MOUNT_POINTS) {
		rmSync(`${root}/${name}`);
		symlinkSync(`${victim}/${name}`, `${root}/${name}`);
	}
	isHandled(t, await box.run(args), true, "", "each leads to a place of its own");
	t.same(await tree(victim), untouched);
});

live("links below /dev, /run, /proc and /sys of the root are never followed", async (t, box) => {
	const victim = makeVictim(box);
	const untouched = await tree(victim);
	const root = tinyRoot(box);
	for (const name of ["pts", "shm", "mqueue", "console", "null", "ptmx", "fd", "stdin"])
		symlinkSync(`${victim}/${name}`, `${root}/dev/${name}`);
	for (const name of ["sys", "self", "kcore", "keys", "sysrq-trigger"])
		symlinkSync(`${victim}/sub`, `${root}/proc/${name}`);
	symlinkSync(victim, `${root}/sys/fs`);
	symlinkSync(victim, `${root}/run/lock`);
	const before = await tree(root);
	const args = [`--chroot=${root}`, "--", "/bin/probe", ...WORDS];
	const run = await box.run(args);
	t.equal(run.status, 0, run.err);
	const session = await box.terminal(args).ended;
	t.equal(session.status, 0, session.out);
	t.same(await tree(victim), untouched, "the host is untouched");
	t.same(await tree(root), before, "and so is the root");
});

live("the shell, --chdir and the command are looked up inside the root", async (t, box) => {
	const root = tinyRoot(box);
	const victim = makeVictim(box);
	symlinkSync(`${victim}/sub`, `${root}/etc/outside`);
	const chdir = await box.run([`--chroot=${root}`, "-c/etc/outside", "--", "/bin/probe", "tell"]);
	t.equal(chdir.status, 125, "a directory that is only on the host is missing");
	t.match(chdir.err, /^pflask: [^\n]*\/etc\/outside[^\n]*\n/);
	symlinkSync("/bin/true", `${root}/bin/true`);
	const command = await box.run([`--chroot=${root}`, "--", "/bin/true"]);
	t.ok(command.status === 126 || command.status === 127, "a link to itself is no command");
	t.match(command.err, /^pflask: [^\n]*\/bin\/true[^\n]*\n/);
});

live("/dev of the root changes while pflask runs", async (t, box) => {
	const victim = makeVictim(box);
	const untouched = await tree(victim);
	const root = tinyRoot(box);
	symlinkSync(victim, `${root}/link`);
	const exchange = box.start(["exchange", `${root}/dev`, `${root}/link`], { program: PROBE });
	await exchange.until("ready");
	let good = 0;
	for (let i = 0; i < 50; i++) {
		const run = await box.run([`--chroot=${root}`, "--", "/bin/probe", ...WORDS]);
		t.ok(run.status === 0 || run.status === 125, `${run.status} ${run.err}`);
		if (run.status === 0) good++;
	}
	t.ok(good > 0, "both a directory and the link can be mounted on");
	exchange.kill("SIGKILL");
	await exchange.ended;
	t.same(await tree(victim), untouched);
});

live("a root that holds only the command", async (t, box) => {
	const root = tinyRoot(box, []);
	rmdirSync(`${root}/etc`);
	rmdirSync(`${root}/root`);
	const run = await box.run([`--chroot=${root}`, "--", "/bin/probe", ...WORDS]);
	t.equal(run.status, 0, run.err);
	t.equal(run.facts("write./dev/null"), "ok");
	t.same(
		readdirSync(root).filter((name) => !MOUNT_POINTS.some((point) => point === name)),
		["bin"],
	);
});

live("/root and /etc/passwd of the root are never needed, and are not followed", async (t, box) => {
	const victim = makeVictim(box);
	const untouched = await tree(victim);
	const root = tinyRoot(box);
	rmdirSync(`${root}/root`);
	symlinkSync(victim, `${root}/root`);
	symlinkSync("/etc/passwd", `${root}/etc/passwd`);
	const run = await box.run([`--chroot=${root}`, "--", "/bin/probe", "env"]);
	t.equal(run.status, 0, run.err);
	t.same(await tree(victim), untouched);
	t.ok(existsSync("/etc/passwd"));
});

t.end();
