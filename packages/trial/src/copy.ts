// SPDX-License-Identifier: BSD-2-Clause
// Copies files with owner, attributes, mode, times, holes and hard links. A copy gets its name at
// the end, by rename(2), so no process sees a part of a copy.
import * as sys from "@pflask/runtime/syscalls";
import { openFile, readEntry, typeOf } from "./entry.ts";
import type { FileType } from "./manifest.ts";

/** Descriptors of the first copy of each file with several names, by device and inode. */
export type Links = Map<string, number>;

/** The original of a copy. */
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
	/** The type of the entry, if known. */
	readonly type?: FileType;
	/** Throws an error if the entry must not be copied. Gets the properties of the copied entry. */
	readonly check?: Check | undefined;
}

/** Checks an entry at the moment of its copy, because another user can have exchanged the entry. */
export type Check = (
	type: FileType,
	status: sys.Status,
	attributes: ReadonlyMap<string, Uint8Array>,
) => void;

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
 * write, so the attributes come before the mode. Uses only the descriptor of the copy, because a
 * user who can write to the directory can replace the copy.
 */
function finish(
	to: number,
	status: sys.Status,
	attributes: ReadonlyMap<string, Uint8Array>,
	isNew: boolean,
): void {
	sys.chown(to, status.uid, status.gid);
	const isSurplus = isNew ? isInherited : isOwn;
	for (const key of sys.readAttributes(to).keys())
		if (!attributes.has(key) && isSurplus(key)) sys.removeAttribute(to, key);
	for (const [key, value] of attributes) sys.setAttribute(to, key, value);
	if (typeOf(status) !== "symlink") sys.chmodPath(to, status.mode);
	sys.setTimes(to, status.atime, status.mtime);
}

/** Tells whether a new file gets an attribute from the default ACL of its directory. */
function isInherited(key: string): boolean {
	return key.startsWith("system.posix_acl_");
}

/** Tells whether an attribute belongs to a file, and not to the place of the file. */
function isOwn(key: string): boolean {
	return key !== "security.selinux" && !/^(user|trusted)\.overlay\./.test(key);
}

/**
 * Returns the inode of a directory that this process has just made. Refuses any other directory,
 * because another user can have put a directory there.
 */
export function inodeOfNew(directory: number, name: string): bigint {
	const fd = sys.openBelow(directory, name, DIRECTORY | sys.O_NOFOLLOW);
	try {
		const { uid, inode } = sys.fstat(fd);
		if (uid === sys.effectiveUid() && sys.listNames(fd).length === 0) return inode;
		throw new sys.SystemError("open", sys.EINVAL);
	} finally {
		sys.close(fd);
	}
}

/**
 * Copies owner, attributes, mode and times of a directory to the existing directory with an inode.
 */
export function copyDirectoryStatus(
	from: Source,
	root: number,
	path: string,
	notes: string,
	inode: bigint | undefined,
): void {
	const { status, attributes } = readEntry(from.root, from.path, notes);
	const to = sys.openBelow(root, path, sys.O_PATH | sys.O_DIRECTORY);
	try {
		// Another user can have put another directory there.
		if (sys.fstat(to).inode !== inode) throw new sys.SystemError("open", sys.EINVAL);
		finish(to, status, attributes, false);
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
			sys.hardLink(first, directory, name);
			return;
		}
		const to = sys.openAt(directory, name, sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 0o600);
		try {
			sys.copyData(file, to, status.size);
			const attributes = wanted(sys.readAttributes(file), options.notes);
			options.check?.("file", status, attributes);
			finish(to, status, attributes, true);
			if (status.nlink > 1) options.links.set(id, openForLinks(to, directory, name));
		} finally {
			sys.close(to);
		}
	} finally {
		sys.close(file);
	}
}

/**
 * Opens a copy again, for further names. While a descriptor for writing is open, no process can
 * execute the file.
 */
function openForLinks(copy: number, directory: number, name: string): number {
	const fd = sys.openBelow(directory, name, sys.O_PATH | sys.O_NOFOLLOW);
	const [one, other] = [sys.fstat(copy), sys.fstat(fd)];
	if (one.inode === other.inode && one.device === other.device) return fd;
	sys.close(fd); // another user has put another file there
	throw new sys.SystemError("open", sys.EINVAL);
}

function wanted(all: Map<string, Uint8Array>, notes: string): Map<string, Uint8Array> {
	for (const key of all.keys())
		if (key.startsWith(notes) || key === "security.selinux") all.delete(key);
	return all;
}

function copyDirectory(from: Source, directory: number, name: string, options: CopyOptions): void {
	sys.makeDirectory(directory, name, 0o700);
	const inode = inodeOfNew(directory, name);
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
	copyDirectoryStatus(from, directory, name, options.notes, inode);
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
	const { status, type, target, attributes } = readEntry(from.root, from.path, options.notes);
	options.check?.(type, status, attributes);
	if (typeOf(status) === "symlink") sys.makeLink(target, directory, name);
	else sys.makeNode(directory, name, status.mode, status.rdev);
	const to = sys.openBelow(directory, name, sys.O_PATH | sys.O_NOFOLLOW);
	try {
		// Another user can have put another file there.
		if (typeOf(sys.fstat(to)) !== typeOf(status)) throw new sys.SystemError("open", sys.EINVAL);
		finish(to, status, attributes, true);
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
