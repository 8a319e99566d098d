// SPDX-License-Identifier: BSD-2-Clause
import { readFileSync } from "node:fs";
import { PflaskError } from "@pflask/runtime";
import { DEFAULTS, find, send, type Which, wait } from "@pflask/runtime/control";
import { ESRCH, SIGKILL } from "@pflask/runtime/numbers";

/** How a container is killed. */
export interface KillOptions {
	/** The signal. Default: what ends the command, TERM or for a booted init its kill signal. */
	readonly signal?: number;
	/**
	 * Milliseconds after which the container is killed, if it has not ended. Default: that of
	 * `killAfter` in a spec. Where a signal is given the default is never, and the end of the
	 * container is not waited for.
	 */
	readonly killAfter?: number;
}

/** Sends a signal to the command of a container, and unless it is only that, sees to its end. */
export function kill(which: Which, options: KillOptions = {}): void {
	const grace = options.signal === undefined ? DEFAULTS.killAfter : undefined;
	const { signal = 0, killAfter = grace } = options;
	const { uid, monitorPid } = find(which);
	// The monitor has this pid for as long as the container has not ended; a name may be given anew.
	const same = `${uid}/${monitorPid}`;
	send(same, signal);
	if (killAfter === undefined) return;
	if (!ended(same, killAfter)) {
		unlessGone(() => send(same, SIGKILL));
		ended(same, -1);
	}
	awaitEnd(monitorPid);
}

/** A monitor removes its socket before it ends: nothing is left of it a moment later. */
function awaitEnd(pid: number): void {
	for (let left = 1000; left > 0 && isAlive(pid); left--) Bun.sleepSync(1);
}

/** Tells whether a process is there, as no zombie. */
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

/** Returns undefined where there is no such container any more. */
function unlessGone<T>(act: () => T): T | undefined {
	try {
		return act();
	} catch (error) {
		if (error instanceof PflaskError && error.errno === ESRCH) return undefined;
		throw error;
	}
}
