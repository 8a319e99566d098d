// SPDX-License-Identifier: BSD-2-Clause
// Lists a directory tree, so that a test can see changes.
import { sh } from "./host.ts";

/**
 * Returns a line for each file in a tree: name, type, mode, owner, size, time of modification and
 * target.
 */
export async function tree(directory: string): Promise<string[]> {
	const format = "%P %y %m %U:%G %s %T@ %l\\n";
	return (await sh(["find", directory, "-xdev", "-printf", format])).split("\n").sort();
}

/**
 * Returns the lines of tree() without sizes and times. The size and time of a directory change with
 * its entries.
 */
export async function names(directory: string): Promise<string[]> {
	const format = "%P %y %m %U:%G %l\\n";
	return (await sh(["find", directory, "-xdev", "-printf", format])).split("\n").sort();
}
