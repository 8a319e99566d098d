// SPDX-License-Identifier: BSD-2-Clause
// The tests apply and revert changes in directories of their own, with conflicts, interruptions and
// errors.
import {
	chmodSync,
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { onChange, SystemError } from "@pflask/runtime/syscalls";
import t, { type Test } from "tap";
import {
	type ApplyOptions,
	apply,
	closeTrial,
	type Done,
	openTrial,
	revert,
} from "../src/index.ts";
import { type Lab, makeLab, snapshot } from "./lab.ts";

/** Opens a trial, carries out a step, and closes the trial, like a process of pflask. */
function inTrial(lab: Lab, act: (trial: ReturnType<typeof openTrial>) => Done): Done {
	const trial = openTrial(lab.trial);
	try {
		return act(trial);
	} finally {
		closeTrial(trial);
	}
}

function applyIn(lab: Lab, options: ApplyOptions = {}): Done {
	return inTrial(lab, (trial) => apply(trial, options));
}

function revertIn(lab: Lab): Done {
	return inTrial(lab, revert);
}

/** Changes of every kind. */
function everything(root: string, upper: string): string[] {
	for (const dir of ["d", "d/sub", "opened", "gone", "gone/deep", "to-file"])
		mkdirSync(`${root}/${dir}`);
	for (const file of [
		"d/a",
		"d/b",
		"gone/deep/x",
		"gone/y",
		"to-file/z",
		"to-dir",
		"text",
		"bye",
		"mode",
	])
		writeFileSync(`${root}/${file}`, `${file}\n`);
	symlinkSync("text", `${root}/link`);
	for (const dir of ["d", "new", "new/deep", "to-dir", "opened"]) mkdirSync(`${upper}/${dir}`);
	writeFileSync(`${upper}/d/a`, "changed\n");
	writeFileSync(`${upper}/d/c`, "added\n");
	writeFileSync(`${upper}/new/deep/file`, "deep\n");
	linkSync(`${upper}/new/deep/file`, `${upper}/new/hard`);
	writeFileSync(`${upper}/to-dir/inside`, "inside\n");
	writeFileSync(`${upper}/to-file`, "a file\n");
	writeFileSync(`${upper}/text`, "new text\n");
	writeFileSync(`${upper}/mode`, "mode\n", { mode: 0o600 });
	symlinkSync("other", `${upper}/link`);
	chmodSync(`${upper}/opened`, 0o1777);
	chmodSync(`${upper}/new`, 0o500);
	utimesSync(`${upper}/text`, 1, 2);
	for (const dir of ["d/sub", "d", "gone/deep", "gone", "opened", "to-file", ""])
		utimesSync(`${root}/${dir}`, 1000, 2000);
	for (const dir of ["new/deep", "new", "to-dir", "d", "opened", ""])
		utimesSync(`${upper}/${dir}`, 3000, 4000);
	return [
		...["D /bye", "M /d/a", "D /d/b", "A /d/c", "D /gone", "M /link", "M /mode", "A /new"],
		...["A /new/deep", "A /new/deep/file", "A /new/hard", "M /opened", "M /text", "M /to-dir"],
		...["A /to-dir/inside", "M /to-file"],
	];
}

const PATHS = [
	"/ /d /d/a /d/c /d/sub /link /mode /new /new/deep /new/deep/file /new/hard /opened /text",
	"/to-dir /to-dir/inside /to-file",
].join(" ");

t.test("apply makes the root as the command saw it, and revert as it was", async (t) => {
	const lab = makeLab(everything);
	const start = snapshot(lab.root);
	t.same(applyIn(lab).conflicts, []);
	const applied = snapshot(lab.root);
	t.equal(applied.map((line) => line.split(" ")[0]).join(" "), PATHS);
	for (const line of [
		/^\/d\/a file 0644 \d+:\d+ \d+ 1 changed$/m,
		/^\/new dir 0500 \d+:\d+ 4000000000000 $/m,
		/^\/new\/hard file 0644 \d+:\d+ \d+ 2 deep$/m,
		/^\/text file 0644 \d+:\d+ 2000000000 1 new text$/m,
		/^\/opened dir 1777 \d+:\d+ 4000000000000 $/m,
		/^\/d dir 0755 \d+:\d+ 4000000000000 $/m,
		/^\/link symlink \d+ \d+:\d+ \d+ other$/m,
	])
		t.match(applied.join("\n"), line);
	t.same(applyIn(lab), { paths: [], conflicts: [] }, "a second time does nothing");
	t.same(revertIn(lab).conflicts, []);
	t.same(snapshot(lab.root), start);
	t.throws(() => revertIn(lab), /nothing is applied/);
	t.same(applyIn(lab).conflicts, [], "a reverted trial can be applied again");
	t.same(snapshot(lab.root), applied);
	lab.remove();
});

t.test("selected paths, with the directories that they need", async (t) => {
	const lab = makeLab(everything);
	const start = snapshot(lab.root);
	const done = applyIn(lab, { paths: ["/new/deep", "/text"] });
	t.same(done.paths, ["/new", "/new/deep", "/new/deep/file", "/text"]);
	t.same(readdirSync(`${lab.root}/new`), ["deep"]);
	t.equal(readFileSync(`${lab.root}/mode`, "utf8"), "mode\n");
	const rest = applyIn(lab);
	t.equal(rest.paths.length, 12);
	revertIn(lab);
	t.same(snapshot(lab.root), start, "both steps are reverted");
	lab.remove();
});

/** Changes paths of the root in place of another process. Returns the conflicts. */
function conflictsAfter(act: (root: string) => void, of: (lab: Lab) => unknown): string[] {
	const lab = makeLab(everything);
	act(lab.root);
	const before = snapshot(lab.root);
	const { conflicts } = of(lab) as { conflicts: { path: string; why: string }[] };
	t.same(snapshot(lab.root), before, "nothing was changed");
	lab.remove();
	return conflicts.map(({ path, why }) => `${path} ${why}`);
}

t.test("a path that has changed since the trial is a conflict", async (t) => {
	const applying = (lab: Lab) => applyIn(lab);
	for (const [act, wanted] of [
		[(root: string) => writeFileSync(`${root}/text`, "text, but longer"), "/text has changed"],
		[(root: string) => rmSync(`${root}/text`), "/text does not exist any more"],
		[(root: string) => writeFileSync(`${root}/d/c`, ""), "/d/c exists now"],
		[(root: string) => chmodSync(`${root}/opened`, 0o700), "/opened has changed"],
		[
			(root: string) => {
				renameSync(`${root}/d`, `${root}/moved`);
				symlinkSync("moved", `${root}/d`);
			},
			"/d/a is behind a link",
		],
	] as const)
		t.equal(conflictsAfter(act, applying)[0], wanted);
});

t.test("a file that came into a deleted directory is a conflict", async (t) => {
	const lab = makeLab(everything, { began: "1.000000000" });
	const { conflicts } = applyIn(lab, { paths: ["/gone"] });
	t.same(conflicts, [
		{ path: "/gone/deep/x", why: "has changed" },
		{ path: "/gone/y", why: "has changed" },
	]);
	t.equal(applyIn(lab, { paths: ["/gone"], force: true }).conflicts.length, 0);
	t.notOk(existsSync(`${lab.root}/gone`));
	lab.remove();
});

t.test("force overwrites, and revert brings back what was overwritten", async (t) => {
	const lab = makeLab(everything);
	writeFileSync(`${lab.root}/text`, "mine");
	writeFileSync(`${lab.root}/d/c`, "mine, too");
	const start = snapshot(lab.root);
	t.equal(applyIn(lab).conflicts.length, 2);
	t.equal(applyIn(lab, { force: true }).conflicts.length, 0);
	t.equal(readFileSync(`${lab.root}/text`, "utf8"), "new text\n");
	revertIn(lab);
	t.same(snapshot(lab.root), start);
	lab.remove();
});

t.test("revert refuses paths that have changed since", async (t) => {
	const lab = makeLab(everything);
	applyIn(lab);
	writeFileSync(`${lab.root}/text`, "later");
	writeFileSync(`${lab.root}/new/deep/later`, "");
	const before = snapshot(lab.root);
	t.same(revertIn(lab).conflicts, [
		{ path: "/new/deep/later", why: "was added" },
		{ path: "/text", why: "has changed" },
	]);
	t.same(snapshot(lab.root), before);
	lab.remove();
});

t.test("no path leads out of the root", async (t) => {
	const lab = makeLab((root, upper) => {
		mkdirSync(`${root}/d`);
		mkdirSync(`${upper}/d`);
		writeFileSync(`${upper}/d/f`, "evil");
		return ["A /d/f"];
	});
	mkdirSync(`${lab.dir}/outside`);
	rmSync(`${lab.root}/d`, { recursive: true });
	symlinkSync(`${lab.dir}/outside`, `${lab.root}/d`);
	for (const force of [false, true]) {
		try {
			t.equal(applyIn(lab, { force }).conflicts.length, 1);
		} catch (error) {
			t.match(error, /symbolic links/);
		}
		t.same(readdirSync(`${lab.dir}/outside`), []);
	}
	lab.remove();
});

class Crash extends Error {}

/**
 * Carries out a step, and ends the step before its Nth change. Returns whether the step was ended.
 */
function crashing(at: number, failure: () => Error, act: () => unknown): boolean {
	let count = 0;
	onChange(() => {
		if (++count === at) throw failure();
	});
	try {
		act();
		return false;
	} catch (error) {
		if (error instanceof Crash || `${error}`.includes("No space left")) return true;
		throw error;
	} finally {
		onChange(undefined);
	}
}

/** Reverts after an interruption at any moment, even before the first or after the last change. */
function revertAgain(t: Test, lab: Lab): void {
	try {
		t.same(revertIn(lab).conflicts, []);
	} catch (error) {
		t.match(error, /nothing is applied/);
	}
}

for (const [name, failure] of [
	["a crash", () => new Crash()],
	["a full disk", () => new SystemError("write", 28)],
] as const) {
	t.test(`apply after ${name} at each change`, async (t) => {
		const lab = makeLab(everything);
		const start = snapshot(lab.root);
		applyIn(lab);
		const wanted = snapshot(lab.root);
		revertIn(lab);
		let at = 1;
		while (crashing(at, failure, () => applyIn(lab))) {
			t.same(applyIn(lab).conflicts, [], `change ${at}`);
			t.same(snapshot(lab.root), wanted, `apply finishes after change ${at}`);
			t.same(revertIn(lab).conflicts, []);
			t.same(snapshot(lab.root), start, `revert after change ${at}`);
			at++;
		}
		t.ok(at > 50, `${at} changes`);
		lab.remove();
	});

	t.test(`revert after ${name} at each change of apply, and of revert`, async (t) => {
		const lab = makeLab(everything);
		const start = snapshot(lab.root);
		let at = 1;
		while (crashing(at, failure, () => applyIn(lab))) {
			revertAgain(t, lab);
			t.same(snapshot(lab.root), start, `revert undoes change ${at}`);
			at++;
		}
		for (at = 1; crashing(at, failure, () => revertIn(lab)); at++) {
			revertAgain(t, lab);
			t.same(snapshot(lab.root), start, `revert finishes after change ${at}`);
			applyIn(lab);
		}
		t.ok(at > 20, `${at} changes`);
		t.same(snapshot(lab.root), start);
		lab.remove();
	});
}
