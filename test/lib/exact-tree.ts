// SPDX-License-Identifier: BSD-2-Clause
// Describes a directory tree with everything that a copy can lose.
import { sh } from "./host.ts";

/** Prints everything below a directory, but not the directory itself. */
const TREE = `cd "$1" && {
	find . -mindepth 1 ! -type d -printf '%p %y %m %U:%G %n %T@ %l\\n'
	find . -mindepth 1 -type d -printf '%p d %m %U:%G %T@\\n'
	find . -type f -exec md5sum {} +
	getfattr -dhR -m - . 2>/dev/null; } | sort`;

/**
 * Describes everything below a directory: names, types, modes, owners, times, hard links, targets,
 * contents and attributes.
 */
export function exactTree(dir: string): Promise<string> {
	return sh(["sh", "-c", TREE, "sh", dir]);
}
