// SPDX-License-Identifier: BSD-2-Clause
// Makes a trial without a container: a lower directory, an upper directory in the form of
// overlayfs, and the manifest.
import {
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { type ApplyOptions, apply, closeTrial, type Done, openTrial } from "../src/index.ts";
import type { Change } from "../src/manifest.ts";

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

/** Describes a change in the form of the manifest. */
function changeOf(lab: Lab, kind: Change["kind"], path: string): object {
	const lower = `${lab.root}${path}`;
	const now = facts(kind === "D" ? lower : `${lab.trial}/upper${path}`);
	if (kind === "A") return { path, kind, ...now };
	const { dev, ino, ctimeNs } = lstatSync(lower, { bigint: true });
	const identity = { device: `${dev}`, inode: `${ino}`, ctime: nano(ctimeNs) };
	return { path, kind, ...now, below: { ...facts(lower), ...identity } };
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
	const lab = { dir, root, trial, remove: () => rmSync(dir, { recursive: true }) };
	const changes = build(root, `${trial}/upper`).map((line) =>
		changeOf(lab, line[0] as Change["kind"], line.slice(2)),
	);
	const { ino, dev, ctimeNs } = lstatSync(root, { bigint: true });
	const uid = process.geteuid?.() ?? 0;
	const began = nano(BigInt(Date.now() + 1000) * 1_000_000n);
	const lines = [
		{ version: 1, began, uid, userns: false, command: ["x"], ...header },
		{
			overlay: "/",
			upper: "upper",
			lower: root,
			device: `${dev}`,
			inode: `${ino}`,
			ctime: nano(ctimeNs),
		},
		...changes,
		{ ended: began, code: 0 },
	];
	const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
	writeFileSync(`${trial}/manifest`, text, { mode: 0o600 });
	return lab;
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
