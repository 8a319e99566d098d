// SPDX-License-Identifier: BSD-2-Clause
// Reads files of the two directories of an overlay.
import * as sys from "@pflask/runtime/syscalls";
import type { FileType } from "./manifest.ts";

/** The types by the highest four bits of a mode. */
const TYPES: Readonly<Record<number, FileType>> = {
	1: "fifo",
	2: "char",
	4: "dir",
	6: "block",
	8: "file",
	10: "symlink",
	12: "socket",
};

/** Returns the type of a file by its mode. */
export function typeOf({ mode }: sys.Status): FileType {
	return TYPES[mode >>> 12] ?? "file";
}

/** The properties of a file, a directory or another entry, without the contents. */
export interface Entry {
	readonly status: sys.Status;
	readonly type: FileType;
	readonly attributes: ReadonlyMap<string, Uint8Array>;
	/** The target of a symbolic link. Empty for any other entry. */
	readonly target: Uint8Array;
}

const NOTHING = new Uint8Array(0);
/** A label of SELinux depends on the place of a file, so a label is no part of a change. */
const LABEL = "security.selinux";

/** Reads an entry below a directory. Leaves out the attributes with the prefix `notes`. */
export function readEntry(root: number, path: string, notes: string): Entry {
	const fd = sys.openBelow(root, path, sys.O_PATH | sys.O_NOFOLLOW);
	try {
		const status = sys.fstat(fd);
		const type = typeOf(status);
		const all = sys.readAttributes(fd);
		const attributes = new Map(
			[...all].filter(([name]) => !name.startsWith(notes) && name !== LABEL),
		);
		const target = type === "symlink" ? sys.readLink(fd, "") : NOTHING;
		return { status, type, attributes, target };
	} finally {
		sys.close(fd);
	}
}

/** Opens a regular file below a directory for reading. Throws for any other entry. */
export function openFile(root: number, path: string): number {
	const flags = sys.O_RDONLY | sys.O_NONBLOCK | sys.O_NOCTTY | sys.O_NOFOLLOW;
	const fd = sys.openBelow(root, path, flags);
	if (typeOf(sys.fstat(fd)) === "file") return fd;
	sys.close(fd);
	throw new sys.SystemError("open", sys.EINVAL);
}

/** Returns the contents of a regular file, each byte as a character. */
export function readText(root: number, path: string, size: number): string {
	const fd = openFile(root, path);
	try {
		return Buffer.from(sys.readAll(fd, size)).toString("latin1");
	} finally {
		sys.close(fd);
	}
}
