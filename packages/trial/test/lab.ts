// SPDX-License-Identifier: BSD-2-Clause
// Makes a trial without a container: a lower directory, an upper directory in the form of
// overlayfs, and the manifest.
import {
	chmodSync,
	linkSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import {
	type ApplyOptions,
	apply,
	type Change,
	closeTrial,
	type Done,
	openTrial,
} from "../src/index.ts";

export interface Lab {
	readonly dir: string;
	readonly root: string;
	readonly trial: string;
	remove(): void;
}

const nano = (time: bigint): string =>
	`${time / 1_000_000_000n}.${`${time % 1_000_000_000n}`.padStart(9, "0")}`;

const octal = (mode: bigint): string => (mode & 0o7777n).toString(8).padStart(4, "0");

function typeAt(path: string): Change["type"] {
	const status = lstatSync(path);
	if (status.isDirectory()) return "dir";
	if (status.isSymbolicLink()) return "symlink";
	return status.isFIFO() ? "fifo" : "file";
}

function facts(path: string) {
	const { mode, uid, gid, size } = lstatSync(path, { bigint: true });
	const type = typeAt(path);
	const sized = type === "dir" ? {} : { size: Number(size) };
	return { type, mode: octal(mode), uid: Number(uid), gid: Number(gid), ...sized };
}

/** The directories in which the trial below and the host may have a path. */
interface Lowers {
	readonly root: string;
	readonly below?: string;
}

function exists(dir: string, path: string): boolean {
	return lstatSync(`${dir}${path}`, { throwIfNoEntry: false }) !== undefined;
}

/** Describes a change in the form of the manifest. */
function changeOf(lowers: Lowers, upper: string, kind: Change["kind"], path: string): object {
	const isBelow = lowers.below !== undefined && kind !== "A" && exists(lowers.below, path);
	const lower = `${isBelow ? lowers.below : lowers.root}${path}`;
	const now = facts(kind === "D" ? lower : `${upper}${path}`);
	if (kind === "A") return { path, kind, ...now };
	const { dev, ino, ctimeNs } = lstatSync(lower, { bigint: true });
	const identity = { device: `${dev}`, inode: `${ino}`, ctime: nano(ctimeNs) };
	const below = { ...facts(lower), ...identity, ...(isBelow && { trial: 1 }) };
	return { path, kind, ...now, below };
}

/** Writes the manifest of a trial. `changes` are lines as "M /path". */
function writeManifest(
	trial: string,
	lowers: Lowers,
	changes: readonly string[],
	header: object,
	below: readonly object[],
): void {
	const { ino, dev, ctimeNs } = lstatSync(lowers.root, { bigint: true });
	const uid = process.geteuid?.() ?? 0;
	const began = nano(BigInt(Date.now() + 1000) * 1_000_000n);
	const lines = [
		{ version: 1, began, uid, userns: false, command: ["x"], ...header },
		...below,
		{
			overlay: "/",
			upper: "upper",
			lower: lowers.root,
			device: `${dev}`,
			inode: `${ino}`,
			ctime: nano(ctimeNs),
		},
		...changes.map((line) =>
			changeOf(lowers, `${trial}/upper`, line[0] as Change["kind"], line.slice(2)),
		),
		{ ended: began, code: 0 },
	];
	const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
	writeFileSync(`${trial}/manifest`, text, { mode: 0o600 });
}

/**
 * Makes a trial and its root in memory, where syncfs(2) is fast. `build` fills the lower and the
 * upper directory, and returns the changes. `place` is the directory of the trial.
 */
export function makeLab(
	build: (root: string, upper: string) => readonly string[],
	header: object = {},
	place = "trial",
): Lab {
	const dir = mkdtempSync("/dev/shm/trial-");
	const [root, trial] = [`${dir}/root`, `${dir}/${place}`];
	mkdirSync(root);
	mkdirSync(`${trial}/upper`, { recursive: true });
	writeManifest(trial, { root }, build(root, `${trial}/upper`), header, []);
	return { dir, root, trial, remove: () => rmSync(dir, { recursive: true }) };
}

/** Describes a trial in the form of the manifest of a trial above. */
export function lineAbout(trial: string): object {
	const { dev, ino, mtimeNs } = lstatSync(`${trial}/manifest`, { bigint: true });
	return { trial, device: `${dev}`, inode: `${ino}`, mtime: nano(mtimeNs) };
}

/**
 * Makes a trial above the trial of a lab, and returns its directory. The trial began long ago, so
 * only what the trial below has applied may be newer.
 */
export function makeAbove(lab: Lab, build: (upper: string) => readonly string[]): string {
	const trial = `${lab.dir}/above`;
	mkdirSync(`${trial}/upper`, { recursive: true });
	const lowers = { root: lab.root, below: `${lab.trial}/upper` };
	const header = { began: "1.000000000" };
	writeManifest(trial, lowers, build(`${trial}/upper`), header, [lineAbout(lab.trial)]);
	return trial;
}

/** Opens a trial, applies its changes, and closes the trial, like a process of pflask. */
export function applyIn(dir: string, options: ApplyOptions = {}): Done {
	const trial = openTrial(dir);
	try {
		return apply(trial, options);
	} finally {
		closeTrial(trial);
	}
}

/** Describes everything below a directory: names, types, modes, owners, times and contents. */
export function snapshot(dir: string, path = ""): string[] {
	const here = `${dir}${path}`;
	const { mode, uid, gid, mtimeNs, nlink } = lstatSync(here, { bigint: true });
	const type = typeAt(here);
	const content =
		type === "file"
			? `${nlink} ${readFileSync(here, "latin1")}`
			: type === "symlink"
				? readlinkSync(here)
				: "";
	const line = `${path || "/"} ${type} ${octal(mode)} ${uid}:${gid} ${mtimeNs} ${content}`;
	if (type !== "dir") return [line];
	const names = readdirSync(here).sort();
	return [line, ...names.flatMap((name) => snapshot(dir, `${path}/${name}`))];
}

/** Changes of every kind. */
export function everything(root: string, upper: string): string[] {
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

/** How a program has disturbed a step (core-c/test/trial_steps.c). */
export interface Disturbed {
	/** 0: done; 1: an error; 2: conflicts; 3: the call was reached. */
	readonly status: number;
	readonly out: string;
	readonly err: string;
}

/** Carries out a step by a program that disturbs the step. */
export function disturbed(action: "apply" | "revert", dir: string, ...how: string[]): Disturbed {
	const program = `${import.meta.dir}/../../../build/unit/trial_steps`;
	const { exitCode, stdout, stderr } = Bun.spawnSync([program, action, dir, ...how]);
	return { status: exitCode, out: stdout.toString(), err: stderr.toString() };
}
