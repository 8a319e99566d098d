// SPDX-License-Identifier: BSD-2-Clause
// Runs trials in throwaway containers.
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { errorText, PflaskError, type Spec, start } from "@pflask/runtime/internal";
import { ETIMEDOUT } from "@pflask/runtime/numbers";
import type { User } from "./users.ts";

/** The time limit of a trial, milliseconds. A trial takes 10 ms, or 100 ms on a busy machine. */
const LIMIT = 10_000;

/** Runs a container to its end and returns its exit status. Throws a PflaskError. */
export type Attempt = (spec: Spec) => number;

/** Runs a container and hides its output. */
export const attempt: Attempt = (spec) => {
	using container = start(spec, { stdin: null, stdout: null, stderr: null });
	const exit = container.wait(LIMIT);
	if (exit === undefined)
		throw new PflaskError(`${spec.command?.[0]}: ${errorText(ETIMEDOUT)}`, {
			code: "setup",
			errno: ETIMEDOUT,
		});
	return exit.exitCode === 0 && exit.signal === 0 ? 0 : exit.exitCode || 128 + exit.signal;
};

/**
 * A user namespace with a mount namespace inside. Making the mount namespace requires the
 * capabilities that a process has in its new user namespace. AppArmor may take these capabilities
 * away.
 */
const ALONE = { userns: true, mountns: true, pidns: false, ipcns: false, utsns: false } as const;

/** Returns a spec that maps only the caller, to root. Such a map needs no helper. */
export function onlyUser({ uid, gid }: User): Spec {
	return { ...ALONE, userMap: [`u:0:${uid}:1`, `g:0:${gid}:1`], command: ["true"] };
}

/**
 * A spec that maps id 0 of the container to the caller, and the ids from 1 on to the caller's
 * subordinate ids. If the caller is root, the spec maps all ids to ids that no user of the host
 * has.
 */
export const WITH_RANGES: Spec = { ...ALONE, userMap: ["auto"], command: ["true"] };

/**
 * Returns a spec with a fresh /proc in a pid namespace. pflask mounts a fresh /proc even without
 * --chroot.
 */
export function freshProc(user: User): Spec {
	return { ...onlyUser(user), pidns: true };
}

/** The exit statuses of SCRIPT. */
export const OVERLAY = { works: 0, noTmpfs: 10, noOverlay: 11, noOpaque: 12 } as const;

/**
 * Shell commands that mount an overlay with its layers on a tmpfs, and replace a directory. The
 * kernel must mark the new directory as opaque, by an extended attribute that a user may set. A
 * tmpfs supports such attributes since Linux 6.6.
 */
const SCRIPT = `
	mount -t tmpfs tmpfs "$0" && cd "$0" && mkdir -p lower/a upper work merged || exit 10
	mount -t overlay -o userxattr,lowerdir=lower,upperdir=upper,workdir=work overlay merged || exit 11
	rmdir merged/a && mkdir merged/a || exit 12
`;

/** Runs a trial that needs a directory. */
export function withDirectory(trial: (path: string) => number): number {
	const path = mkdtempSync(`${tmpdir()}/pflask-userns-`);
	try {
		return trial(path);
	} finally {
		rmdirSync(path);
	}
}

/** Returns a spec whose command mounts an overlay on a directory. OVERLAY has the exit statuses. */
export function overlayOn(path: string, user: User): Spec {
	return { ...onlyUser(user), command: ["sh", "-c", SCRIPT, path] };
}
