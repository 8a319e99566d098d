// SPDX-License-Identifier: BSD-2-Clause
// How mounts propagate where a test runs. Every host with systemd has a shared /, and a container
// without systemd a private one: scripts/run-tests.ts runs the live tests in both.
import { readFileSync } from "node:fs";

/** The kinds of a mount namespace: all its mounts have peers, or none has. */
export const PROPAGATIONS = ["shared", "private"] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

/** Tells of which kind the mount namespace of this process is. */
export function propagation(): Propagation {
	const table = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
	const root = table.findLast((line) => line.split(" ")[4] === "/");
	return root?.includes(" shared:") ? "shared" : "private";
}

/**
 * Words that run a script, and what follows them as its "$@", in a new mount namespace of a kind.
 * No mount in there has a peer outside it: unshare(1) makes them private first.
 */
export function inNamespace(script: string, kind: Propagation = propagation()): string[] {
	const begin = kind === "shared" ? "mount --make-rshared /\n" : "";
	return ["unshare", "--mount", "sh", "-ceu", `${begin}${script}`, "sh"];
}
