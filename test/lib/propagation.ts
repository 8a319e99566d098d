// SPDX-License-Identifier: BSD-2-Clause
// Finds and chooses the propagation of the mounts around a test. / is shared on a host with
// systemd, and private in a container without systemd. So scripts/run-tests.ts runs the live tests
// with both kinds of mounts.
import { readFileSync } from "node:fs";

/**
 * The kinds of mount namespaces: "shared" if all mounts have peers, "private" if no mount has a
 * peer.
 */
export const PROPAGATIONS = ["shared", "private"] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

/** Returns the kind of this process's mount namespace. */
export function propagation(): Propagation {
	const table = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
	const root = table.findLast((line) => line.split(" ")[4] === "/");
	return root?.includes(" shared:") ? "shared" : "private";
}

/**
 * Returns a command prefix that runs a script in a new mount namespace of the given kind. The
 * command is the script's "$@". No mount in the namespace has a peer outside, because unshare(1)
 * first makes all mounts private.
 */
export function inNamespace(script: string, kind: Propagation = propagation()): string[] {
	const begin = kind === "shared" ? "mount --make-rshared /\n" : "";
	return ["unshare", "--mount", "sh", "-ceu", `${begin}${script}`, "sh"];
}
