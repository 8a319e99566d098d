// SPDX-License-Identifier: BSD-2-Clause
// Tells whether a file at a path is still the earlier file.
import type * as sys from "@pflask/runtime/syscalls";
import { typeOf } from "./entry.ts";
import type { FileType } from "./manifest.ts";

/** The facts by which a file is recognized. */
export interface Identity {
	readonly type: FileType;
	/** The permission bits, in octal with four digits. */
	readonly mode: string;
	readonly uid: number;
	readonly gid: number;
	/** A directory has no size. */
	readonly size?: number;
	readonly inode: string;
	/** The time of the last change of the inode, in seconds with nine decimals. */
	readonly ctime: string;
}

const SECOND = 1_000_000_000n;

function timeText(time: bigint): string {
	return `${time / SECOND}.${`${time % SECOND}`.padStart(9, "0")}`;
}

/** Returns the facts by which a file can be recognized later. */
export function identityOf(status: sys.Status): Identity {
	const type = typeOf(status);
	return {
		type,
		mode: (status.mode & 0o7777).toString(8).padStart(4, "0"),
		uid: status.uid,
		gid: status.gid,
		...(type !== "dir" && { size: status.size }),
		inode: `${status.inode}`,
		ctime: timeText(status.ctime),
	};
}

/**
 * Tells whether two identities belong to one unchanged file. The ctime of a directory changes with
 * each entry, so a directory is recognized without the ctime.
 */
export function isSame(one: Identity | null, other: Identity | null): boolean {
	if (one === null || other === null) return one === other;
	return (
		one.type === other.type &&
		one.inode === other.inode &&
		one.mode === other.mode &&
		one.uid === other.uid &&
		one.gid === other.gid &&
		(one.type === "dir" || (one.size === other.size && one.ctime === other.ctime))
	);
}
