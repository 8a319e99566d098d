// SPDX-License-Identifier: BSD-2-Clause
// Lock files as shadow's tools make them (lib/commonio.c there): FILE.lock is a hard link to
// FILE.PID, which holds the pid. A link can not replace anything, so that only one can have it.
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
import { lockFile, PflaskError } from "@pflask/runtime";
import { EEXIST, ENOENT, EPERM } from "@pflask/runtime/numbers";
import { errnoOf, working } from "./files.ts";

/** How long a lock is waited for unless said otherwise, milliseconds: as long as lckpwdf(3). */
export const PATIENCE = 15_000;
const PAUSE = 50;

/**
 * Calls a function while this process holds the locks of some files. Waits for `patience`
 * milliseconds, then throws a PflaskError. The lock of a process that has died is taken over.
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

/** Takes the lock if nobody alive has it. */
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

/** Where a file system only pretends to make links, a lock would be none. */
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
 * Removes the lock of a process that has died. Others may want to as well, and one of them may have
 * the next lock by now: so only who holds a lock on the file itself (flock(2)) removes it, and only
 * while it is the file that has this name.
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

/** Returns the pid in a lock file; undefined where there is none, or no lock any more. */
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
		`lock ${file}: ${pid === undefined ? `${lock} is there` : `process ${pid} has it`}`,
		{
			code: "setup",
			operation: "lock",
			subject: file,
			hint: pid === undefined ? `sudo rm ${lock}` : `ps ${pid}`,
		},
	);
}
