// SPDX-License-Identifier: BSD-2-Clause
// The private directory of --ask. The directory is in a place that can hold an upper directory. If
// possible, the directory outlives a restart of the system.
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "@pflask/command";
import { errorText, PflaskError, type Plan, plan, run, type Spec } from "@pflask/runtime/internal";
import * as sys from "@pflask/runtime/syscalls";

/** A directory for the changes, and the plan of the container that uses the directory. */
export interface Place {
	readonly dir: string;
	readonly made: Plan;
	/** Removes the directory. Undefined if the user has given the directory. */
	readonly remove?: (() => void) | undefined;
}

const PREFIX = "pflask-trial-";
const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;
const DIRECTORY = sys.O_RDONLY | sys.O_DIRECTORY;

/** The places for a private directory. The last place loses its files when the system stops. */
function places(): string[] {
	const { TMPDIR } = process.env;
	return [...(TMPDIR ? [resolve(TMPDIR)] : []), "/var/tmp", "/tmp", "/dev/shm"];
}

/** Refuses a place where another user could put another directory under the same name. */
function refuseUnsafe(base: string): void {
	const { uid, mode } = statSync(base);
	const isOthers = (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0;
	if (isOthers || (uid !== 0 && uid !== process.geteuid?.()))
		throw new PflaskError("other users can rename files there", { code: "setup" });
}

/**
 * Makes a private directory and the plan that uses the directory. If no place is possible, throws
 * an error about the first place.
 */
export function openPrivate(spec: Spec): Place {
	let first: UsageError | undefined;
	for (const place of new Set(places())) {
		let dir = "";
		try {
			const base = realpathSync(place);
			refuseUnsafe(base);
			dir = mkdtempSync(`${base}/${PREFIX}`);
			chmodSync(dir, 0o700); // for every umask
			return openIn(spec, dir);
		} catch (error) {
			if (dir !== "") rmdirSync(dir);
			const why = reasonOf(error, dir);
			if (why === undefined) throw error;
			const hint = "--ephemeral=DIR --ask, with DIR on ext4, xfs, btrfs or tmpfs (Linux 6.6)";
			first ??= new UsageError("--ask", `no place for the changes: ${place}: ${why}`, hint);
		}
	}
	throw first;
}

/** Returns why a place is impossible, or undefined for an error that has another reason. */
function reasonOf(error: unknown, dir: string): string | undefined {
	const { errno } = error as { errno?: number };
	if (dir === "")
		return error instanceof PflaskError ? error.message : errorText(Math.abs(errno ?? 0));
	const isOwn = error instanceof PflaskError && error.field === "ephemeral";
	const start = `${dir}: `;
	const { message } = error as Error;
	return isOwn && message.includes(start)
		? message.slice(message.indexOf(start) + start.length)
		: undefined;
}

function openIn(spec: Spec, dir: string): Place {
	const made = plan({ ...spec, ephemeralDir: dir });
	const [uid, gid] = [rootOf(made, "uid"), rootOf(made, "gid")];
	const own = process.geteuid?.() ?? 0;
	if (own === 0) chownSync(dir, uid ?? 0, gid ?? 0);
	else if (uid !== undefined && uid !== own) {
		const why = `the container's root is the user ${uid}, who cannot write to a private directory`;
		throw new UsageError("--ask", why, "mkdir -m 1777 DIR, and --ephemeral=DIR --ask");
	}
	const parent = sys.openReal(resolve(dir, ".."), DIRECTORY);
	const fd = sys.openBelow(parent, dir.slice(dir.lastIndexOf("/") + 1), DIRECTORY);
	return { dir, made, remove: () => removeAll(parent, fd, dir, spec) };
}

/** Returns the host's id of the container's root user or root group. */
function rootOf({ operations }: Plan, which: "uid" | "gid"): number | undefined {
	for (const one of operations) {
		if (one.op !== `${which}_map` && one.op !== `new${which}map`) continue;
		for (const { inside, outside } of "map" in one ? one.map : []) if (inside === 0) return outside;
	}
	return undefined;
}

/** Removes the private directory. A command can leave files there that belong to other users. */
function removeAll(parent: number, fd: number, dir: string, { userMap }: Spec): void {
	const name = dir.slice(dir.lastIndexOf("/") + 1);
	try {
		try {
			emptyDirectory(fd);
		} catch (error) {
			if (userMap === undefined) throw error;
			run({ userMap, terminal: false, command: ["rm", "-rf", "--", dir] }, { stdin: null });
			if (!sys.exists(parent, name)) return;
			throw error;
		}
		sys.unlink(parent, name, true);
	} catch (error) {
		const why = error instanceof Error ? error.message : `${error}`;
		throw new PflaskError(`${dir}: cannot be removed: ${why}`, {
			code: "setup",
			hint: `rm -r ${dir}`,
		});
	}
}

/** Removes everything in a directory. Follows no link, and enters no mount. */
function emptyDirectory(fd: number): void {
	for (const name of sys.listNames(fd)) removeEntry(fd, name);
}

function removeEntry(directory: number, name: string): void {
	try {
		sys.unlink(directory, name);
		return;
	} catch (error) {
		if (![sys.EISDIR, sys.EPERM].includes(sys.errnoOf(error))) throw error;
	}
	const path = sys.openBelow(directory, name, sys.O_PATH | sys.O_DIRECTORY | sys.O_NOFOLLOW);
	try {
		// overlayfs makes some directories with mode 000.
		if (process.geteuid?.() !== 0) sys.chmodPath(path, 0o700);
		const fd = sys.openBelow(path, "", DIRECTORY);
		try {
			emptyDirectory(fd);
		} finally {
			sys.close(fd);
		}
	} finally {
		sys.close(path);
	}
	sys.unlink(directory, name, true);
}
