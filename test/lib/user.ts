// SPDX-License-Identifier: BSD-2-Clause
// Runs commands as an ordinary user of this machine, to test pflask without privilege.
import { copyFileSync, linkSync, mkdirSync } from "node:fs";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { BUILD, PFLASK } from "./paths.ts";
import { PROBE } from "./probe.ts";

export const USER = "pftest";

const CREATE = `
	id "$1" >/dev/null 2>&1 ||
		useradd --no-create-home --home-dir /nonexistent --shell /bin/sh "$1"`;

/** Returns a command prefix that runs a command as the user. Creates the user if necessary. */
export async function asUser(): Promise<string[]> {
	mkdirSync(BUILD, { recursive: true });
	await sh(["flock", `${BUILD}/lock`, "sh", "-ceu", CREATE, "sh", USER]);
	return ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--init-groups"];
}

/**
 * Returns a command prefix that runs a command as the user. The command cannot make user
 * namespaces.
 */
export async function asConfinedUser(): Promise<string[]> {
	await asUser();
	const uid = (await sh(["id", "-u", USER])).trim();
	return [PROBE, "no-user-namespaces", uid, "+", "exec"];
}

/** Links or copies the executable to a path that every user can reach. Returns the path. */
export function reachable(box: Box): string {
	const path = `${box.dir}/pflask`;
	try {
		linkSync(PFLASK, path);
	} catch {
		copyFileSync(PFLASK, path); // The box is on another file system, so no hard link is possible.
	}
	return path;
}
