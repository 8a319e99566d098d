// SPDX-License-Identifier: BSD-2-Clause
// --apply makes correct copies in a directory that another user can write to, and in a directory
// with a default access control list.
import {
	chmodSync,
	closeSync,
	linkSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import * as sys from "@pflask/runtime/syscalls";
import t from "tap";
import { applyIn, makeLab } from "./lab.ts";

/**
 * Carries out a step. Before each system call of a kind, puts files of another user in the place of
 * the temporary copies in a directory. Returns the number of these files.
 */
function replacingCopies(kind: string, directory: string, act: () => unknown): number {
	let count = 0;
	sys.onChange((call) => {
		if (call !== kind) return;
		for (const name of readdirSync(directory).filter((one) => one.startsWith(".pflask-"))) {
			renameSync(`${directory}/${name}`, `${directory}/stolen`);
			writeFileSync(`${directory}/${name}`, "theirs");
			utimesSync(`${directory}/${name}`, 5, 5);
			count++;
		}
	});
	try {
		act();
		return count;
	} finally {
		sys.onChange(undefined);
	}
}

t.test("a file that another user puts in the place of a copy keeps its status", async (t) => {
	const lab = makeLab((root, upper) => {
		writeFileSync(`${root}/file`, "one");
		writeFileSync(`${upper}/file`, "two");
		return ["M /file"];
	});
	const copies = replacingCopies("chown", lab.root, () => applyIn(lab.trial));
	t.equal(copies, 1);
	t.equal(statSync(`${lab.root}/file`).mtimeMs, 5000);
	lab.remove();
});

t.test("a name of a file in two directories does not lead to a file of another user", async (t) => {
	const lab = makeLab((root, upper) => {
		for (const dir of [`${root}/theirs`, `${upper}/theirs`]) mkdirSync(dir);
		writeFileSync(`${upper}/theirs/a`, "real");
		linkSync(`${upper}/theirs/a`, `${upper}/z`);
		return ["A /theirs/a", "A /z"];
	});
	t.equal(
		replacingCopies("link", `${lab.root}/theirs`, () => applyIn(lab.trial)),
		1,
	);
	t.equal(readFileSync(`${lab.root}/z`, "utf8"), "real");
	lab.remove();
});

/** A default access control list: user 65534 may read and write. */
function defaultList(): Uint8Array {
	const none = 0xffffffff;
	const entries = [
		[1, 7, none],
		[2, 6, 65534],
		[4, 5, none],
		[0x10, 7, none],
		[0x20, 0, none],
	] as const;
	const bytes = Buffer.alloc(4 + 8 * entries.length);
	bytes.writeUInt32LE(2); // the version of the format
	for (const [i, [tag, permissions, id]] of entries.entries()) {
		bytes.writeUInt16LE(tag, 4 + 8 * i);
		bytes.writeUInt16LE(permissions, 6 + 8 * i);
		bytes.writeUInt32LE(id, 8 + 8 * i);
	}
	return bytes;
}

t.test("a copy gets no access control list from its directory", async (t) => {
	const lab = makeLab((root, upper) => {
		for (const dir of [`${root}/d`, `${upper}/d`]) mkdirSync(dir);
		for (const dir of ["new", "new/below"]) mkdirSync(`${upper}/d/${dir}`);
		writeFileSync(`${upper}/d/secret`, "");
		chmodSync(`${upper}/d/secret`, 0o640);
		const fd = openSync(`${root}/d`, "r");
		sys.setAttribute(fd, "system.posix_acl_default", defaultList());
		closeSync(fd);
		return ["A /d/new", "A /d/new/below", "A /d/secret"];
	});
	t.same(applyIn(lab.trial).conflicts, []);
	for (const name of ["secret", "new", "new/below"]) {
		const fd = openSync(`${lab.root}/d/${name}`, "r");
		t.same([...sys.readAttributes(fd).keys()], [], name);
		closeSync(fd);
	}
	t.equal(statSync(`${lab.root}/d/secret`).mode & 0o7777, 0o640);
	lab.remove();
});
