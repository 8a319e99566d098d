// SPDX-License-Identifier: BSD-2-Clause
// The directory of a trial, and its changes.
import {
	changesOf,
	closeHandle,
	type FileType,
	type Handle,
	type Kind,
	openHandle,
	overlaysOf,
	type RawChange,
	selectPaths,
	typeOf,
} from "@pflask/runtime/trial";

/** The state of a path in the lower directory. */
export interface Below {
	readonly type: FileType;
	/** The permission bits, in octal with four digits. */
	readonly mode: string;
	/** The size in bytes; missing for a directory. */
	readonly size?: number;
}

/** A changed path: added (A), modified (M) or deleted (D). */
export interface Change {
	/** The path in the container. A byte that is not UTF-8 is U+DC80 to U+DCFF. */
	readonly path: string;
	readonly kind: Kind;
	/** The type. This and the next members describe the old file if the path was deleted. */
	readonly type: FileType;
	/** The permission bits, in octal with four digits. */
	readonly mode: string;
	readonly uid: number;
	readonly gid: number;
	/** The size in bytes; missing for a directory. */
	readonly size?: number;
	/** The state of the path in the lower directory. Undefined for an added path. */
	readonly below?: Below;
}

/** A change with its index in the manifest. */
export interface Placed extends Change {
	readonly index: number;
}

/** An overlay of the container: a directory below which changes were kept apart. */
export interface Overlay {
	/** The mount point in the container. */
	readonly overlay: string;
	/** The upper directory, a name in the directory of the trial. */
	readonly upper: string;
	/** The path of the lower directory on the host. */
	readonly lower: string;
}

/** Facts about the container. */
export interface Manifest {
	/** The user who has started the container. */
	readonly uid: number;
	/** Whether the container had a user namespace. */
	readonly userns: boolean;
	readonly overlays: readonly Overlay[];
}

export interface Trial {
	/** The directory as the caller wrote it. */
	readonly dir: string;
	readonly manifest: Manifest;
	readonly handle: Handle;
}

/** A selected path with unknown changes, or with a change that was not kept. */
export interface Lost {
	readonly path: string;
	readonly why: string;
}

/** The selected changes, and the selected paths whose changes the trial does not have. */
export interface Selected {
	readonly changes: readonly Placed[];
	readonly lost: readonly Lost[];
}

/** Opens a trial. The caller closes the trial with closeTrial(). */
export function openTrial(dir: string): Trial {
	const handle = openHandle(dir);
	const all = overlaysOf(handle);
	const { uid = 0, userns = false } = all[0] ?? {};
	const overlays = all.map(({ overlay, upper, lower }) => ({ overlay, upper, lower }));
	return { dir, handle, manifest: { uid, userns, overlays } };
}

/** Closes a trial, and ends its lock. */
export function closeTrial({ handle }: Trial): void {
	closeHandle(handle);
}

function stateOf(mode: number, size: number): Below {
	const type = typeOf(mode);
	const octal = (mode & 0o7777).toString(8).padStart(4, "0");
	return { type, mode: octal, ...(type !== "dir" && { size }) };
}

function placed(raw: RawChange): Placed {
	const { path, kind = "M", index, mode, uid, gid, size, below, belowSize } = raw;
	const state = { ...stateOf(mode, size), uid, gid, index };
	const lower = below === 0 ? {} : { below: stateOf(below, belowSize) };
	return { path, kind, ...state, ...lower };
}

/** Selects the changes of the paths, and of all paths below. Without paths, selects all changes. */
export function select(trial: Trial, paths: readonly string[]): Selected {
	selectPaths(trial.handle, paths);
	const changes: Placed[] = [];
	const lost: Lost[] = [];
	for (const raw of changesOf(trial.handle))
		if (raw.why === undefined) changes.push(placed(raw));
		else lost.push({ path: raw.path, why: raw.why });
	return { changes, lost };
}
