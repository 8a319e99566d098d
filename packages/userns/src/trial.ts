// SPDX-License-Identifier: BSD-2-Clause
// Trying things in a throwaway container.
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { errorText, PflaskError, type Spec, start } from "@pflask/runtime";
import { ETIMEDOUT } from "@pflask/runtime/numbers";
import type { User } from "./users.ts";

/** How long a trial may take, milliseconds. It takes some 10, on a busy machine some 100. */
const LIMIT = 10_000;

/** Runs a container to its end and returns its exit status. Throws a PflaskError. */
export type Attempt = (spec: Spec) => number;

/** Runs a container, and nothing that it prints is seen. */
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
 * A user namespace, and a mount namespace inside: making that one is what shows that it has
 * capabilities, which AppArmor may take away.
 */
const ALONE = { userns: true, mountns: true, pidns: false, ipcns: false, utsns: false } as const;

/** The caller is root inside, and nobody else is there: this needs no help. */
export function onlyUser({ uid, gid }: User): Spec {
	return { ...ALONE, userMap: [`u:0:${uid}:1`, `g:0:${gid}:1`], command: ["true"] };
}

/** The caller is root inside, and its subordinate ids follow; for root, ids that are free. */
export const WITH_RANGES: Spec = { ...ALONE, userMap: ["auto"], command: ["true"] };

/** A fresh /proc in a pid namespace: pflask mounts it where the command sees the host's files. */
export function freshProc(user: User): Spec {
	return { ...onlyUser(user), pidns: true };
}

/** What `overlay` ends with. */
export const OVERLAY = { works: 0, noTmpfs: 10, noOverlay: 11, noOpaque: 12 } as const;

/**
 * An overlay whose layers are on a tmpfs. A directory made where one was removed has to be marked
 * as opaque, by an extended attribute that a user may set: a tmpfs has them from Linux 6.6 on.
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

/** An overlay on a directory; see OVERLAY for what it ends with. */
export function overlayOn(path: string, user: User): Spec {
	return { ...onlyUser(user), command: ["sh", "-c", SCRIPT, path] };
}
