// SPDX-License-Identifier: BSD-2-Clause
// Mounts FUSE file systems. The probe is the server (test/probe/fuse.c).
import { PROBE } from "./probe.ts";

/**
 * The kinds of servers. "gone" has ended, "silent" never answers, and "serving" serves one file,
 * "file".
 */
export const SERVERS = ["gone", "silent", "serving"] as const;
export type Server = (typeof SERVERS)[number];

/** The log of a server that got no request. */
export const UNTOUCHED = "ready now\n";

/**
 * Returns a script that mounts a FUSE file system for a user. The server logs its requests, and
 * ends with the process that runs the script.
 */
export function mountFuse(place: string, uid: number, server: Server, log: string): string {
	const ready = server === "gone" ? "wait $!" : `until grep -q ready "${log}"; do sleep 0.01; done`;
	return `
		: >"${log}"
		"${PROBE}" fuse "${place}" ${uid} ${server} >>"${log}" 2>&1 &
		${ready}`;
}
