// SPDX-License-Identifier: BSD-2-Clause
// Root directories for containers.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import t from "tap";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { CACHE, TREE } from "./paths.ts";
import { PROBE } from "./probe.ts";

/** A part of the cached name. Raise it when make-root.ts changes. */
const RECIPE = 1;

/** The directories that a container uses as mount points. */
export const MOUNT_POINTS = ["dev", "proc", "run", "sys"] as const;

/**
 * Returns a Debian root with systemd, dbus, a login prompt, ps and ip. The root is made once and
 * kept in the cache. Tests share it, so they must not write to it.
 */
export async function debianRoot(): Promise<string> {
	const root = `${CACHE}/debian-${RECIPE}`;
	if (existsSync(root)) return root;
	mkdirSync(CACHE, { recursive: true });
	const make = `${TREE}/test/lib/make-root.ts`;
	// Hide the mounts of debootstrap: another test would take them for leftovers of its own.
	const alone = ["unshare", "--mount", process.execPath, make, root];
	await sh(["flock", `${CACHE}/lock`, ...alone], 900_000);
	return root;
}

let copy: Promise<string> | undefined;

async function copyDebian(): Promise<string> {
	const directory = mkdtempSync("/tmp/pftest-debian-");
	t.teardown(() => sh(["rm", "-rf", "--one-file-system", directory]));
	await sh(["cp", "-a", "--reflink=auto", `${await debianRoot()}/.`, directory]);
	return directory;
}

/** Returns a copy of the Debian root that the tests of a file share and may write to. */
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
