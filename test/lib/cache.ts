// SPDX-License-Identifier: BSD-2-Clause
// Makes directories that take long to make. Each directory is made once, and kept between runs.
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { sh } from "./host.ts";
import { CACHE } from "./paths.ts";

/**
 * Returns the path of a directory in the cache. If the directory does not exist, runs a script with
 * the path and the words as its arguments. The script calls makeOnce().
 */
export async function cached(name: string, script: string, ...words: string[]): Promise<string> {
	const directory = `${CACHE}/${name}`;
	if (existsSync(directory)) return directory;
	mkdirSync(CACHE, { recursive: true });
	// A mount namespace hides the mounts of debootstrap. Otherwise another test would report these
	// mounts as leftovers.
	const alone = ["unshare", "--mount", process.execPath, script, directory, ...words];
	await sh(["flock", `${CACHE}/lock`, ...alone], 900_000);
	return directory;
}

/** Makes a directory under a lock, unless another process made the directory first. */
export async function makeOnce(
	directory: string,
	make: (unfinished: string) => Promise<void>,
): Promise<void> {
	if (existsSync(directory)) return;
	const unfinished = `${directory}.new`;
	await sh(["rm", "-rf", "--one-file-system", unfinished]);
	await make(unfinished);
	renameSync(unfinished, directory);
}
