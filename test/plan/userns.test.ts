// SPDX-License-Identifier: BSD-2-Clause
// Golden plans of user namespaces: userns/NAME.txt for root, userns/NAME-user.txt for an ordinary
// user with subordinate ids. UPDATE=1 writes these files again.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../lib/account.ts";
import { golden, PLANNER } from "../lib/golden.ts";
import { isRoot, sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import type { Ended } from "../lib/run.ts";

/** Command lines by the name of their golden file. ROOT is a root directory. */
const PLANS: Readonly<Record<string, readonly string[]>> = {
	map: ["--user-map=0:100000:65536", "--", "id"],
	maps: ["-eu:0:100000:10", "-eg:0:100100:20", "-e20:100200:5", "--", "id"],
	user: ["--user-map=0:100000:65536", "--user=5:6", "--", "id"],
	caps: ["-e0:100000:65536", "--user=5:6", "--caps=-all,+chown", "--no-new-privs", "--", "id"],
	chroot: ["--user-map=0:100000:65536", "--chroot=ROOT", "--", "/bin/sh"],
	netif: ["--user-map=0:100000:65536", "--chroot=ROOT", "--netif", "--ephemeral", "--", "/bin/sh"],
};

/** Command lines that only root may use. MINE is a root directory that belongs to root. */
const ROOTS: Readonly<Record<string, readonly string[]>> = {
	idmap: ["--user-map=0:100000:65536", "--chroot=MINE", "--", "/bin/sh"],
	"mount-idmap": ["-e0:100000:65536", "--chroot=MINE", "-mbind:MINE/etc:/m:idmap", "--", "/bin/sh"],
};

/**
 * Command lines that only an ordinary user runs, because root's plan has no user namespace by
 * default. ID is the user's uid.
 */
const USERS: Readonly<Record<string, readonly string[]>> = {
	plain: ["--", "id"],
	confine: ["--confine", "--", "id"],
	"confine-chroot": ["--confine", "--chroot=ROOT", "--", "/bin/sh"],
	"confine-ephemeral": ["--confine", "--chroot=ROOT", "--ephemeral", "--", "/bin/sh"],
	"confine-given-back": [
		"--confine",
		"--read-only=no",
		"--no-new-privs=no",
		"--seccomp=off",
		"--caps=+chown",
		"--rlimit=nproc=7",
		"--netif=host",
		"--keepenv",
		"-mbind:ROOT:/home",
		"--",
		"id",
	],
	self: ["--user-map=0:ID:1", "--netif", "--", "id"],
	automatic: ["--chroot=ROOT", "--", "/bin/sh"],
};

const user = isRoot() ? await account("pft-plan", { range: RANGE }) : undefined;

async function makeRoot(box: Box, owner: string): Promise<string> {
	const root = mkdtempSync(`${box.dir}/root-`);
	for (const name of ["bin", "dev", "etc", "proc", "run", "sys", "tmp"])
		mkdirSync(`${root}/${name}`);
	copyFileSync(PROBE, `${root}/bin/sh`);
	await sh(["chmod", "755", root]);
	await sh(["chown", "-R", owner, root]);
	return root;
}

/**
 * Replaces each word in a command line with its value. Also returns a function that replaces the
 * values in a plan with the words.
 */
function translated(args: readonly string[], words: readonly (readonly [string, string])[]) {
	const there = args.map((arg) =>
		words.reduce((text, [word, value]) => text.replaceAll(word, value), arg),
	);
	function back(plan: string): string {
		const whole = (value: string) => new RegExp(`(?<!\\w)${value}(?!\\w)`, "g");
		return words.reduce((text, [word, value]) => text.replaceAll(whole(value), word), golden(plan));
	}
	return { there, back };
}

async function isGolden(
	t: Test,
	name: string,
	args: readonly string[],
	text: string,
): Promise<void> {
	const path = new URL(`userns/${name}.txt`, import.meta.url).pathname;
	const whole = `pflask --dry-run ${args.join(" ")}\n\n${text}`;
	if (process.env.UPDATE === "1") await writeFile(path, whole);
	t.equal(whole, existsSync(path) ? await Bun.file(path).text() : "", name);
}

function isPlan(t: Test, run: Ended, name: string): void {
	t.same([run.status, run.err], [0, ""], name);
}

live("root", async (t, box) => {
	const words = [
		["ROOT", await makeRoot(box, "100000:100000")],
		["MINE", await makeRoot(box, "0:0")],
	] as const;
	for (const [name, args] of Object.entries({ ...PLANS, ...ROOTS })) {
		const { there, back } = translated(args, words);
		const run = await box.run(["--dry-run", ...there], { cwd: "/", env: PLANNER });
		isPlan(t, run, name);
		await isGolden(t, name, args, back(run.out));
	}
});

live("an ordinary user with subordinate ids", async (t, box) => {
	if (!user) throw new Error("no user");
	const words = [
		["ROOT", await makeRoot(box, "100000:100000")],
		["ID", `${user.uid}`],
		["ID", `${user.gid}`],
	] as const;
	for (const [name, args] of Object.entries({ ...PLANS, ...USERS })) {
		const { there, back } = translated(args, words);
		const run = await as(user, box).run(["--dry-run", ...there], { cwd: "/", env: PLANNER });
		isPlan(t, run, name);
		await isGolden(t, `${name}-user`, args, back(run.out));
	}
});

t.test("every golden file has its test", async (t) => {
	const names = readdirSync(new URL("userns", import.meta.url));
	const users = Object.keys({ ...PLANS, ...USERS }).map((name) => `${name}-user.txt`);
	const roots = Object.keys({ ...PLANS, ...ROOTS }).map((name) => `${name}.txt`);
	t.same(names.sort(), [...users, ...roots].sort());
});

t.end();
