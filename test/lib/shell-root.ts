// SPDX-License-Identifier: BSD-2-Clause
// Makes root directories with a shell, and root directories that belong to subordinate ids.
import { copyFileSync, existsSync, symlinkSync } from "node:fs";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { CACHE } from "./paths.ts";
import { debianRoot, MOUNT_POINTS, tinyRoot } from "./roots.ts";

/** The first of the subordinate ids that own a root (account.ts). */
export const FIRST = 100000;

const TOOLS = ["cat", "chgrp", "chmod", "chown", "cp", "dd", "env", "find", "grep", "head", "id"];
const MORE = [
	"ln",
	"ls",
	"mkdir",
	"mkfifo",
	"mount",
	"mv",
	"readlink",
	"rm",
	"rmdir",
	"sh",
	"sleep",
];
const LAST = ["stat", "touch", "true", "umount", "wc"];

/** Makes a tiny root with busybox and the probe. The root belongs to an id. */
export async function shellRoot(
	box: Box,
	owner = 0,
	directories: readonly string[] = MOUNT_POINTS,
): Promise<string> {
	const root = tinyRoot(box, directories);
	copyFileSync("/bin/busybox", `${root}/bin/busybox`);
	for (const name of [...TOOLS, ...MORE, ...LAST]) symlinkSync("busybox", `${root}/bin/${name}`);
	if (owner !== 0)
		await sh(["chown", "--recursive", "--no-dereference", `${owner}:${owner}`, root]);
	return root;
}

/**
 * Copies the root $1 to $2, and adds $3 to the ids of the owners. chown(1) clears setuid bits, so
 * the script records and restores these bits.
 */
const COPY = `
	[ ! -e "$2" ] || exit 0
	rm -rf --one-file-system "$2.new"
	cp -a --reflink=auto "$1" "$2.new"
	cd "$2.new"
	find dev -mindepth 1 -delete
	special=$(find . ! -type l -perm /7000 -printf 'chmod %m %p\\n')
	find . -printf '%U %G\\n' | sort -u | while read -r uid gid; do
		find . -uid "$uid" -gid "$gid" -exec chown -h "$(($3 + uid)):$(($3 + gid))" {} +
	done
	eval "$special"
	mv "$2.new" "$2"`;

/**
 * Returns a Debian root that belongs to the ids from FIRST on. Tests must not write to the root.
 */
export async function subordinateDebian(): Promise<string> {
	const source = await debianRoot();
	const root = `${source}-${FIRST}`;
	if (existsSync(root)) return root;
	const words = ["sh", "-ceu", COPY, "sh", source, root, `${FIRST}`];
	await sh(["flock", `${CACHE}/lock`, ...words], 300_000);
	return root;
}
