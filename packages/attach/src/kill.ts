// SPDX-License-Identifier: BSD-2-Clause
import { readFileSync } from "node:fs";
import { PflaskError } from "@pflask/runtime";
import { DEFAULTS, find, send, type Which, wait } from "@pflask/runtime/control";
import { ESRCH, SIGKILL } from "@pflask/runtime/numbers";

/** The options of kill(). */
export interface KillOptions {
	/**
	 * The signal. Default: the signal that ends the command, which is TERM, or the kill signal of a
	 * booted init.
	 */
	readonly signal?: number;
	/**
	 * The time in milliseconds after which a container that still runs is killed. Default: the
	 * default of `killAfter` in a spec. With `signal`, the default is never, and kill() does not
	 * wait for the end.
	 */
	readonly killAfter?: number;
}

/** Sends a signal to the command of a container, and kills the container after `killAfter`. */
export function kill(which: Which, options: KillOptions = {}): void {
	const grace = options.signal === undefined ? DEFAULTS.killAfter : undefined;
	const { signal = 0, killAfter = grace } = options;
	const { uid, monitorPid } = find(which);
	// Use the pid of the monitor, which stays valid until the container ends. Another container may
	// take over the name.
	const same = `${uid}/${monitorPid}`;
	send(same, signal);
	if (killAfter === undefined) return;
	if (!ended(same, killAfter)) {
		unlessGone(() => send(same, SIGKILL));
		ended(same, -1);
	}
	awaitEnd(monitorPid);
}

/** Waits until a monitor has ended. The monitor removes its socket shortly before it ends. */
function awaitEnd(pid: number): void {
	for (let tries = 1000; tries > 0 && isAlive(pid); tries--) Bun.sleepSync(1);
}

/** Tells whether a process exists and is not a zombie. */
function isAlive(pid: number): boolean {
	try {
		return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
	} catch {
		return false;
	}
}

function ended(which: Which, timeoutMs: number): boolean {
	return unlessGone(() => wait(which, timeoutMs) !== undefined) ?? true;
}

/** Calls a function. Returns undefined if the container no longer exists. */
function unlessGone<T>(act: () => T): T | undefined {
	try {
		return act();
	} catch (error) {
		if (error instanceof PflaskError && error.errno === ESRCH) return undefined;
		throw error;
	}
}
