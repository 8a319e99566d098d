// SPDX-License-Identifier: BSD-2-Clause
// Every process that comes from a test stays below this one, also when its parent dies, so that
// what a test leaves behind can be told from what others do on this machine at the same time.
import { dlopen } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

const libc = dlopen("libc.so.6", {
	prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
	waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
});
libc.symbols.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

/** A process as /proc/PID/stat shows it. */
export interface Process {
	readonly pid: number;
	readonly parent: number;
	/** "R", "S", "Z" and so on, see proc(5). */
	readonly state: string;
	readonly name: string;
}

function read(pid: number): Process | undefined {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, "latin1");
		const [state = "", parent = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
		const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
		return { pid, parent: Number(parent), state, name };
	} catch {
		return undefined; // It ended in the meantime.
	}
}

function readAll(): Process[] {
	return readdirSync("/proc")
		.map(Number)
		.filter((pid) => pid > 0)
		.map(read)
		.filter((process) => process !== undefined);
}

/**
 * All processes of the machine. /proc is not read in one moment: a parent that ends meanwhile would
 * hide its children, which have another parent by then. So the list is read until every parent is
 * in the list.
 */
export function processes(): Process[] {
	for (;;) {
		const list = readAll();
		const pids = new Set(list.map(({ pid }) => pid));
		if (list.every(({ parent }) => parent === 0 || pids.has(parent))) return list;
	}
}

/** The live processes below a process (default: this one). */
export function descendants(of: number = process.pid): Process[] {
	const everything = processes();
	const found: Process[] = [];
	const parents = [of];
	for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
		for (const process of everything) {
			if (process.parent !== parent) continue;
			parents.push(process.pid);
			if (process.state !== "Z" && process.state !== "X") found.push(process);
		}
	}
	return found;
}

/**
 * Waits, as init would, for dead processes of a name that have come to this one by the death of
 * their parents. Until then a pid namespace that they were in does not end, and the kernel counts
 * them as processes of their user. Without a name: for all of them, where no child of this process
 * is running.
 */
export function reapOrphans(name?: string): void {
	for (const orphan of processes())
		if (
			orphan.parent === process.pid &&
			orphan.state === "Z" &&
			(name === undefined || orphan.name === name)
		)
			libc.symbols.waitpid(orphan.pid, null, WNOHANG);
}

/** The command line of a process, for messages. */
export function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim();
	} catch {
		return "";
	}
}

/** Sends a signal; a process that has ended is no error. */
export function signal(pid: number, number: number | NodeJS.Signals): void {
	try {
		process.kill(pid, number);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}
