// SPDX-License-Identifier: BSD-2-Clause
// Reads the manifest of a trial. docs/trial.md describes the lines.

/** The kinds of files. */
export type FileType = "file" | "dir" | "symlink" | "char" | "block" | "fifo" | "socket";

/** The state of a path in the lower directory. */
export interface Below {
	readonly type: FileType;
	readonly mode: string;
	readonly uid: number;
	readonly gid: number;
	readonly size?: number;
	readonly device: string;
	readonly inode: string;
	readonly ctime: string;
	/**
	 * The number of the trial below that has the path, 1 for the nearest. Undefined if the path is in
	 * the host's directory.
	 */
	readonly trial?: number;
}

/** A changed path: added (A), modified (M) or deleted (D). */
export interface Change {
	readonly path: string;
	readonly kind: "A" | "M" | "D";
	readonly type: FileType;
	readonly mode: string;
	readonly uid: number;
	readonly gid: number;
	readonly size?: number;
	/** The state of the path below the container. Undefined for an added path. */
	readonly below?: Below;
}

/** An overlay of the container. The changes below its directory were kept apart. */
export interface Overlay {
	/** The mount point in the container. */
	readonly overlay: string;
	/** The upper directory, a name in the directory of the trial. */
	readonly upper: string;
	/** The path of the lower directory on the host. */
	readonly lower?: string;
	readonly inode?: string;
	/** Whether the lower directory was mounted with mapped owners (mount_setattr(2)). */
	readonly idmapped?: true;
}

/** A later command of the container's trial. */
export interface Continued {
	/** When the command started. */
	readonly continued: string;
	readonly command: readonly string[];
}

/** A trial below the container, and the identity of its manifest. */
export interface Lower {
	/** The directory of the trial, an absolute path of the host. */
	readonly trial: string;
	readonly inode: string;
	readonly mtime: string;
}

/** A path that could not be examined. */
export interface Failed {
	readonly failed: string;
	readonly errno: number;
}

/** How the command ended. */
export interface End {
	readonly ended: string;
	readonly code?: number;
	readonly signal?: number;
}

export interface Manifest {
	/** When the first container started, in seconds since 1970. */
	readonly began: string;
	readonly uid: number;
	/** Whether the container had a user namespace. */
	readonly userns: boolean;
	/** The first command. */
	readonly command: readonly string[];
	/** The later commands. */
	readonly continued: readonly Continued[];
	/** The trials below, the nearest first. */
	readonly trials: readonly Lower[];
	readonly overlays: readonly Overlay[];
	readonly changes: readonly Change[];
	readonly failed: readonly Failed[];
	/** Undefined if the trial was interrupted, or has not ended. */
	readonly end: End | undefined;
}

interface Header {
	readonly version: number;
	readonly began: string;
	readonly uid: number;
	readonly userns: boolean;
	readonly command: readonly string[];
}

type Line = Header | Continued | Lower | Overlay | Change | Failed | End;

/** The error for a line that this release cannot read. */
export class ManifestError extends Error {
	override readonly name = "ManifestError";
}

const VERSION = 1;

function parseLine(text: string, number: number): Line {
	let line: unknown;
	try {
		line = JSON.parse(text);
	} catch {
		throw new ManifestError(`line ${number}: not JSON`);
	}
	if (typeof line !== "object" || line === null) throw new ManifestError(`line ${number}: unknown`);
	return line as Line;
}

/**
 * Reads the text of a manifest. Ignores a last line without a newline, because that line was not
 * written completely.
 */
export function parseManifest(text: string): Manifest {
	let header: Header | undefined;
	let end: End | undefined;
	const continued: Continued[] = [];
	const trials: Lower[] = [];
	const overlays: Overlay[] = [];
	const changes: Change[] = [];
	const failed: Failed[] = [];
	for (const [i, one] of text.split("\n").slice(0, -1).entries()) {
		const line = parseLine(one, i + 1);
		if ("version" in line) header = line;
		else if ("continued" in line) continued.push(line);
		else if ("trial" in line) trials.push(line);
		else if ("overlay" in line) overlays.push(line);
		else if ("path" in line) changes.push(line);
		else if ("failed" in line) failed.push(line);
		else if ("ended" in line) end = line;
		else throw new ManifestError(`line ${i + 1}: unknown`);
	}
	if (header === undefined) throw new ManifestError("no first line");
	if (header.version !== VERSION) throw new ManifestError(`version ${header.version}: unknown`);
	const { began, uid, userns, command } = header;
	return { began, uid, userns, command, continued, trials, overlays, changes, failed, end };
}

/** Returns a time of a manifest in nanoseconds. */
export function nanoseconds(time: string): bigint {
	return BigInt(time.replace(".", ""));
}
