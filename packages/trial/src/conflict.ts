// SPDX-License-Identifier: BSD-2-Clause
// Finds paths that another process has changed since the trial, or since a change was applied.
import * as sys from "@pflask/runtime/syscalls";
import type { Item } from "./apply.ts";
import { typeOf } from "./entry.ts";
import { type Identity, identityOf, isSame } from "./identity.ts";
import type { Journal } from "./journal.ts";
import { nanoseconds } from "./manifest.ts";
import { appliedBelow, isApplied } from "./stacked.ts";
import { type Place, statusAt } from "./transfer.ts";
import { failedOn, type Trial } from "./trial.ts";

export interface Conflict {
	readonly path: string;
	readonly why: string;
}

function identityAt(place: Place): Identity | null {
	const status = statusAt(place);
	return status === undefined ? null : identityOf(status);
}

/** Yields all paths below a directory except directories, with their status. */
function* filesBelow(root: number, path: string): Generator<[path: string, status: sys.Status]> {
	const fd = sys.openBelow(root, path, sys.O_RDONLY | sys.O_DIRECTORY);
	const names = sys.listNames(fd);
	sys.close(fd);
	for (const name of names) {
		const below = path === "" ? name : `${path}/${name}`;
		const status = statusAt({ root, path: below });
		if (status === undefined) continue;
		if (typeOf(status) === "dir") yield* filesBelow(root, below);
		else yield [below, status];
	}
}

/**
 * Describes the difference between a place and the expected state. Returns undefined if there is no
 * difference.
 */
function difference(expected: Identity | null, now: Identity | null): string | undefined {
	if (isSame(expected, now)) return undefined;
	if (expected === null) return "exists now";
	return now === null ? "does not exist any more" : "has changed";
}

/** Finds the reasons why a change of a trial cannot be applied. */
function* beforeApplying(trial: Trial, item: Item, journal: Journal): Generator<Conflict> {
	const { path, below, layer, at, kind, type } = item.change;
	const place = { root: layer.lower, path: at };
	const restored = journal.restored.get(item.index);
	const since = nanoseconds(trial.manifest.began);
	const applied = appliedBelow(trial, item.change);
	if (typeof applied === "string") {
		yield { path, why: applied };
		return;
	}
	const expected = applied ?? (restored === undefined ? (below ?? null) : restored);
	const why = difference(expected, identityAt(place));
	if (why !== undefined) yield { path, why };
	else if (below === undefined || restored !== undefined) return;
	else if (below.type !== "dir") {
		if (applied === undefined && nanoseconds(below.ctime) > since)
			yield { path, why: "changed during the trial" };
	} else if (kind === "D" || type !== "dir") {
		for (const [one, status] of filesBelow(layer.lower, at))
			if (status.ctime > since && !isApplied(trial, `${layer.path}/${one}`, status))
				yield { path: `${layer.path}/${one}`, why: "has changed" };
	}
}

/** Finds the reasons why an applied change cannot be reverted. */
function* beforeReverting(item: Item, journal: Journal, applied: Set<string>): Generator<Conflict> {
	const { path, layer, at } = item.change;
	const now = identityAt({ root: layer.lower, path: at });
	const why = difference(journal.after.get(item.index) ?? null, now);
	if (why !== undefined) yield { path, why };
	else if (now?.type === "dir" && journal.before.get(item.index)?.type !== "dir")
		for (const [one] of filesBelow(layer.lower, at))
			if (!applied.has(`${layer.path}/${one}`))
				yield { path: `${layer.path}/${one}`, why: "was added" };
}

/**
 * Finds the conflicts of changes. An applied change conflicts if its path has changed since the
 * change was applied. Any other change conflicts if its path has changed since the trial.
 */
export function conflictsOf(trial: Trial, items: readonly Item[], journal: Journal): Conflict[] {
	const applied = new Set(items.map(({ change }) => change.path));
	const conflicts: Conflict[] = [];
	for (const item of items) {
		try {
			if (journal.after.has(item.index)) conflicts.push(...beforeReverting(item, journal, applied));
			else if (!journal.before.has(item.index))
				conflicts.push(...beforeApplying(trial, item, journal));
		} catch (error) {
			// A file system is mounted there, or a part of the path is a symbolic link now.
			if (![sys.EXDEV, sys.ELOOP].includes(sys.errnoOf(error)))
				throw failedOn(item.change.path, error);
			const why =
				sys.errnoOf(error) === sys.EXDEV ? "is in another file system" : "is behind a link";
			conflicts.push({ path: item.change.path, why });
		}
	}
	return [...new Map(conflicts.map((conflict) => [conflict.path, conflict])).values()];
}

/**
 * Tells whether a place is in the state before an interrupted step, or in the state after the step.
 * A copy of the step has some properties of its original, and these properties identify the copy.
 */
export function isResultOf(_trial: Trial, { change }: Item, before: Identity | null): boolean {
	const { layer, at, kind } = change;
	const now = statusAt({ root: layer.lower, path: at });
	if (isSame(before, now === undefined ? null : identityOf(now))) return true;
	if (kind === "D") return now === undefined;
	const source = statusAt({ root: layer.upper, path: at });
	if (now === undefined || source === undefined || typeOf(now) !== typeOf(source)) return false;
	if (typeOf(now) === "dir") return true;
	return now.size === source.size && now.mtime === source.mtime && now.mode === source.mode;
}
