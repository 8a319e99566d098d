// SPDX-License-Identifier: BSD-2-Clause
// FUSE file systems whose server is the probe (test/probe/fuse.c).
import { PROBE } from "./probe.ts";

/** What a server does: it is gone, answers nothing, or serves a file with the name "file". */
export const SERVERS = ["gone", "silent", "serving"] as const;
export type Server = (typeof SERVERS)[number];

/** What the log of a server that nobody has asked anything has. */
export const UNTOUCHED = "ready now\n";

/** A script that mounts such a file system of a user. The server ends with the process that runs
 * the script, and writes to the log what it is asked. */
export function mountFuse(place: string, uid: number, server: Server, log: string): string {
	const ready = server === "gone" ? "wait $!" : `until grep -q ready "${log}"; do sleep 0.01; done`;
	return `
		: >"${log}"
		"${PROBE}" fuse "${place}" ${uid} ${server} >>"${log}" 2>&1 &
		${ready}`;
}
