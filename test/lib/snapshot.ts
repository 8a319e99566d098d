// SPDX-License-Identifier: BSD-2-Clause
// Records all visible properties of a directory tree, to check that the tree has not changed.
import { sh } from "./host.ts";

const SCRIPT = `
	cd "$1"
	find . -xdev -printf '%P %y %m %U:%G %s %n %i %T@ %C@ %l\\n'
	find . -xdev -type f -print0 | xargs -0r sha256sum -z | tr '\\0' '\\n'`;

/**
 * Returns a line for each file in a tree: name, type, mode, owner, size, links, inode, times,
 * target and content.
 */
export async function snapshot(directory: string): Promise<string[]> {
	return (await sh(["sh", "-ceu", SCRIPT, "sh", directory])).split("\n").sort();
}

/** Returns the lines that only one of two snapshots has. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
	const [old, now] = [new Set(before), new Set(after)];
	return [
		...before.filter((line) => !now.has(line)).map((line) => `- ${line}`),
		...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
	];
}
