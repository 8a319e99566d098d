// SPDX-License-Identifier: BSD-2-Clause
// Locks files as shadow's tools do (lib/commonio.c in shadow): FILE.lock is a hard link to
// FILE.PID, which holds the pid. Making a link never replaces a file, so only one process gets the
// lock.
import {
	closeSync,
	fstatSync,
	linkSync,
	openSync,
	readFileSync,
	rmSync,
	statSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { lockFile, PflaskError } from "@pflask/runtime/internal";
import { EEXIST, ENOENT, EPERM } from "@pflask/runtime/numbers";
import { errnoOf, working } from "./files.ts";

/** The default time to wait for a lock, milliseconds, as in lckpwdf(3). */
export const PATIENCE = 15_000;
const PAUSE = 50;

/**
 * Calls a function while this process holds the locks of some files. Waits up to `patience`
 * milliseconds, then throws a PflaskError. Takes over the lock of a process that has died.
 */
export async function withLocks<T>(
	files: readonly string[],
	patience: number,
	action: () => T,
): Promise<T> {
	const [file, ...others] = files;
	if (file === undefined) return action();
	await acquire(file, patience);
	try {
		return await withLocks(others, patience, action);
	} finally {
		rmSync(`${file}.lock`, { force: true });
	}
}

async function acquire(file: string, patience: number): Promise<void> {
	const end = performance.now() + patience;
	while (!working("lock", file, () => take(file))) {
		if (performance.now() >= end) throw held(file);
		await Bun.sleep(PAUSE);
	}
}

/** Takes the lock unless a running process holds it. */
function take(file: string): boolean {
	const own = `${file}.${process.pid}`;
	rmSync(own, { force: true });
	writeFileSync(own, `${process.pid}\0`, { flag: "wx", mode: 0o600 });
	try {
		if (link(own, file)) return true;
		return removeDead(file) && link(own, file);
	} finally {
		unlinkSync(own);
	}
}

/**
 * Makes the lock file. Checks the number of links, because some file systems only pretend to make a
 * link, and such a link is no lock.
 */
function link(own: string, file: string): boolean {
	try {
		linkSync(own, `${file}.lock`);
	} catch (error) {
		if (errnoOf(error) === EEXIST) return false;
		throw error;
	}
	return statSync(own).nlink === 2;
}

/**
 * Removes the lock of a process that has died. Another process may remove the lock at the same
 * moment, and a third process may already hold a new lock. So the function first calls flock(2) on
 * the file, and removes the file only if the file still has the name of the lock.
 */
function removeDead(file: string): boolean {
	const lock = `${file}.lock`;
	const fd = openIfThere(lock);
	if (fd === undefined) return false;
	try {
		const pid = pidIn(readFileSync(fd, "latin1"));
		if (pid === undefined || isAlive(pid) || !lockFile(fd) || !isNameOf(lock, fd)) return false;
		unlinkSync(lock);
		return true;
	} finally {
		closeSync(fd);
	}
}

function openIfThere(path: string): number | undefined {
	try {
		return openSync(path, "r");
	} catch (error) {
		if (errnoOf(error) === ENOENT) return undefined;
		throw error;
	}
}

function isNameOf(path: string, fd: number): boolean {
	const [named, open] = [statSync(path, { throwIfNoEntry: false }), fstatSync(fd)];
	return named?.ino === open.ino && named.dev === open.dev;
}

/** Returns the pid in a lock file; undefined if the file holds no pid or is gone. */
function holder(lock: string): number | undefined {
	try {
		return pidIn(readFileSync(lock, "latin1"));
	} catch {
		return undefined;
	}
}

function pidIn(text: string): number | undefined {
	const [, pid] = /^(\d+)\0?$/.exec(text) ?? [];
	return pid === undefined ? undefined : Number(pid);
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errnoOf(error) === EPERM;
	}
}

function held(file: string): PflaskError {
	const lock = `${file}.lock`;
	const pid = holder(lock);
	return new PflaskError(
		`cannot lock ${file}: ${pid === undefined ? `${lock} exists` : `locked by process ${pid}`}`,
		{
			code: "setup",
			operation: "lock",
			subject: file,
			hint: pid === undefined ? `sudo rm ${lock}` : `ps ${pid}`,
		},
	);
}
