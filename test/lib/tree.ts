// SPDX-License-Identifier: BSD-2-Clause
// What a directory tree looks like, to see whether somebody changed it.
import { sh } from "./host.ts";

/** Name, type, mode, owner, size, time of change and target of everything in a tree. */
export async function tree(directory: string): Promise<string[]> {
	const format = "%P %y %m %U:%G %s %T@ %l\\n";
	return (await sh(["find", directory, "-xdev", "-printf", format])).split("\n").sort();
}

/** The same without sizes and times of directories, which change when an entry comes and goes. */
export async function names(directory: string): Promise<string[]> {
	const format = "%P %y %m %U:%G %l\\n";
	return (await sh(["find", directory, "-xdev", "-printf", format])).split("\n").sort();
}
