// SPDX-License-Identifier: BSD-2-Clause
// Makes root directories for containers.
import { copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import t from "tap";
import { debianRoot } from "./debian.ts";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { PROBE } from "./probe.ts";

export { debianRoot } from "./debian.ts";

/** The directories that a container uses as mount points. */
export const MOUNT_POINTS = ["dev", "proc", "run", "sys"] as const;

let copy: Promise<string> | undefined;

async function copyDebian(): Promise<string> {
	const directory = mkdtempSync("/tmp/pftest-debian-");
	t.teardown(() => sh(["rm", "-rf", "--one-file-system", directory]));
	await sh(["cp", "-a", "--reflink=auto", `${await debianRoot()}/.`, directory]);
	return directory;
}

/**
 * Returns a copy of the Debian root. The tests of a file share the copy, and may write to the copy.
 */
export function debianCopy(): Promise<string> {
	copy ??= copyDebian();
	return copy;
}

/** Makes a root directory that contains only the probe, as /bin/probe, and empty directories. */
export function tinyRoot(box: Box, directories: readonly string[] = MOUNT_POINTS): string {
	const root = `${box.dir}/root`;
	for (const name of ["bin", "etc", "root", ...directories])
		mkdirSync(`${root}/${name}`, { recursive: true });
	copyFileSync(PROBE, `${root}/bin/probe`);
	return root;
}
