// SPDX-License-Identifier: BSD-2-Clause
// Starts, finds and ends the detached containers of a test. The names of the containers contain the
// name of the test's box, so tests can run at the same time.
import { readdirSync, readFileSync, rmdirSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Box } from "./live.ts";
import { signal } from "./processes.ts";
import type { Running, RunOptions } from "./run.ts";
import { until } from "./until.ts";

/** The directory of root's control sockets. */
export const CONTROL = "/run/pflask";

/** The suffix of the file of a kept end. */
const END = ".end";

/**
 * The output of the probe's verb "knock" if a monitor refuses the client. The digit counts the
 * messages before the end of the connection: at most one message, with the reason.
 */
export const REFUSED: RegExp = /^closed [01]$/;

/** An object that runs the executable: a box, or the result of as() in account.ts. */
type Runner = Pick<Box, "run">;

/** Returns a name of a container that no other test uses. */
export function nameIn(box: Box, word: string): string {
	return `${basename(box.dir)}-${word}`;
}

/** Starts a detached container. Returns the pid that pflask prints: the pid of the monitor. */
export async function detach(
	runner: Runner,
	args: readonly string[],
	options: RunOptions = {},
): Promise<number> {
	const { status, out, err } = await runner.run(["--detach", ...args], options);
	if (status !== 0 || err !== "" || !/^\d+\n$/.test(out))
		throw new Error(`--detach ${args.join(" ")}: status ${status}: ${out}${err}`);
	return Number(out);
}

/** Tells whether a process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
	try {
		return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
	} catch {
		return false;
	}
}

/** Ends a container, and waits until the container is gone. */
export async function finish(
	runner: Runner,
	which: string | number,
	options: RunOptions = {},
): Promise<void> {
	const { status, err } = await runner.run(["--kill", "--kill-after=0", `${which}`], options);
	if (status !== 0) throw new Error(`--kill ${which}: status ${status}: ${err}`);
}

/**
 * Kills a monitor, and waits for the end. The container ends with its monitor. The monitor's socket
 * stays.
 */
export async function destroy(pid: number): Promise<void> {
	signal(pid, "SIGKILL");
	await until(`the end of ${pid}`, () => !isAlive(pid));
}

function entriesOf(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		return []; // The directory does not exist, so nothing is left in it.
	}
}

/**
 * Returns the entries of a control directory for a box or a pid, without the kept ends.
 */
export function traces(box: Box, pid?: number, directory: string = CONTROL): string[] {
	const mine = (name: string) => name.startsWith(basename(box.dir)) || name.startsWith(`${pid}.`);
	return entriesOf(directory).filter((name) => mine(name) && !name.endsWith(END));
}

/**
 * Returns the names of the files that keep how the containers of a box ended. The containers must
 * have names of nameIn().
 */
export function kept(box: Box, directory: string = CONTROL): string[] {
	const mine = (name: string) => name.startsWith(basename(box.dir)) && name.endsWith(END);
	return entriesOf(directory).filter(mine);
}

/**
 * Removes the kept ends of the containers of a box. Then removes the empty control directories of
 * test users.
 */
export function forgetAll(box: Box): void {
	const others = entriesOf("/tmp").filter((name) => name.startsWith("pflask-"));
	for (const directory of [CONTROL, ...others.map((name) => `/tmp/${name}`)]) {
		const ends = kept(box, directory);
		for (const name of ends) unlinkSync(`${directory}/${name}`);
		if (directory === CONTROL || ends.length === 0) continue;
		try {
			rmdirSync(directory);
		} catch {} // Other tests of the user use the directory.
	}
}

/** A container in the output of --list --json. */
export interface Listed {
	readonly name: string | null;
	readonly pid: number;
	readonly leader: number | null;
	readonly uid: number;
	readonly clients: number;
	readonly started: string | null;
	readonly command: string;
	readonly root: string;
}

/** Returns all running containers, including containers of other tests. */
export async function listed(runner: Runner, options: RunOptions = {}): Promise<Listed[]> {
	const { status, out, err } = await runner.run(["--list", "--json"], options);
	if (status !== 0) throw new Error(`--list: status ${status}: ${err}`);
	return JSON.parse(out).containers;
}

/** Returns the container with a name, or with a monitor's pid. */
export async function lookUp(runner: Runner, which: string | number): Promise<Listed | undefined> {
	return (await listed(runner)).find(({ name, pid }) => name === which || pid === which);
}

/** Returns the number of descriptors of a process. */
export function countDescriptors(pid: number): number {
	return readdirSync(`/proc/${pid}/fd`).length;
}

/**
 * Returns the number of descriptors of a monitor without clients. Counts several times, because
 * another test may connect for a moment.
 */
export async function descriptorsAtRest(runner: Runner, pid: number): Promise<number> {
	let least = Number.POSITIVE_INFINITY;
	for (let times = 0; times < 5; times++) {
		await listed(runner); // An answer shows that the monitor has closed all ended connections.
		least = Math.min(least, countDescriptors(pid));
	}
	return least;
}

/** Tells whether a process is in poll(2), or ppoll(2) on arm64, without a time limit. */
function isInEndlessPoll(pid: number): boolean {
	try {
		const call = readFileSync(`/proc/${pid}/syscall`, "latin1");
		return /^(7( 0x\w+){2} 0x(f{8}){1,2}|73( 0x\w+){2} 0x0) /.test(call);
	} catch {
		return false; // The process has ended.
	}
}

/**
 * Starts --wait with the options `more`, and waits until all monitors have the requests. pflask
 * sends the requests, and then waits without a time limit.
 */
export async function startWaiting(
	runner: Pick<Box, "run" | "start">,
	which: string | number,
	more: readonly string[] = [],
): Promise<Running> {
	const running = runner.start([`--wait=${which}`, ...more]);
	const ended = running.ended.then(({ err }) => {
		throw new Error(`--wait=${which} has ended: ${err}`);
	});
	const waiting = until(`${which} is waited for`, () => isInEndlessPoll(running.pid));
	await Promise.race([waiting, ended]);
	ended.catch(() => undefined);
	await listed(runner); // An answer shows that a monitor has read all earlier requests.
	return running;
}
