// SPDX-License-Identifier: BSD-2-Clause
// Reads files of the machine, and runs programs of the machine.
import { readFileSync } from "node:fs";
import { errorText, PflaskError } from "@pflask/runtime/internal";
import { EIO } from "@pflask/runtime/numbers";

/**
 * The directories of the system's programs. PATH is ignored, because this program may run as root.
 */
const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** The machine whose files are read or changed. */
export interface Where {
	/**
	 * A directory that stands for the root directory. Default: "/". With another directory, only
	 * the files below the directory count: no name service is queried, and no program is run to
	 * change the files.
	 */
	readonly root?: string;
}

/** Tells whether a root directory is the root directory of the running machine. */
export function isHere(root: string): boolean {
	return root === "/";
}

/** Returns the path of a file of a machine. */
export function pathOf(root: string, path: string): string {
	return `${root.replace(/\/+$/, "")}${path}`;
}

/** Returns the text of a file, or "" if the file is missing or cannot be read. */
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

/** Runs a program of the system. Returns the output, or undefined if the program failed. */
export function output(name: string, ...args: readonly string[]): string | undefined {
	const path = program(name);
	if (path === undefined) return undefined;
	const { exitCode, stdout } = Bun.spawnSync([path, ...args], {
		env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
		stdio: ["ignore", "pipe", "ignore"],
	});
	return exitCode === 0 ? stdout.toString() : undefined;
}

/** Calls a function that works on a file, and converts its errors to PflaskErrors. */
export function working<T>(operation: string, path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (error instanceof PflaskError) throw error;
		const errno = errnoOf(error);
		throw new PflaskError(`cannot ${operation} ${path}: ${errorText(errno)}`, {
			code: "setup",
			operation,
			subject: path,
			errno,
		});
	}
}

/** Returns the kernel's error number of a file system error. */
export function errnoOf(error: unknown): number {
	const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
	return typeof errno === "number" ? Math.abs(errno) : EIO;
}
