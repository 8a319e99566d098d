// SPDX-License-Identifier: BSD-2-Clause
// The files and programs of the machine that are read here.
import { readFileSync } from "node:fs";
import { errorText, PflaskError } from "@pflask/runtime";
import { EIO } from "@pflask/runtime/numbers";

/** Where the programs of the system are, whatever PATH says: this may run as root. */
const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Which machine is meant. */
export interface Where {
	/**
	 * A directory that stands for the root directory. Only the files below it count then: name
	 * services are not asked, and no program changes them for us. Default: "/".
	 */
	readonly root?: string;
}

/** Tells whether it is the machine that this program runs on. */
export function isHere(root: string): boolean {
	return root === "/";
}

/** Returns where a file of a machine is. */
export function pathOf(root: string, path: string): string {
	return `${root.replace(/\/+$/, "")}${path}`;
}

/** Returns the text of a file, "" where there is none or it can not be read. */
export function readText(root: string, path: string): string {
	try {
		return readFileSync(pathOf(root, path), "utf8");
	} catch {
		return "";
	}
}

/** Returns the path of a program of the system, or undefined. */
export function program(name: string): string | undefined {
	return Bun.which(name, { PATH: SYSTEM_PATH }) ?? undefined;
}

/** Runs a program of the system. Returns what it printed, or undefined where it failed. */
export function output(name: string, ...args: readonly string[]): string | undefined {
	const path = program(name);
	if (path === undefined) return undefined;
	const { exitCode, stdout } = Bun.spawnSync([path, ...args], {
		env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
		stdio: ["ignore", "pipe", "ignore"],
	});
	return exitCode === 0 ? stdout.toString() : undefined;
}

/** Calls a function that works on a file, and makes its errors ours. */
export function working<T>(operation: string, path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (error instanceof PflaskError) throw error;
		const errno = errnoOf(error);
		throw new PflaskError(`${operation} ${path}: ${errorText(errno)}`, {
			code: "setup",
			operation,
			subject: path,
			errno,
		});
	}
}

/** Returns the kernel's error number of an error of the file system. */
export function errnoOf(error: unknown): number {
	const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
	return typeof errno === "number" ? Math.abs(errno) : EIO;
}
