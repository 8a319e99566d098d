// SPDX-License-Identifier: BSD-2-Clause
// Attackers attack --apply in directories of the test. The attacker is the command of the trial or
// another user. The other user can write to a directory above the root, or open the directory of
// the trial.
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { lockFile } from "@pflask/runtime/internal";
import t from "tap";
import { apply, closeTrial, openTrial, revert } from "../src/index.ts";
import { applyIn, makeLab, snapshot } from "./lab.ts";

t.test("a change of the directory of the trial is refused", async (t) => {
	for (const file of ["journal", "manifest", "upper/other"]) {
		const lab = makeLab(
			(_root, upper) => {
				mkdirSync(dirname(`${upper}/box/trial/${file}`), { recursive: true });
				writeFileSync(`${upper}/box/trial/${file}`, "forged");
				writeFileSync(`${upper}/fine`, "");
				return ["A /fine", `A /box/trial/${file}`];
			},
			{},
			"root/box/trial",
		);
		const before = snapshot(lab.trial);
		for (const force of [false, true])
			t.throws(() => applyIn(lab.trial, { force }), {
				message: `/box/trial/${file}: is, contains, or lies in the trial itself`,
				hint: `pflask --apply=${lab.trial} PATH`,
			});
		t.same(snapshot(lab.trial), before);
		t.same(applyIn(lab.trial, { paths: ["/fine"] }).paths, ["/fine"]);
		lab.remove();
	}
});

t.test("a directory that contains the trial cannot be deleted", async (t) => {
	for (const path of ["/box", "/box/trial"]) {
		const lab = makeLab(() => [`D ${path}`], {}, "root/box/trial");
		const error = /is, contains, or lies in the trial itself/;
		t.throws(() => applyIn(lab.trial, { force: true }), error);
		t.same(readdirSync(lab.trial).sort(), ["manifest", "upper"]);
		lab.remove();
	}
});

t.test("a command cannot put a file in the place of a temporary copy", async (t) => {
	const lab = makeLab((_root, upper) => {
		const name = `.pflask-${statSync(dirname(upper)).ino.toString(36)}-1`;
		writeFileSync(`${upper}/${name}`, "evil");
		writeFileSync(`${upper}/b`, "good");
		return [`A /${name}`, "A /b"];
	});
	t.throws(() => applyIn(lab.trial), /is a name that pflask itself uses/);
	t.same(readdirSync(lab.root), []);
	t.same(applyIn(lab.trial, { paths: ["/b"] }).conflicts, []);
	t.equal(readFileSync(`${lab.root}/b`, "utf8"), "good");
	lab.remove();
});

t.test("a link on the path of the root leads nowhere", async (t) => {
	const lab = makeLab((_root, upper) => {
		writeFileSync(`${upper}/a`, "");
		return ["A /a"];
	});
	const moved = `${lab.dir}-moved`;
	renameSync(lab.dir, moved);
	symlinkSync(moved, lab.dir);
	t.throws(() => applyIn(`${moved}/trial`), /symbolic links/);
	t.notOk(existsSync(`${moved}/root/a`));
	rmSync(lab.dir);
	rmSync(moved, { recursive: true });
});

t.test("a lock on the directory of the trial prevents nothing", async (t) => {
	const lab = makeLab((_root, upper) => {
		writeFileSync(`${upper}/a`, "");
		return ["A /a"];
	});
	const other = openSync(lab.trial, "r");
	t.ok(lockFile(other));
	t.same(applyIn(lab.trial).paths, ["/a"]);
	closeSync(other);
	lab.remove();
});

t.test("a path that could not be examined is not left out silently", async (t) => {
	const lab = makeLab((_root, upper) => {
		mkdirSync(`${upper}/d`);
		writeFileSync(`${upper}/a`, "");
		return ["A /a", "A /d"];
	});
	const manifest = `${lab.trial}/manifest`;
	const lines = readFileSync(manifest, "utf8").trimEnd().split("\n");
	lines.splice(-1, 0, JSON.stringify({ errno: 36, failed: "/d/deep" }));
	writeFileSync(manifest, `${lines.join("\n")}\n`);
	const error = "/d/deep: could not be examined at the end of the trial: File name too long";
	for (const paths of [[], ["/d"]])
		t.throws(() => applyIn(lab.trial, { paths }), { message: error });
	t.same(applyIn(lab.trial, { paths: ["/a"] }).paths, ["/a"]);
	lab.remove();
});

t.test("a command that goes on with the trial meanwhile is noticed", async (t) => {
	const lab = makeLab((_root, upper) => {
		writeFileSync(`${upper}/a`, "");
		return ["A /a"];
	});
	const opened = openTrial(lab.trial);
	const manifest = `${lab.trial}/manifest`;
	writeFileSync(`${manifest}.new`, readFileSync(manifest), { mode: 0o600 });
	renameSync(`${manifest}.new`, manifest);
	const error = {
		message: `${lab.trial}: a command has gone on with the trial meanwhile`,
		hint: `pflask --diff=${lab.trial}`,
	};
	t.throws(() => apply(opened), error);
	t.throws(() => revert(opened), error);
	closeTrial(opened);
	t.notOk(existsSync(`${lab.root}/a`));
	lab.remove();
});
