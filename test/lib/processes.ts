// SPDX-License-Identifier: BSD-2-Clause
// Makes this process adopt each orphan of a test. All processes of the test are then descendants of
// this process, so the harness finds leftover processes.
import { dlopen } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

const libc = dlopen("libc.so.6", {
	prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
	waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
});
libc.symbols.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

/** The facts in /proc/PID/stat about a process. */
export interface Process {
	readonly pid: number;
	readonly parent: number;
	/** The state: "R", "S", "Z" and so on (proc_pid_stat(5)). */
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
		return undefined; // The process ended in the meantime.
	}
}

/** An open file of a process. */
export interface OpenFile {
	readonly fd: number;
	/** The target of /proc/PID/fd/FD: a path, or "pipe:[N]" and the like. */
	readonly target: string;
}

/** Returns the open files of a process. A process that has ended has no open files. */
export function openFiles(pid: number | "self"): OpenFile[] {
	const directory = `/proc/${pid}/fd`;
	try {
		return readdirSync(directory).flatMap((name) => {
			try {
				return [{ fd: Number(name), target: readlinkSync(`${directory}/${name}`) }];
			} catch {
				return []; // The descriptor has been closed in the meantime.
			}
		});
	} catch {
		return [];
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
 * Returns all processes of the machine. If a parent ends while /proc is read, its children get
 * another parent, and a list could miss the children. So this function reads /proc again until the
 * list contains every parent.
 */
export function processes(): Process[] {
	for (;;) {
		const list = readAll();
		const pids = new Set(list.map(({ pid }) => pid));
		if (list.every(({ parent }) => parent === 0 || pids.has(parent))) return list;
	}
}

/** Returns the live processes below a process (default: this process). */
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
 * Reaps dead processes that this process has adopted. An unreaped process keeps its pid namespace
 * alive, and counts as a process of its user. With a name, reaps only the processes with this name.
 * Without a name, reaps all children, so no child of this process may be running.
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

/** Returns the command line of a process, for messages. */
export function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim();
	} catch {
		return "";
	}
}

/** Sends a signal. Ignores the error if the process has ended. */
export function signal(pid: number, number: number | NodeJS.Signals): void {
	try {
		process.kill(pid, number);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}
