// SPDX-License-Identifier: BSD-2-Clause
// Lock files as shadow's tools make them (lib/commonio.c there): FILE.lock is a hard link to
// FILE.PID, which holds the pid. A link can not replace anything, so that only one can have it.
import {
	linkSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { PflaskError } from "@pflask/runtime";
import { errnoOf, working } from "./files.ts";

const EPERM = 1;
const ENOENT = 2;
const EEXIST = 17;

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
	return unless(EEXIST, () => linkSync(own, `${file}.lock`)) && statSync(own).nlink === 2;
}

/**
 * Removes the lock of a process that has died. Another one may do the same and have the lock by
 * now: what was moved aside is looked at again, and put back if it is not what it was.
 */
function removeDead(file: string): boolean {
	const lock = `${file}.lock`;
	const aside = `${file}.${process.pid}.dead`;
	const pid = holder(lock);
	if (pid === undefined || isAlive(pid) || !unless(ENOENT, () => renameSync(lock, aside)))
		return false;
	const same = holder(aside) === pid;
	if (!same) unless(EEXIST, () => linkSync(aside, lock));
	unlinkSync(aside);
	return same;
}

/** Tells whether an action was done, rather than failed with the error that is expected. */
function unless(errno: number, action: () => void): boolean {
	try {
		action();
		return true;
	} catch (error) {
		if (errnoOf(error) !== errno) throw error;
		return false;
	}
}

/** Returns the pid in a lock file; undefined where there is none, or no lock any more. */
function holder(lock: string): number | undefined {
	try {
		const [, pid] = /^(\d+)\0?$/.exec(readFileSync(lock, "latin1")) ?? [];
		return pid === undefined ? undefined : Number(pid);
	} catch {
		return undefined;
	}
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
