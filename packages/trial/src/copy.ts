// SPDX-License-Identifier: BSD-2-Clause
// Copies files with everything that belongs to them: owner, attributes, mode, times, holes and hard
// links. A copy gets its name at the end, by rename(2), so no process sees half a copy.
import * as sys from "@pflask/runtime/syscalls";
import { openFile, readEntry, typeOf } from "./entry.ts";
import type { FileType } from "./manifest.ts";

/** The first copy of each file with several names, by device and inode. */
export type Links = Map<string, { readonly directory: number; readonly name: string }>;

/** Where a copy comes from. */
export interface Source {
	/** The directory below which the path is resolved. */
	readonly root: number;
	readonly path: string;
}

export interface CopyOptions {
	/** The prefix of the attributes that are not copied. */
	readonly notes: string;
	readonly links: Links;
	/** Whether to copy the entries of a directory, too. */
	readonly tree: boolean;
	/** The type of the entry, if it is known. */
	readonly type?: FileType;
}

const DIRECTORY = sys.O_RDONLY | sys.O_DIRECTORY;

/** Removes a name in a directory, with everything below. Follows no link and enters no mount. */
export function removeTree(directory: number, name: string): void {
	try {
		sys.unlink(directory, name);
		return;
	} catch (error) {
		if (sys.errnoOf(error) === sys.ENOENT) return;
		if (![sys.EISDIR, sys.EPERM].includes(sys.errnoOf(error))) throw error;
	}
	const fd = sys.openBelow(directory, name, DIRECTORY | sys.O_NOFOLLOW);
	try {
		for (const entry of sys.listNames(fd)) removeTree(fd, entry);
	} finally {
		sys.close(fd);
	}
	sys.unlink(directory, name, true);
}

/**
 * Gives a copy the owner, the attributes, the mode and the times of the original. A change of owner
 * clears setuid bits and capabilities, so the owner comes first. The mode may forbid the owner to
 * write, so the attributes come before the mode.
 */
function finish(
	to: number,
	directory: number,
	name: string,
	status: sys.Status,
	attributes: ReadonlyMap<string, Uint8Array>,
	isNew: boolean,
): void {
	sys.chownAt(directory, name, status.uid, status.gid);
	if (!isNew)
		for (const key of sys.readAttributes(to).keys())
			if (!attributes.has(key) && !isForeign(key)) sys.removeAttribute(to, key);
	for (const [key, value] of attributes) sys.setAttribute(to, key, value);
	if (typeOf(status) !== "symlink") sys.chmodPath(to, status.mode);
	sys.setTimes(directory, name, status.atime, status.mtime);
}

/** Tells whether an attribute belongs to the place of a file, and not to the file. */
function isForeign(key: string): boolean {
	return key === "security.selinux" || /^(user|trusted)\.overlay\./.test(key);
}

/** Copies owner, attributes, mode and times of a directory to an existing directory. */
export function copyDirectoryStatus(from: Source, root: number, path: string, notes: string): void {
	const { status, attributes } = readEntry(from.root, from.path, notes);
	const to = sys.openBelow(root, path, sys.O_PATH | sys.O_DIRECTORY);
	try {
		finish(to, to, ".", status, attributes, false);
	} finally {
		sys.close(to);
	}
}

function copyFile(from: Source, directory: number, name: string, options: CopyOptions): void {
	const file = openFile(from.root, from.path);
	try {
		const status = sys.fstat(file);
		const id = `${status.device}:${status.inode}`;
		const first = status.nlink > 1 ? options.links.get(id) : undefined;
		if (first !== undefined) {
			sys.hardLink(first.directory, first.name, directory, name);
			return;
		}
		const to = sys.openAt(directory, name, sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 0o600);
		try {
			sys.copyData(file, to, status.size);
			const attributes = wanted(sys.readAttributes(file), options.notes);
			finish(to, directory, name, status, attributes, true);
		} finally {
			sys.close(to);
		}
		if (status.nlink > 1) options.links.set(id, { directory: sys.duplicate(directory), name });
	} finally {
		sys.close(file);
	}
}

function wanted(all: Map<string, Uint8Array>, notes: string): Map<string, Uint8Array> {
	for (const key of all.keys())
		if (key.startsWith(notes) || key === "security.selinux") all.delete(key);
	return all;
}

function copyDirectory(from: Source, directory: number, name: string, options: CopyOptions): void {
	sys.makeDirectory(directory, name, 0o700);
	if (options.tree) {
		const source = sys.openBelow(from.root, from.path, DIRECTORY);
		const to = sys.openBelow(directory, name, DIRECTORY);
		try {
			const { notes, links, tree } = options;
			for (const entry of sys.listNames(source))
				copyNew({ root: source, path: entry }, to, entry, { notes, links, tree });
		} finally {
			sys.close(source);
			sys.close(to);
		}
	}
	copyDirectoryStatus(from, directory, name, options.notes);
}

function typeAt({ root, path }: Source): FileType {
	const fd = sys.openBelow(root, path, sys.O_PATH | sys.O_NOFOLLOW);
	try {
		return typeOf(sys.fstat(fd));
	} finally {
		sys.close(fd);
	}
}

/** Copies an entry to a new name in a directory. */
function copyNew(from: Source, directory: number, name: string, options: CopyOptions): void {
	const type = options.type ?? typeAt(from);
	if (type === "file") copyFile(from, directory, name, options);
	else if (type === "dir") copyDirectory(from, directory, name, options);
	else copySpecial(from, directory, name, options);
}

/** Copies a symbolic link, a device, a FIFO or a socket. */
function copySpecial(from: Source, directory: number, name: string, options: CopyOptions): void {
	const { status, target, attributes } = readEntry(from.root, from.path, options.notes);
	if (typeOf(status) === "symlink") sys.makeLink(target, directory, name);
	else sys.makeNode(directory, name, status.mode, status.rdev);
	const to = sys.openBelow(directory, name, sys.O_PATH | sys.O_NOFOLLOW);
	try {
		finish(to, directory, name, status, attributes, true);
	} finally {
		sys.close(to);
	}
}

/**
 * Copies an entry to a temporary name in a directory. Replaces the remains of an interrupted copy.
 */
export function copyTo(from: Source, directory: number, name: string, options: CopyOptions): void {
	try {
		copyNew(from, directory, name, options);
	} catch (error) {
		if (sys.errnoOf(error) !== sys.EEXIST) throw error;
		removeTree(directory, name);
		copyNew(from, directory, name, options);
	}
}
