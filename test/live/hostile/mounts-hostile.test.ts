// SPDX-License-Identifier: BSD-2-Clause
// An attacker has made roots that redirect the mounts of --mount. pflask never creates, mounts or
// removes a file outside the root. Afterwards the root is unchanged.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountTable } from "../../lib/mount-table.ts";
import type { Ended } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { names, tree } from "../../lib/tree.ts";

const user = await account("pft-hostile", { range: RANGE });

/**
 * Makes a directory of the host with the names that pflask may look up to make or remove a mount
 * point.
 */
function makeVictim(box: Box): string {
	const victim = `${box.dir}/victim`;
	for (const name of ["in", "in/deep", "empty"])
		mkdirSync(`${victim}/${name}`, { recursive: true });
	writeFileSync(`${victim}/file`, "untouched\n");
	return victim;
}

/** Links that lead out of a root if a process outside the root follows them. */
const LINKS: Readonly<Record<string, (victim: string) => string>> = {
	absolute: (victim) => victim,
	"absolute-empty": (victim) => `${victim}/empty`,
	"absolute-file": (victim) => `${victim}/file`,
	up: (victim) => `../../../../../../../..${victim}`,
	parent: () => "..",
	"parent-victim": () => "../victim",
	loop: () => "loop",
	top: () => "/",
	"self-root": (victim) => `/proc/self/root${victim}`,
	"init-root": (victim) => `/proc/1/root${victim}`,
	"self-cwd": () => "/proc/self/cwd",
	"some-descriptor": () => "/proc/self/fd/3",
	"thread-self": (victim) => `/proc/thread-self/root${victim}`,
	dangling: () => "/no/such/place",
	chain: () => "absolute",
};

function makeLinks(root: string, victim: string): void {
	mkdirSync(`${root}/links/sub`, { recursive: true });
	for (const [name, target] of Object.entries(LINKS))
		symlinkSync(target(victim), `${root}/links/${name}`);
}

/** Places in a root, where L is a link. */
const PLACES = ["L", "L/in", "L/new", "L/new/er", "L/../in", "L/file"];

/** Functions that return a value of --mount for a place, by type. */
const MOUNTS: Readonly<Record<string, (place: string, box: Box) => string>> = {
	tmp: (place) => `tmp:${place}:size=77k`,
	bind: (place, box) => `bind:${box.dir}/source:${place}`,
	file: (place) => `file:0:${place}`,
	dir: (place) => `dir:${place}`,
	symlink: (place) => `symlink:/evil:${place}`,
};

/**
 * Links that lead nowhere, and links through /proc out of the root. pflask refuses each path
 * through such a link.
 */
const NOWHERE = ["loop", "self-root", "init-root", "self-cwd", "some-descriptor", "thread-self"];

/** Tells whether a mount point exists at a place, or can be created there. */
function isPlace(type: string, name: string, place: string): boolean {
	if (NOWHERE.includes(name)) return false;
	if (place !== "L") return true;
	// A symlink needs a place where no file exists. The links "parent" and "top" lead to the root
	// itself, which no mount can cover.
	return type !== "symlink" && name !== "parent" && name !== "top";
}

/** Tests that the run worked inside the root, or that pflask printed the error in one line. */
function isHandled(t: Test, run: Ended, works: boolean, spec: string): void {
	if (works) {
		t.equal(run.status, 0, `${spec}: ${run.err}`);
		if (!spec.startsWith("tmp:")) return;
		const mine = mountTable(run.facts).filter(({ superOptions }) =>
			superOptions.includes("size=80k"),
		);
		t.equal(mine.length, 1, `${spec}: it is mounted inside`);
	} else {
		t.same([run.status, run.out], [125, ""], `${spec}: ${run.err}`);
		t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${spec}: one line`);
		t.ok(run.err.startsWith(`pflask: --mount: ${spec}: `), `${spec}: the line names it`);
	}
}

/**
 * The links and places for every type of mount. For a tmpfs, the test tries all links and places.
 */
const DEFAULT_LINKS = ["absolute", "absolute-file", "up", "loop", "self-root", "dangling"];
const DEFAULT_PLACES = ["L", "L/new", "L/file"];

for (const [type, spec] of Object.entries(MOUNTS))
	live(`${type}: links in the way`, async (t, box) => {
		const victim = makeVictim(box);
		mkdirSync(`${box.dir}/source`);
		const root = await shellRoot(box);
		makeLinks(root, victim);
		const untouched = await tree(victim);
		const before = await names(root);
		for (const name of type === "tmp" ? Object.keys(LINKS) : DEFAULT_LINKS) {
			for (const place of type === "tmp" ? PLACES : DEFAULT_PLACES) {
				const text = spec(`/links/${place.replace("L", name)}`, box);
				const run = await box.run([`--chroot=${root}`, `-m${text}`, "--", "/bin/probe", "mounts"]);
				isHandled(t, run, isPlace(type, name, place), text);
			}
			t.same([await tree(victim), await names(root)], [untouched, before], name);
		}
	});

live("an absolute link leads to a path inside the root", async (t, box) => {
	const root = await shellRoot(box);
	const victim = makeVictim(box);
	mkdirSync(`${root}${victim}`, { recursive: true });
	makeLinks(root, victim);
	for (const name of ["absolute", "up", "chain"]) {
		const args = [`--chroot=${root}`, `-mtmp:/links/${name}/new`, "--", "/bin/probe"];
		const run = await box.run([...args, "ls", victim, "+", "mounts"]);
		t.equal(run.status, 0, run.err);
		t.same(run.facts.all(`ls.${victim}`), ["new"], name);
		t.ok(mountTable(run.facts).some(({ point }) => point === `${victim}/new`));
	}
});

live("links of /proc cannot be a mount point", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	for (const place of [
		"/proc/self/root/in",
		"/proc/1/root/in",
		"/proc/self/cwd/in",
		"/proc/self/fd/3/in",
	]) {
		const run = await box.run([`--chroot=${root}`, `-mtmp:${place}`, "--", "/bin/probe", "mounts"]);
		isHandled(t, run, false, `tmp:${place}`);
		t.same(await names(root), before);
	}
});

live("the same in a user namespace", async (t, box) => {
	const victim = makeVictim(box);
	await sh(["chown", "-R", `${FIRST}:${FIRST}`, victim]);
	const root = await shellRoot(box);
	makeLinks(root, victim);
	await sh(["chown", "-Rh", `${FIRST}:${FIRST}`, root]);
	const untouched = await tree(victim);
	const before = await names(root);
	for (const name of DEFAULT_LINKS)
		for (const place of DEFAULT_PLACES) {
			const text = `tmp:/links/${place.replace("L", name)}:size=77k`;
			const args = [`--chroot=${root}`, `-m${text}`, "--", "/bin/probe", "mounts"];
			isHandled(t, await as(user, box).run(args), isPlace("tmp", name, place), text);
		}
	t.same([await tree(victim), await names(root)], [untouched, before]);
});

live("an ephemeral root with hostile links", async (t, box) => {
	const victim = makeVictim(box);
	const root = await shellRoot(box, 0, []);
	makeLinks(root, victim);
	for (const name of ["dev", "proc", "sys", "run"])
		symlinkSync(`${victim}/${name}`, `${root}/${name}`);
	const untouched = await tree(victim);
	const before = await tree(root);
	for (const place of ["/links/absolute/new", "/links/up/in", "/dev/new", "/run/new"]) {
		const args = [
			`--chroot=${root}`,
			"--ephemeral",
			`-mtmp:${place}`,
			"--",
			"/bin/probe",
			"mounts",
		];
		const run = await box.run(args);
		t.equal(run.status, 0, `${place}: ${run.err}`);
		t.same([await tree(victim), await tree(root)], [untouched, before], place);
	}
});

live("the directory of --ephemeral= with links in it", async (t, box) => {
	const victim = makeVictim(box);
	const root = await shellRoot(box);
	const untouched = await tree(victim);
	for (const name of ["upper", "work"]) {
		const kept = mkdtempSync(`${box.dir}/kept-`);
		symlinkSync(victim, `${kept}/${name}`);
		const args = [
			`--chroot=${root}`,
			`--ephemeral=${kept}`,
			"--",
			"/bin/probe",
			"create",
			"/etc/x",
		];
		const run = await box.run(args);
		t.same([run.status, run.out], [125, ""]);
		t.equal(run.err.split("\n")[0], `pflask: --ephemeral: ${kept}: is not empty`);
		t.same(await tree(victim), untouched, `${name} is a link: the host is untouched`);
		rmSync(kept, { recursive: true, force: true });
	}
});

t.end();
