// SPDX-License-Identifier: BSD-2-Clause
// Opens the directory of a trial: its manifest, and the directories of its overlays.
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { errorText, PflaskError } from "@pflask/runtime/internal";
import * as sys from "@pflask/runtime/syscalls";
import {
	type Change,
	type Lower,
	type Manifest,
	ManifestError,
	nanoseconds,
	parseManifest,
} from "./manifest.ts";
import { closeParent } from "./transfer.ts";

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IWOTH = 0o002;
const S_ISVTX = 0o1000;

/** The two directories of an overlay. */
export interface Layer {
	/** The mount point in the container, without a slash at the end: "" is the root. */
	readonly path: string;
	/** Descriptors of the upper and the lower directory. */
	readonly upper: number;
	readonly lower: number;
	/** The path of the lower directory on the host. */
	readonly place: string;
}

export interface Trial {
	/** The path of the directory, in the form that the caller has typed. */
	readonly dir: string;
	readonly fd: number;
	/** The descriptor of the manifest. No other user can open the manifest. */
	readonly manifestFd: number;
	readonly manifest: Manifest;
	readonly layers: readonly Layer[];
	/** The trials below, the nearest first. */
	readonly below: readonly Trial[];
	/** The prefix of the attributes in which overlayfs describes its own files. */
	readonly notes: string;
}

/** A change with the place of its files. */
export interface Placed extends Change {
	readonly layer: Layer;
	/** The path below the upper and the lower directory; "" is the directory itself. */
	readonly at: string;
}

/** Makes the error of a trial. */
export function trialError(subject: string, why: string, hint = "", errno = 0): PflaskError {
	return new PflaskError(`${subject}: ${why}`, { code: "setup", subject, hint, errno });
}

/** Turns the error of a system call into a message about a path. */
export function failedOn(path: string, error: unknown, hint = ""): unknown {
	if (!(error instanceof sys.SystemError)) return error;
	return trialError(path, `${error.call}: ${errorText(error.errno)}`, hint, error.errno);
}

function openDirectory(path: string): number {
	try {
		return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
	} catch (error) {
		const number = Math.abs((error as { errno?: number }).errno ?? 0);
		throw trialError(path, errorText(number), "", number);
	}
}

/**
 * Refuses the trial of another user. The user could have written anything into the manifest, and
 * the changes would be applied with the rights of the caller. If root has started a trial with a
 * user namespace, the directory may belong to the root user of the container.
 */
function checkOwner(
	dir: string,
	directory: sys.Status,
	manifest: sys.Status,
	userns: boolean,
): void {
	const foreign = !isTrusted(manifest) ? manifest : userns ? manifest : directory;
	if (!isTrusted(foreign)) throw foreignError(dir, foreign);
}

function foreignError(dir: string, { uid }: sys.Status): PflaskError {
	return trialError(dir, `belongs to user ${uid}`, `sudo -u '#${uid}' pflask --diff=${dir}`);
}

/**
 * Refuses a directory in which every user can rename files. A user could have put other files in
 * the place of the upper directories. The sticky bit prevents this.
 */
function checkWriters(dir: string, { mode }: sys.Status): void {
	if ((mode & S_IWOTH) === 0 || (mode & S_ISVTX) !== 0) return;
	const hint = "mkdir -m 700 DIR, and pflask --ephemeral=DIR";
	throw trialError(dir, "every user can write to it, and can have changed the trial", hint);
}

/** Tells whether a file belongs to the caller or to root. */
function isTrusted({ uid }: sys.Status): boolean {
	return uid === sys.effectiveUid() || uid === 0;
}

/**
 * Opens a file or a directory that --apply and --revert keep in the directory of the trial. Another
 * user who can write to the directory could have made a file with this name.
 */
export function openKept({ dir, fd }: Trial, name: string, flags: number): number {
	const kept = sys.openBelow(fd, name, flags | sys.O_NONBLOCK | sys.O_NOFOLLOW);
	const status = sys.fstat(kept);
	const type = flags & sys.O_DIRECTORY ? S_IFDIR : S_IFREG;
	const isRight = (status.mode & S_IFMT) === type;
	if (isRight && isTrusted(status)) return kept;
	sys.close(kept);
	const why = isRight ? `belongs to user ${status.uid}` : "not a regular file";
	throw trialError(`${dir}/${name}`, why);
}

interface Opened {
	readonly manifest: Manifest;
	readonly manifestFd: number;
	readonly status: sys.Status;
}

function readManifest(dir: string, fd: number): Opened {
	let file: number;
	try {
		file = sys.openBelow(fd, "manifest", sys.O_RDONLY | sys.O_NONBLOCK | sys.O_NOFOLLOW);
	} catch (error) {
		if (sys.errnoOf(error) !== sys.ENOENT) throw failedOn(`${dir}/manifest`, error);
		throw trialError(dir, "not a trial: has no manifest", "pflask --ephemeral=DIR");
	}
	try {
		const status = sys.fstat(file);
		if ((status.mode & S_IFMT) !== S_IFREG) throw new ManifestError("not a regular file");
		// Another user could have written a manifest that is too large, or damaged on purpose.
		if (!isTrusted(status)) throw foreignError(dir, status);
		const manifest = parseManifest(readFileSync(file, "utf8"));
		return { manifest, manifestFd: file, status };
	} catch (error) {
		closeSync(file);
		if (error instanceof ManifestError) throw trialError(`${dir}/manifest`, error.message);
		throw error;
	}
}

function openLayers(dir: string, fd: number, manifest: Manifest): Layer[] {
	const layers: Layer[] = [];
	for (const { overlay, upper, lower: place, inode } of manifest.overlays) {
		if (place === undefined) throw trialError(`${dir}/manifest`, `${overlay}: no lower directory`);
		const path = overlay === "/" ? "" : overlay;
		let upperFd = -1;
		let lower: number;
		try {
			// The upper directory of a directory of another user can belong to a subordinate id.
			upperFd = sys.openBelow(fd, upper, sys.O_RDONLY | sys.O_DIRECTORY);
			// Another user could put a link to another directory of root into the path.
			lower = sys.openReal(place, sys.O_RDONLY | sys.O_DIRECTORY);
		} catch (error) {
			if (upperFd >= 0) sys.close(upperFd);
			if (!manifest.changes.some((change) => isBelow(change.path, path))) continue;
			throw failedOn(upperFd < 0 ? `${dir}/${upper}` : place, error);
		}
		if (`${sys.fstat(lower).inode}` !== inode)
			throw trialError(place, "is another directory than at the start of the trial");
		layers.push({ path, upper: upperFd, lower, place });
	}
	// The longest path comes first, so the first layer that contains a path is the right layer.
	return layers.sort((a, b) => b.path.length - a.path.length);
}

/** Closes a trial, and ends its lock. */
export function closeTrial({ fd, manifestFd, layers, below }: Trial): void {
	closeParent();
	for (const one of below) closeTrial(one);
	for (const one of [fd, manifestFd, ...layers.flatMap(({ upper, lower }) => [upper, lower])])
		sys.close(one);
}

function openOne(dir: string): Trial {
	const fd = openDirectory(dir);
	const { manifest, manifestFd, status } = readManifest(dir, fd);
	const directory = sys.fstat(fd);
	checkOwner(dir, directory, status, manifest.userns);
	checkWriters(dir, directory);
	const hint = `pflask --ephemeral=${dir}`;
	if (manifest.end === undefined)
		throw trialError(dir, "the trial has not ended, or pflask was killed", hint);
	const layers = openLayers(dir, fd, manifest);
	const notes = manifest.userns ? "user.overlay." : "trusted.overlay.";
	return { dir, fd, manifestFd, manifest, layers, notes, below: [] };
}

/** Opens a trial below another trial. */
function openLower(above: string, { trial: dir, inode, mtime }: Lower): Trial {
	const lower = openOne(dir);
	const status = sys.fstat(lower.manifestFd);
	if (`${status.inode}` === inode && status.mtime === nanoseconds(mtime)) return lower;
	throw trialError(dir, `has changed since the trial ${above} above it`);
}

/** Opens a trial. The caller closes the trial with closeTrial(). */
export function openTrial(dir: string): Trial {
	const trial = openOne(dir);
	return { ...trial, below: trial.manifest.trials.map((line) => openLower(dir, line)) };
}

/** Tells whether a path is `top`, or lies below `top`. */
export function isBelow(path: string, top: string): boolean {
	return path === top || top === "/" || path.startsWith(`${top}/`);
}

function place(trial: Trial, change: Change): Placed | undefined {
	const layer = trial.layers.find(({ path }) => isBelow(change.path, path));
	if (layer === undefined) return undefined;
	const below = change.path === "/" ? "" : change.path.slice(layer.path.length + 1);
	return { ...change, layer, at: below };
}

const placed = new WeakMap<Trial, readonly (Placed | undefined)[]>();

/**
 * Returns all changes with the places of their files. A change in a directory of pflask itself is
 * undefined, because such a directory ended with the container.
 */
export function placeAll(trial: Trial): readonly (Placed | undefined)[] {
	let all = placed.get(trial);
	all ??= trial.manifest.changes.map((change) => place(trial, change));
	placed.set(trial, all);
	return all;
}

/** Resolves "." and ".." in an absolute path. Node's resolve() changes bytes that are not UTF-8. */
function resolved(path: string): string {
	const parts: string[] = [];
	for (const part of path.split("/")) {
		if (part === "..") parts.pop();
		else if (part !== "" && part !== ".") parts.push(part);
	}
	return `/${parts.join("/")}`;
}

/** Turns a path that the user has typed into a path of the container. */
function pathOf(trial: Trial, typed: string): string {
	if (typed.startsWith("/")) return resolved(typed);
	const top = trial.layers.find(({ path }) => path === "");
	const base = top === undefined || top.place === "/" ? process.cwd() : "";
	return resolved(`${base}/${typed}`);
}

/** Yields a path, and all directories above. */
function* upwards(path: string): Generator<string> {
	yield path;
	for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
		yield path.slice(0, end);
	yield "/";
}

/** A selected path with unknown changes or with a change that was not kept. */
export interface Lost {
	readonly path: string;
	readonly why: string;
}

/** The selected changes, and the selected paths without changes in the trial. */
export interface Selected {
	readonly changes: readonly Placed[];
	readonly lost: readonly Lost[];
}

/** The reason why a change in a directory of pflask itself cannot be applied. */
const NOT_KEPT = "the trial could not keep this change";

/** Selects the changes of the paths, and of all paths below. Without paths, selects all changes. */
export function select(trial: Trial, paths: readonly string[]): Selected {
	const wanted = paths.map((typed) => [typed, pathOf(trial, typed)] as const);
	const tops = new Set(wanted.map(([, path]) => path));
	const found = new Set<string>();
	const isWanted = ({ path }: Change) => {
		const containing = [...upwards(path)].filter((one) => tops.has(one));
		for (const one of containing) found.add(one);
		return paths.length === 0 || containing.length > 0;
	};
	const chosen = [...trial.manifest.changes.entries()].filter(([, change]) => isWanted(change));
	for (const [typed, path] of wanted)
		if (!found.has(path))
			throw trialError(typed, "the trial has not changed this path", `pflask --diff=${trial.dir}`);
	const all = placeAll(trial);
	const unkept = chosen.filter(([index]) => all[index] === undefined);
	// Below a path that could not be examined, there can be more changes.
	const unknown = trial.manifest.failed.filter(
		({ failed }) =>
			paths.length === 0 || wanted.some(([, top]) => isBelow(failed, top) || isBelow(top, failed)),
	);
	return {
		changes: chosen.map(([index]) => all[index]).filter((change) => change !== undefined),
		lost: [
			...unkept.map(([, { path }]) => ({ path, why: NOT_KEPT })),
			...unknown.map(({ failed, errno }) => ({
				path: failed,
				why: `could not be examined at the end of the trial: ${errorText(errno)}`,
			})),
		],
	};
}
