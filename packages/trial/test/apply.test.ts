// SPDX-License-Identifier: BSD-2-Clause
// The tests apply and revert changes in directories of their own, with conflicts, interruptions and
// errors.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import {
	type ApplyOptions,
	apply,
	closeTrial,
	type Done,
	openTrial,
	revert,
} from "../src/index.ts";
import { everything, type Lab, makeLab, snapshot } from "./lab.ts";

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
