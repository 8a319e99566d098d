// SPDX-License-Identifier: BSD-2-Clause
// Opens the directory of a trial: its manifest, and the directories of its overlays.
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { errorText, PflaskError } from "@pflask/runtime/internal";
import * as sys from "@pflask/runtime/syscalls";
import { type Change, type Manifest, ManifestError, parseManifest } from "./manifest.ts";
import { closeParent } from "./transfer.ts";

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

/** The two directories of an overlay. */
export interface Layer {
	/** The mount point in the container, without a slash at the end: "" is the root. */
	readonly path: string;
	/** Descriptors of the upper and the lower directory. */
	readonly upper: number;
	readonly lower: number;
	/** Where the lower directory is on the host. */
	readonly place: string;
}

export interface Trial {
	/** The directory as the caller wrote it. */
	readonly dir: string;
	readonly fd: number;
	readonly manifest: Manifest;
	readonly layers: readonly Layer[];
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
	const own = sys.effectiveUid();
	const isTrusted = (uid: number) => uid === own || uid === 0;
	const foreign = !isTrusted(manifest.uid) ? manifest : userns ? manifest : directory;
	if (isTrusted(foreign.uid)) return;
	const hint = `sudo -u '#${foreign.uid}' pflask --diff=${dir}`;
	throw trialError(dir, `belongs to user ${foreign.uid}`, hint);
}

function readManifest(dir: string, fd: number): { manifest: Manifest; status: sys.Status } {
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
		return { manifest: parseManifest(readFileSync(file, "utf8")), status };
	} catch (error) {
		if (error instanceof ManifestError) throw trialError(`${dir}/manifest`, error.message);
		throw error;
	} finally {
		closeSync(file);
	}
}

function openLayers(dir: string, fd: number, manifest: Manifest): Layer[] {
	const layers: Layer[] = [];
	for (const { overlay, upper, lower: place, inode } of manifest.overlays) {
		if (place === undefined) throw trialError(`${dir}/manifest`, `${overlay}: no lower directory`);
		const path = overlay === "/" ? "" : overlay;
		const upperFd = sys.openBelow(fd, upper, sys.O_RDONLY | sys.O_DIRECTORY);
		let lower: number;
		try {
			lower = sys.openAt(sys.AT_FDCWD, place, sys.O_RDONLY | sys.O_DIRECTORY);
		} catch (error) {
			if (!manifest.changes.some((change) => isBelow(change.path, path))) continue;
			throw failedOn(place, error);
		}
		if (`${sys.fstat(lower).inode}` !== inode)
			throw trialError(place, "is another directory than at the start of the trial");
		layers.push({ path, upper: upperFd, lower, place });
	}
	// The longest path comes first, so that the first layer that contains a path is the right layer.
	return layers.sort((a, b) => b.path.length - a.path.length);
}

/** Closes a trial, and ends its lock. */
export function closeTrial({ fd, layers }: Trial): void {
	closeParent();
	for (const one of [fd, ...layers.flatMap(({ upper, lower }) => [upper, lower])]) sys.close(one);
}

/** Opens a trial. The caller closes the trial with closeTrial(). */
export function openTrial(dir: string): Trial {
	const fd = openDirectory(dir);
	const { manifest, status } = readManifest(dir, fd);
	checkOwner(dir, sys.fstat(fd), status, manifest.userns);
	const hint = `pflask --ephemeral=${dir}`;
	if (manifest.end === undefined)
		throw trialError(dir, "the trial has not ended, or pflask was killed", hint);
	const layers = openLayers(dir, fd, manifest);
	const notes = manifest.userns ? "user.overlay." : "trusted.overlay.";
	return { dir, fd, manifest, layers, notes };
}

/** Tells whether a path is the same as `top`, or lies below `top`. */
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
 * Returns all changes with the places of their files. A change is undefined if it was made in a
 * directory of pflask itself, which ended with the container.
 */
export function placeAll(trial: Trial): readonly (Placed | undefined)[] {
	let all = placed.get(trial);
	all ??= trial.manifest.changes.map((change) => place(trial, change));
	placed.set(trial, all);
	return all;
}

/** Turns a path that the user has typed into a path of the container. */
function pathOf(trial: Trial, typed: string): string {
	const top = trial.layers.find(({ path }) => path === "");
	if (isAbsolute(typed)) return resolve(typed);
	return top === undefined || top.place === "/" ? resolve(typed) : resolve("/", typed);
}

/** The selected changes, and the paths of selected changes that were not kept. */
export interface Selected {
	readonly changes: readonly Placed[];
	readonly lost: readonly string[];
}

/** Selects the changes of the paths, and of all paths below. Without paths, selects all changes. */
export function select(trial: Trial, paths: readonly string[]): Selected {
	const wanted = paths.map((typed) => [typed, pathOf(trial, typed)] as const);
	for (const [typed, path] of wanted)
		if (!trial.manifest.changes.some((change) => isBelow(change.path, path)))
			throw trialError(typed, "the trial has not changed this path", `pflask --diff=${trial.dir}`);
	const all = placeAll(trial);
	const isWanted = (change: Change) =>
		paths.length === 0 || wanted.some(([, top]) => isBelow(change.path, top));
	const chosen = [...trial.manifest.changes.entries()].filter(([, change]) => isWanted(change));
	return {
		changes: chosen.map(([index]) => all[index]).filter((change) => change !== undefined),
		lost: chosen.filter(([index]) => all[index] === undefined).map(([, { path }]) => path),
	};
}
