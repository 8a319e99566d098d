// SPDX-License-Identifier: BSD-2-Clause
// Trials above other trials (--lower=DIR). The lower directory of an overlay then consists of the
// upper directories of the trials below, and of the host's directory. A trial is applied only after
// all trials below have been applied.
import * as sys from "@pflask/runtime/syscalls";
import { typeOf } from "./entry.ts";
import { type Identity, identityOf, isSame } from "./identity.ts";
import { addLine, type Indexed, type Journal, readJournal } from "./journal.ts";
import { nanoseconds } from "./manifest.ts";
import { statusAt } from "./transfer.ts";
import { type Layer, type Placed, placeAll, type Trial, trialError } from "./trial.ts";

/** Returns the layer of a trial below for the same mount point. */
function sameLayer(lower: Trial, layer: Layer): Layer | undefined {
	return lower.layers.find(({ path }) => path === layer.path);
}

/** Tells whether an entry of an upper directory hides the entry with its name below. */
function isWhiteout(root: number, path: string, status: sys.Status, notes: string): boolean {
	if (typeOf(status) === "char") return status.rdev === 0n;
	return typeOf(status) === "file" && status.size === 0 && hasNote(root, path, `${notes}whiteout`);
}

function hasNote(root: number, path: string, name: string, value?: string): boolean {
	const fd = sys.openBelow(root, path, sys.O_PATH | sys.O_NOFOLLOW);
	try {
		const found = sys.readAttributes(fd).get(name);
		return (
			found !== undefined && (value === undefined || Buffer.from(found).equals(Buffer.from(value)))
		);
	} finally {
		sys.close(fd);
	}
}

/** Returns the roots that have a part of the path, by the rules of overlayfs. */
function merge(roots: readonly number[], path: string, notes: string): number[] {
	const merged: number[] = [];
	for (const root of roots) {
		const status = statusAt({ root, path });
		if (status === undefined) continue;
		const isDirectory = typeOf(status) === "dir";
		if (!isDirectory && (merged.length > 0 || isWhiteout(root, path, status, notes))) break;
		merged.push(root);
		if (!isDirectory || hasNote(root, path, `${notes}opaque`, "y")) break;
	}
	return merged;
}

/**
 * Returns the directories that have a path of an overlay's lower directory. The nearest comes
 * first.
 */
function rootsOf(trial: Trial, layer: Layer, path: string): number[] {
	const uppers = trial.below.map((lower) => sameLayer(lower, layer)?.upper);
	let roots = [...uppers.filter((root) => root !== undefined), layer.lower];
	if (roots.length === 1 || path === "") return roots;
	const names = path.split("/");
	for (let i = 1; i <= names.length; i++)
		roots = merge(roots, names.slice(0, i).join("/"), trial.notes);
	return roots;
}

/** Returns the directory that shows a path of an overlay's lower directory. */
export function lowerRoot(trial: Trial, layer: Layer, path: string): number {
	return rootsOf(trial, layer, path)[0] ?? layer.lower;
}

/** Returns the names in a directory of an overlay's lower directory. */
export function lowerNames(trial: Trial, layer: Layer, path: string): readonly string[] {
	const roots = rootsOf(trial, layer, path);
	const names = roots.map((root) => {
		const fd = sys.openBelow(root, path, sys.O_RDONLY | sys.O_DIRECTORY);
		const found = sys.listNames(fd);
		sys.close(fd);
		return found;
	});
	if (roots.length === 1) return names[0] ?? [];
	const at = (name: string) => (path === "" ? name : `${path}/${name}`);
	return [...new Set(names.flat())].sort().filter((name) => rootsOf(trial, layer, at(name)).length);
}

const journals = new WeakMap<Trial, Journal>();

function journalOf(lower: Trial): Journal {
	let journal = journals.get(lower);
	journal ??= readJournal(lower);
	journals.set(lower, journal);
	return journal;
}

/** Refuses a trial if a trial below was not applied completely. Begins with the lowest trial. */
export function requireApplied(trial: Trial): void {
	for (const lower of trial.below.toReversed()) {
		journals.delete(lower); // the trial may have been applied since the last call
		const { begun, after } = journalOf(lower);
		const isDone = placeAll(lower).every((change, i) => change === undefined || after.has(i));
		if (begun === undefined && isDone) continue;
		const why = `is not applied, and the trial ${trial.dir} lies above it`;
		throw trialError(lower.dir, why, `pflask --apply=${lower.dir}`);
	}
}

const indices = new WeakMap<Trial, ReadonlyMap<string, number>>();

/**
 * Returns the identity of the entry that a trial below has put at a path of the host. Returns
 * undefined if the trial has not changed the path.
 */
function appliedAt(lower: Trial, path: string): Identity | null | undefined {
	let index = indices.get(lower);
	index ??= new Map(lower.manifest.changes.map((change, i) => [change.path, i]));
	indices.set(lower, index);
	const found = index.get(path);
	return found === undefined ? undefined : journalOf(lower).after.get(found);
}

/** Tells whether a trial below has put a file at its path on the host. */
export function isApplied(trial: Trial, path: string, status: sys.Status): boolean {
	return trial.below.some((lower) => isSame(appliedAt(lower, path) ?? null, identityOf(status)));
}

/**
 * If the path of a change was in a trial below, returns the entry that this trial has applied. The
 * place must still have this entry. Returns a text if there is a conflict. Returns undefined if the
 * path was in the host's directory.
 */
export function appliedBelow(trial: Trial, change: Placed): Identity | string | undefined {
	const { below, layer, at, path } = change;
	if (below?.trial === undefined) return undefined;
	const lower = trial.below[below.trial - 1];
	const upper = lower && sameLayer(lower, layer);
	const seen = upper && statusAt({ root: upper.upper, path: at });
	if (lower === undefined || seen === undefined || !isSame(below, identityOf(seen)))
		return `has changed in the trial ${lower?.dir ?? "below"}`;
	const applied = appliedAt(lower, path);
	if (applied === null) return "does not exist any more";
	return applied ?? unchanged(lower, layer, at, identityOf(seen));
}

/**
 * A trial below has copied an entry of the host to its upper directory, but has not changed the
 * entry. Returns the identity of the entry on the host. Returns a text if the entry has changed
 * since that trial.
 */
function unchanged(lower: Trial, { lower: root }: Layer, at: string, copy: Identity) {
	const status = statusAt({ root, path: at });
	if (status === undefined) return "does not exist any more";
	const now = identityOf(status);
	const { inode, ctime } = now;
	const isOld = now.type === "dir" || status.ctime <= nanoseconds(lower.manifest.began);
	return isOld && isSame({ ...copy, inode, ctime }, now) ? now : "has changed";
}

/** Yields a path and the paths of all directories above, from below. */
function* pathsFrom(path: string): Generator<string> {
	for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) yield at;
}

/** Returns the present entry at the place of a change, if the entry can be the earlier entry. */
function sameKind({ layer, at }: Placed, then: Identity): Identity | undefined {
	const status = statusAt({ root: layer.lower, path: at });
	const now = status && identityOf(status);
	return now && isSame({ ...then, inode: now.inode, ctime: now.ctime }, now) ? now : undefined;
}

/**
 * Records in the journals of the trials below that changes of a trial were reverted. The revert has
 * copied back entries of the trials below, alone or with a directory, so these entries have another
 * identity now.
 */
export function noteReverted(trial: Trial, { before }: Journal, indices: readonly number[]): void {
	const all = placeAll(trial);
	const reverted = new Map(indices.map((index) => [all[index]?.path, before.get(index) ?? null]));
	for (const lower of trial.below) {
		const { after } = journalOf(lower);
		const applied: Indexed[] = [];
		for (const [index, change] of placeAll(lower).entries()) {
			const then = after.get(index);
			const top = change && [...pathsFrom(change.path)].find((path) => reverted.has(path));
			if (change === undefined || !then || top === undefined) continue;
			const isKnown = top !== change.path || isSame(reverted.get(top) ?? null, then);
			const now = isKnown ? sameKind(change, then) : undefined;
			if (now !== undefined) applied.push([index, now]);
		}
		if (applied.length > 0) addLine(lower, { applied });
		journals.delete(lower);
	}
}
