// SPDX-License-Identifier: BSD-2-Clause
import { PflaskError } from "@pflask/runtime";
import { find, send, type Which, wait } from "@pflask/runtime/control";

const SIGKILL = 9;
const GRACE = 10_000;
const ESRCH = 3;

/** How a container is killed. */
export interface KillOptions {
	/** The signal. Default: what ends the command, TERM or for a booted init its kill signal. */
	readonly signal?: number;
	/**
	 * Milliseconds after which it is killed, if it has not ended. Default: 10000, or where a signal
	 * is given: never, and its end is not waited for.
	 */
	readonly killAfter?: number;
}

/** Sends a signal to the command of a container, and unless it is only that, sees to its end. */
export function kill(which: Which, options: KillOptions = {}): void {
	const { signal = 0, killAfter = options.signal === undefined ? GRACE : undefined } = options;
	// The pid of the monitor is that of this container for as long as it has not ended.
	const { monitorPid } = find(which);
	send(monitorPid, signal);
	if (killAfter === undefined || ended(monitorPid, killAfter)) return;
	unlessGone(() => send(monitorPid, SIGKILL));
	ended(monitorPid, -1);
}

function ended(pid: number, timeoutMs: number): boolean {
	return unlessGone(() => wait(pid, timeoutMs) !== undefined) ?? true;
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
