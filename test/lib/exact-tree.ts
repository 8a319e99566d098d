// SPDX-License-Identifier: BSD-2-Clause
// Describes a directory tree with all properties that a copy can lose.
import { closeSync, fstatSync, openSync } from "node:fs";
import * as sys from "../../packages/runtime/src/syscalls.ts";
import { attributesOf } from "./attributes.ts";
import { sh } from "./host.ts";

/** Prints everything below a directory, but not the directory itself. */
const TREE = `cd "$1" && {
	find . -mindepth 1 ! -type d -printf '%p %y %m %U:%G %n %T@ %l\\n'
	find . -mindepth 1 -type d -printf '%p d %m %U:%G %T@\\n'
	find . -type f -exec md5sum {} +; } | sort`;

/**
 * Yields a line for each extended attribute below a directory. An access control list is an
 * attribute.
 */
function* attributesBelow(directory: number, path: string): Generator<string> {
	for (const name of sys.listNames(directory)) {
		const here = `${path}/${name}`;
		const fd = sys.openBelow(directory, name, sys.O_PATH | sys.O_NOFOLLOW);
		for (const [key, value] of attributesOf(fd))
			yield `${JSON.stringify(here)} ${key}=${Buffer.from(value).toString("hex")}\n`;
		if (fstatSync(fd).isDirectory()) {
			const below = sys.openBelow(fd, "", sys.O_RDONLY | sys.O_DIRECTORY);
			yield* attributesBelow(below, here);
			sys.close(below);
		}
		sys.close(fd);
	}
}

/**
 * Describes everything below a directory: names, types, modes, owners, times, hard links, targets,
 * contents and attributes.
 */
export async function exactTree(dir: string): Promise<string> {
	const text = await sh(["sh", "-c", TREE, "sh", dir]);
	const fd = openSync(dir, "r");
	try {
		return text + [...attributesBelow(fd, ".")].join("");
	} finally {
		closeSync(fd);
	}
}
