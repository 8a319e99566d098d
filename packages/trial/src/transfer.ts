// SPDX-License-Identifier: BSD-2-Clause
// Changes a tree: puts some entries at their places, and removes other entries. Directories and
// temporary copies come first, then the renames, then the removals, and at the end the status of
// directories. With this order, the tree is correct at each moment. Every step can be done again,
// so a second transfer can finish an interrupted transfer.
import * as sys from "@pflask/runtime/syscalls";
import {
	type Check,
	copyDirectoryStatus,
	copyTo,
	inodeOfNew,
	type Links,
	removeTree,
	type Source,
} from "./copy.ts";
import { typeOf } from "./entry.ts";
import type { FileType } from "./manifest.ts";

/** A path of a tree, below an open directory. */
export interface Place {
	readonly root: number;
	readonly path: string;
}

/** Puts a copy of an entry at a place. */
export interface Put {
	readonly to: Place;
	readonly from: Source;
	/** Whether a directory comes with everything below. */
	readonly tree: boolean;
	readonly type: FileType;
	/** The inode of a directory at the place. The directory keeps its entries. */
	readonly inode?: bigint | undefined;
	readonly check?: Check | undefined;
}

/** Removes the entry at a place. */
export interface Removal {
	readonly to: Place;
	/** Whether to remove a directory that is not empty. */
	readonly tree: boolean;
}

/** Sets the times of a directory with changed entries. */
export interface Times {
	readonly to: Place;
	readonly atime: bigint;
	readonly mtime: bigint;
}

export interface Transfer {
	/**
	 * A part of all temporary names. No other transfer at the same time may have this part.
	 */
	readonly id: string;
	/** The prefix of the attributes that are not copied. */
	readonly notes: string;
	/** Whether a transfer with this id was begun before. */
	readonly again: boolean;
	/** The parents come before their entries. */
	readonly puts: readonly Put[];
	readonly removals: readonly Removal[];
	readonly times: readonly Times[];
}

/** Returns the temporary name of an entry, or the beginning of all temporary names. */
export function temporaryName(id: string, index: number | "" = ""): string {
	return `.pflask-${id}-${index}`;
}

/** Returns the path of the parent directory and the last name. */
export function splitPath(path: string): [parent: string, name: string] {
	const slash = path.lastIndexOf("/");
	return slash < 0 ? ["", path || "."] : [path.slice(0, slash), path.slice(slash + 1)];
}

let last: { root: number; path: string; fd: number } | undefined;

/** Closes the directory that parentOf() has opened. */
export function closeParent(): void {
	if (last !== undefined) sys.close(last.fd);
	last = undefined;
}

/** Opens the parent directory of a place. The descriptor is valid until the next call. */
export function parentOf({ root, path }: Place): [directory: number, name: string] {
	const [parent, name] = splitPath(path);
	if (last?.root !== root || last.path !== parent) {
		closeParent();
		const fd = sys.openBelow(root, parent, sys.O_RDONLY | sys.O_DIRECTORY);
		last = { root, path: parent, fd };
	}
	return [last.fd, name];
}

/** Returns the status at a place, or undefined if nothing is there. */
export function statusAt(place: Place): sys.Status | undefined {
	try {
		return sys.statAt(...parentOf(place));
	} catch (error) {
		if ([sys.ENOENT, sys.ENOTDIR].includes(sys.errnoOf(error))) return undefined;
		throw error;
	}
}

/**
 * Makes a missing directory. If an entry of another type is at the place, replaces the entry.
 * Returns the inode of the directory. Another user can put another directory in its place later.
 */
function makeDirectory({ to, inode }: Put, temporary: string, again: boolean): bigint {
	const [directory, name] = parentOf(to);
	if (again) removeTree(directory, temporary);
	const status = sys.statAt(directory, name);
	if (status && typeOf(status) === "dir") return inode ?? status.inode;
	if (status === undefined) {
		sys.makeDirectory(directory, name, 0o700);
		return inodeOfNew(directory, name);
	}
	removeTree(directory, temporary);
	sys.makeDirectory(directory, temporary, 0o700);
	const made = inodeOfNew(directory, temporary);
	sys.exchange(directory, temporary, name);
	sys.unlink(directory, temporary);
	return made;
}

/** Gives a temporary copy its name. */
function place({ to }: Put, temporary: string, again: boolean): void {
	const [directory, name] = parentOf(to);
	try {
		sys.rename(directory, temporary, name);
	} catch (error) {
		const number = sys.errnoOf(error);
		if (![sys.EISDIR, sys.ENOTDIR, sys.EEXIST, sys.ENOTEMPTY].includes(number)) throw error;
		sys.exchange(directory, temporary, name); // leaves the old entry
		removeTree(directory, temporary);
	}
	// A rename of one hard link to another hard link of the file leaves both names.
	if (again) removeTree(directory, temporary);
}

/**
 * Removes the entry at a place. A directory disappears in one step, so no process sees a part of
 * the directory.
 */
function remove({ to, tree }: Removal, temporary: string): void {
	const status = statusAt(to);
	// An interrupted step may have left a part of the directory.
	if (tree && isReachable(to)) removeTree(parentOf(to)[0], temporary);
	if (status === undefined) return;
	const [directory, name] = parentOf(to);
	const isDirectory = typeOf(status) === "dir";
	if (!isDirectory || !tree) {
		sys.unlink(directory, name, isDirectory);
		return;
	}
	sys.rename(directory, name, temporary);
	removeTree(directory, temporary);
}

/** Tells whether the parent directory of a place exists. */
export function isReachable({ root, path }: Place): boolean {
	const status = statusAt({ root, path: splitPath(path)[0] });
	return status !== undefined && typeOf(status) === "dir";
}

function setTimes({ to, atime, mtime }: Times): void {
	try {
		const fd = sys.openBelow(to.root, to.path, sys.O_RDONLY | sys.O_DIRECTORY);
		try {
			sys.setTimes(fd, atime, mtime);
		} finally {
			sys.close(fd);
		}
	} catch (error) {
		// The directory is gone, or belongs to another user, like /tmp.
		if (![sys.EPERM, sys.ENOENT, sys.ENOTDIR].includes(sys.errnoOf(error))) throw error;
	}
}

/** Turns the error of a failed step into an error that names the path. */
export type Failed = (path: string, error: unknown) => unknown;

function each<T extends { readonly to: Place }>(
	all: Iterable<readonly [number, T]>,
	failed: Failed,
	act: (one: T, index: number) => void,
): void {
	for (const [index, one] of all) {
		try {
			act(one, index);
		} catch (error) {
			throw failed(one.to.path, error);
		}
	}
}

function syncAll(puts: readonly { readonly to: Place }[]): void {
	for (const root of new Set(puts.map(({ to }) => to.root))) sys.syncfs(root);
}

/** Carries out a transfer. The new contents are on the disk before any name changes. */
export function transfer(all: Transfer, failed: Failed): void {
	const { id, notes, again, removals, times } = all;
	const links: Links = new Map();
	const temporary = (index: number) => temporaryName(id, index);
	const puts = [...all.puts.entries()];
	const isEmpty = ({ type, tree }: Put) => type === "dir" && !tree;
	const copies = puts.filter(([, put]) => !isEmpty(put));
	const directories = puts.filter(([, put]) => isEmpty(put));
	const inodes = new Map<Put, bigint>();
	const mask = sys.umask(0); // without a umask, mknod(2) sets the exact mode
	try {
		each(puts, failed, (put, index) => {
			if (isEmpty(put)) return void inodes.set(put, makeDirectory(put, temporary(index), again));
			const options = { notes, links, tree: put.tree, type: put.type, check: put.check };
			copyTo(put.from, parentOf(put.to)[0], temporary(index), options);
		});
		syncAll(copies.map(([, put]) => put));
		each(copies, failed, (put, index) => place(put, temporary(index), again));
		each([...removals.entries()].reverse(), failed, (removal, index) =>
			remove(removal, temporary(puts.length + index)),
		);
		each(directories.reverse(), failed, (put) =>
			copyDirectoryStatus(put.from, put.to.root, put.to.path, notes, inodes.get(put)),
		);
		each(times.entries(), failed, setTimes);
		syncAll([...all.puts, ...removals]);
	} finally {
		sys.umask(mask);
		closeParent();
		for (const fd of links.values()) sys.close(fd);
	}
}
