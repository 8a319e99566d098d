// SPDX-License-Identifier: BSD-2-Clause
// Refuses changes of the trial itself. The directory of a trial can lie in the root of the
// container. The command can change its own view of these files, for example of the manifest. Such
// a change must not reach the directory, because the manifest and the journal control --apply and
// --revert.
import * as sys from "@pflask/runtime/syscalls";
import type { Item } from "./apply.ts";
import { visibleText } from "./diff.ts";
import { splitPath, statusAt, temporaryName } from "./transfer.ts";
import { type Trial, trialError } from "./trial.ts";

const identity = ({ device, inode }: sys.Status): string => `${device}:${inode}`;

/**
 * Returns the identities of a directory and of all directories above. The lowest directory comes
 * first.
 */
function directoriesFrom(directory: number): string[] {
	const found: string[] = [];
	let fd = sys.duplicate(directory);
	for (;;) {
		const here = identity(sys.fstat(fd));
		if (found.at(-1) === here) break; // the root is above itself
		found.push(here);
		const above = sys.openAt(fd, "..", sys.O_PATH | sys.O_DIRECTORY);
		sys.close(fd);
		fd = above;
	}
	sys.close(fd);
	return found;
}

/**
 * Returns the device and the inode at a path. Returns undefined if nothing is there, or if the path
 * leads through a symbolic link or into another mount.
 */
function identityAt(root: number, path: string): string | undefined {
	try {
		const status = statusAt({ root, path });
		return status && identity(status);
	} catch (error) {
		if (![sys.EXDEV, sys.ELOOP].includes(sys.errnoOf(error))) throw error;
		return undefined; // a conflict
	}
}

/** Tells whether a change leaves no directory at its path. */
function removesDirectory({ change: { kind, type, below } }: Item): boolean {
	return below?.type === "dir" && (kind === "D" || type !== "dir");
}

/** Refuses changes of the directory of the trial, and of the temporary names of --apply. */
export function refuseItself(trial: Trial, id: string, items: readonly Item[]): void {
	const [own, ...above] = directoriesFrom(trial.fd);
	const known = new Map<string, boolean>();
	const isIn = (root: number, path: string): boolean => {
		const key = `${root}:${path}`;
		let is = known.get(key);
		is ??= identityAt(root, path) === own || (path !== "" && isIn(root, splitPath(path)[0]));
		known.set(key, is);
		return is;
	};
	for (const item of items) {
		const { layer, at, path } = item.change;
		const hint = `pflask --apply=${trial.dir} PATH`;
		if (splitPath(at)[1].startsWith(temporaryName(id)))
			throw trialError(visibleText(path), "is a name that pflask itself uses", hint);
		const here = removesDirectory(item) ? identityAt(layer.lower, at) : undefined;
		if (isIn(layer.lower, at) || (here !== undefined && above.includes(here)))
			throw trialError(visibleText(path), "is, contains, or lies in the trial itself", hint);
	}
}
