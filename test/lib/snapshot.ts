// SPDX-License-Identifier: BSD-2-Clause
// Everything about a tree that can be told from outside, to see that nothing has changed in it.
import { sh } from "./host.ts";

const SCRIPT = `
	cd "$1"
	find . -xdev -printf '%P %y %m %U:%G %s %n %i %T@ %C@ %l\\n'
	find . -xdev -type f -print0 | xargs -0r sha256sum -z | tr '\\0' '\\n'`;

/** Name, type, mode, owner, size, links, inode, times, target and content of all in a tree. */
export async function snapshot(directory: string): Promise<string[]> {
	return (await sh(["sh", "-ceu", SCRIPT, "sh", directory])).split("\n").sort();
}

/** What is in one of two snapshots only. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
	const [old, now] = [new Set(before), new Set(after)];
	return [
		...before.filter((line) => !now.has(line)).map((line) => `- ${line}`),
		...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
	];
}
