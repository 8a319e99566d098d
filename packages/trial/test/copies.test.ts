// SPDX-License-Identifier: BSD-2-Clause
// --apply makes correct copies in a directory that another user can write to, and in a directory
// with a default access control list.
import {
	chmodSync,
	chownSync,
	linkSync,
	mkdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { applyIn, disturbed, makeLab } from "./lab.ts";

const isRoot = process.geteuid?.() === 0;

t.test("a file that another user puts in the place of a copy keeps its status", async (t) => {
	const lab = makeLab((root, upper) => {
		writeFileSync(`${root}/file`, "one");
		writeFileSync(`${upper}/file`, "two");
		// The owner of a copy is set only if it differs. An ordinary user cannot give files away.
		if (isRoot) chownSync(`${upper}/file`, 1234, 1234);
		return ["M /file"];
	});
	const stolen = disturbed("apply", lab.trial, isRoot ? "fchownat" : "fchmod", lab.root);
	t.same(stolen, { status: 0, out: "stolen\n", err: "" });
	const { mtimeMs, uid } = statSync(`${lab.root}/file`);
	t.same([mtimeMs, uid], [5000, process.geteuid?.()]);
	lab.remove();
});

t.test("a name of a file in two directories does not lead to a file of another user", async (t) => {
	const lab = makeLab((root, upper) => {
		for (const dir of [`${root}/theirs`, `${upper}/theirs`]) mkdirSync(dir);
		writeFileSync(`${upper}/theirs/a`, "real");
		linkSync(`${upper}/theirs/a`, `${upper}/z`);
		return ["A /theirs/a", "A /z"];
	});
	const stolen = disturbed("apply", lab.trial, "linkat", `${lab.root}/theirs`);
	t.same(stolen, { status: 0, out: "stolen\n", err: "" });
	t.equal(readFileSync(`${lab.root}/z`, "utf8"), "real");
	lab.remove();
});

function run(...command: string[]): string {
	const { exitCode, stdout, stderr } = Bun.spawnSync(command);
	if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
	return stdout.toString();
}

t.test("a copy gets no access control list from its directory", async (t) => {
	const lab = makeLab((root, upper) => {
		for (const dir of [`${root}/d`, `${upper}/d`]) mkdirSync(dir);
		for (const dir of ["new", "new/below"]) mkdirSync(`${upper}/d/${dir}`);
		writeFileSync(`${upper}/d/secret`, "");
		chmodSync(`${upper}/d/secret`, 0o640);
		run("setfacl", "--default", "--modify=u:65534:rw", `${root}/d`);
		return ["A /d/new", "A /d/new/below", "A /d/secret"];
	});
	t.same(applyIn(lab.trial).conflicts, []);
	t.match(run("getfacl", "--absolute-names", `${lab.root}/d`), "default:user:nobody:rw-");
	for (const name of ["secret", "new", "new/below"])
		t.equal(run("getfacl", "--skip-base", "--absolute-names", `${lab.root}/d/${name}`), "", name);
	t.equal(statSync(`${lab.root}/d/secret`).mode & 0o7777, 0o640);
	lab.remove();
});
