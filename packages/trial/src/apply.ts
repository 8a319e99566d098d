// SPDX-License-Identifier: BSD-2-Clause
// Applies the changes of a trial to the files in the lower directories, and reverts the changes.
import * as sys from "@pflask/runtime/syscalls";
import { conflictsOf, isResultOf } from "./conflict.ts";
import { type Check, copyTo, type Links, removeTree } from "./copy.ts";
import { visibleText } from "./diff.ts";
import { readEntry } from "./entry.ts";
import { type Identity, identityOf, isSame } from "./identity.ts";
import { refuseItself } from "./itself.ts";
import { addLine, type Indexed, type Journal, type Parent, readJournal } from "./journal.ts";
import { noteReverted, requireApplied } from "./stacked.ts";
import {
	closeParent,
	isReachable,
	type Put,
	parentOf,
	type Removal,
	splitPath,
	statusAt,
	temporaryName,
	transfer,
} from "./transfer.ts";
import {
	failedOn,
	type Layer,
	openKept,
	type Placed,
	placeAll,
	select,
	type Trial,
	trialError,
} from "./trial.ts";

export interface ApplyOptions {
	/** The paths to apply. Default: all. */
	readonly paths?: readonly string[];
	/** Whether to apply changes to paths that have changed since the trial. */
	readonly force?: boolean;
	/**
	 * The kinds of risky files to apply, even if a less privileged user could have made the files.
	 */
	readonly allow?: readonly Risk[];
}

/** Files by which a less privileged user could become root. */
export const RISKS = ["setuid", "devices"] as const;
export type Risk = (typeof RISKS)[number];

/** What was done. */
export interface Done {
	readonly paths: readonly string[];
	/** The paths that another process has changed. If there are such paths, nothing was done. */
	readonly conflicts: readonly { readonly path: string; readonly why: string }[];
}

const UNDO = "undo";
const LOCK_TRIES = 100;
const LOCK_PAUSE = 20; // milliseconds

/** A change with its index in the manifest. */
export interface Item {
	readonly index: number;
	readonly change: Placed;
}

const toOf = ({ change }: Item) => ({ root: change.layer.lower, path: change.at });

/**
 * Locks a trial by a lock on its manifest, because other users can open the directory and could
 * lock the directory for ever. Waits a moment, because a process that was killed needs time to end.
 */
function lock(trial: Trial): void {
	for (let tries = 0; !sys.lock(trial.manifestFd); tries++) {
		if (tries === LOCK_TRIES) throw trialError(trial.dir, "another pflask uses the trial");
		Bun.sleepSync(LOCK_PAUSE);
	}
	refuseReplaced(trial);
}

/**
 * Refuses a trial with a later command than the read manifest. Such a command has replaced the file
 * of the manifest.
 */
function refuseReplaced({ dir, fd, manifestFd }: Trial): void {
	const [read, now] = [sys.fstat(manifestFd), sys.statAt(fd, "manifest")];
	if (now?.inode === read.inode && now.device === read.device) return;
	throw trialError(dir, "a command has gone on with the trial meanwhile", `pflask --diff=${dir}`);
}

/** Adds the changes that make the directories above, because a new path needs these directories. */
function withParents(all: readonly (Placed | undefined)[], selected: readonly Placed[]): Item[] {
	const wanted = new Set(selected.map(({ path }) => path));
	for (const { path } of selected)
		for (let [top] = splitPath(path); top !== ""; [top] = splitPath(top)) wanted.add(top);
	const chosen = new Set(selected);
	const items = [...all.entries()].flatMap(([index, change]) =>
		change ? [{ index, change }] : [],
	);
	return items.filter(
		({ change }) => chosen.has(change) || (isMade(change) && wanted.has(change.path)),
	);
}

/** Tells whether a change makes a directory where no directory was. */
function isMade({ kind, type, below }: Placed): boolean {
	return type === "dir" && (kind === "A" || (kind === "M" && below?.type !== "dir"));
}

/** Refuses files by which a less privileged user could become root. */
function refuse(trial: Trial, items: readonly Item[], allow: readonly Risk[]): void {
	if (!isRefusing(trial)) return;
	for (const { change } of items) {
		if (change.kind === "D") continue;
		refuseRisk(trial, change, riskOf(change, trial.notes), allow);
	}
}

/** Tells whether root applies the changes of a less privileged user. */
function isRefusing({ manifest: { uid, userns } }: Trial): boolean {
	return sys.effectiveUid() === 0 && (uid !== 0 || userns);
}

function refuseRisk(
	trial: Trial,
	change: Placed,
	risk: Risk | undefined,
	allow: readonly Risk[],
): void {
	if (risk === undefined || allow.includes(risk)) return;
	const what = risk === "setuid" ? "a setuid file" : "a device";
	const why = `is ${what}, and the command did not run as root`;
	const hint = `pflask --apply=${trial.dir} --allow=${risk}`;
	throw trialError(visibleText(change.path), why, hint);
}

/** Returns the function that checks an entry at the moment of its copy. */
function checkOf(trial: Trial, change: Placed, allow: readonly Risk[]): Check | undefined {
	if (!isRefusing(trial)) return undefined;
	return (...entry) => refuseRisk(trial, change, riskIn(...entry), allow);
}

/**
 * Refuses files that a caller without privilege cannot give to their owners. In a container with a
 * range of ids, the command can make such files.
 */
function refuseForeign(trial: Trial, items: readonly Item[]): void {
	const user = sys.effectiveUid();
	if (user === 0) return;
	const groups = new Set([process.getegid?.(), ...(process.getgroups?.() ?? [])]);
	const hint = `pflask --apply=${trial.dir} PATH`;
	for (const item of items) {
		const { kind, layer, at, path } = item.change;
		if (kind === "D") continue;
		const { uid, gid } = readEntry(layer.upper, at, trial.notes).status;
		const isGiven = groups.has(gid) || groupAt(item) === gid;
		const other = uid !== user ? `user ${uid}` : isGiven ? undefined : `group ${gid}`;
		const why = `belongs to ${other} in the trial, and only root can give files away`;
		if (other !== undefined) throw trialError(visibleText(path), why, hint);
	}
}

/**
 * Returns the group of an existing directory, or the group that a new file takes from its
 * directory.
 */
function groupAt({ change: { layer, at, type, below } }: Item): number | undefined {
	if (type === "dir" && below?.type === "dir") return below.gid;
	for (let [path] = splitPath(at); ; [path] = splitPath(path)) {
		const status = statusAt({ root: layer.lower, path });
		if (status !== undefined) return status.mode & 0o2000 ? status.gid : undefined;
		if (path === "") return undefined;
	}
}

/**
 * Returns the risk of a file. Looks at the file itself, because the file can have changed since the
 * manifest was written.
 */
function riskOf({ layer, at }: Placed, notes: string): Risk | undefined {
	const { type, status, attributes } = readEntry(layer.upper, at, notes);
	return riskIn(type, status, attributes);
}

function riskIn(...[type, status, attributes]: Parameters<Check>): Risk | undefined {
	if (type === "char" || type === "block") return "devices";
	if (type !== "file") return undefined;
	const isSetuid = (status.mode & 0o6000) !== 0 || attributes.has("security.capability");
	return isSetuid ? "setuid" : undefined;
}

const hintOf = ({ dir }: Trial) => `pflask --apply=${dir}, or pflask --revert=${dir}`;

function failedIn(trial: Trial): (path: string, error: unknown) => unknown {
	return (path, error) => failedOn(visibleText(path), error, hintOf(trial));
}

function idOf(trial: Trial): string {
	return sys.fstat(trial.fd).inode.toString(36);
}

/** Opens the directory for the entries that changes replace. */
function openUndo(trial: Trial): number {
	try {
		sys.makeDirectory(trial.fd, UNDO, 0o700);
	} catch (error) {
		if (sys.errnoOf(error) !== sys.EEXIST) throw failedOn(`${trial.dir}/${UNDO}`, error);
	}
	return openKept(trial, UNDO, sys.O_RDONLY | sys.O_DIRECTORY);
}

/**
 * Copies the entry at the place of an item into the directory `undo`. Returns the identity of the
 * entry.
 */
function keepOne(trial: Trial, item: Item, undo: number, links: Links): Identity | null {
	const from = toOf(item);
	const status = statusAt(from);
	if (status === undefined) return null;
	const identity = identityOf(status);
	const { type } = identity;
	const tree = type === "dir" && (item.change.kind === "D" || item.change.type !== "dir");
	copyTo(from, undo, `${item.index}`, { notes: trial.notes, links, tree, type });
	return identity;
}

/**
 * Keeps the entries that the items will replace or remove. Returns the identities of the entries.
 */
function keep(trial: Trial, items: readonly Item[]): Indexed[] {
	const undo = openUndo(trial);
	const links: Links = new Map();
	const mask = sys.umask(0);
	try {
		const before = items.map((item): Indexed => {
			try {
				return [item.index, keepOne(trial, item, undo, links)];
			} catch (error) {
				throw failedOn(visibleText(item.change.path), error);
			}
		});
		sys.syncfs(undo);
		return before;
	} catch (error) {
		// No line of the journal names these copies. They may have filled the disk.
		for (const { index } of items) removeTree(undo, `${index}`);
		throw error;
	} finally {
		sys.umask(mask);
		closeParent();
		sys.close(undo);
		for (const fd of links.values()) sys.close(fd);
	}
}

/** Returns the existing directories that get or lose entries, with their times. */
function parentsOf(items: readonly Item[]): Parent[] {
	const found = new Map<string, Parent>();
	for (const item of items) {
		const layer = item.change.layer.path;
		const [path] = splitPath(item.change.at);
		const key = `${layer}\0${path}`;
		if (item.change.at === "" || found.has(key)) continue;
		const status = statusAt({ root: item.change.layer.lower, path });
		if (status === undefined) continue;
		found.set(key, { layer, path, atime: `${status.atime}`, mtime: `${status.mtime}` });
	}
	return [...found.values()];
}

function layerOf(trial: Trial, path: string): Layer {
	const layer = trial.layers.find((one) => one.path === path);
	if (layer === undefined) throw trialError(trial.dir, "the journal does not fit the manifest");
	return layer;
}

/** Returns the times that the directories had in the trial. */
function timesInTrial(trial: Trial, parents: readonly Parent[]) {
	return parents.flatMap(({ layer, path }) => {
		const { upper, lower } = layerOf(trial, layer);
		const status = statusAt({ root: upper, path });
		return status === undefined ? [] : [{ ...status, to: { root: lower, path } }];
	});
}

function putOf(item: Item, before: ReadonlyMap<number, Identity | null>): Put {
	const { layer, at, type } = item.change;
	const inode = inodeOf(before.get(item.index));
	return { to: toOf(item), from: { root: layer.upper, path: at }, type, tree: false, inode };
}

/** Returns the inode of a directory. The inode identifies the directory when its owner is set. */
function inodeOf(one: Identity | null | undefined): bigint | undefined {
	return one?.type === "dir" ? BigInt(one.inode) : undefined;
}

/** Carries out changes. The changes must be in the journal already. */
function carryOut(
	trial: Trial,
	items: readonly Item[],
	before: ReadonlyMap<number, Identity | null>,
	parents: readonly Parent[],
	again: boolean,
	allow: readonly Risk[],
) {
	const removals = items.filter(({ change }) => change.kind === "D");
	transfer(
		{
			id: idOf(trial),
			notes: trial.notes,
			again,
			puts: items
				.filter(({ change }) => change.kind !== "D")
				.map((item) => {
					const check = checkOf(trial, item.change, allow);
					return { ...putOf(item, before), check };
				}),
			removals: removals.map((item) => ({ to: toOf(item), tree: true })),
			times: timesInTrial(trial, parents),
		},
		failedIn(trial),
	);
	addLine(trial, { applied: identities(items) });
}

function identities(items: readonly Item[]): Indexed[] {
	return items.map((item) => {
		const status = statusAt(toOf(item));
		return [item.index, status === undefined ? null : identityOf(status)];
	});
}

/** Finishes a step that was interrupted. */
function finishBegun(
	trial: Trial,
	journal: Journal,
	force: boolean,
	allow: readonly Risk[],
): Done | undefined {
	if (journal.begun === undefined) return undefined;
	const items = itemsOf(trial, journal.before.keys());
	if (journal.begun === "revert") return undo(trial, journal, items, true);
	const begun = items.filter(({ index }) => !journal.after.has(index));
	const conflicts = force ? [] : changedMeanwhile(trial, journal, begun);
	if (conflicts.length > 0) return { paths: [], conflicts };
	carryOut(trial, begun, journal.before, journal.parents, true, allow);
	return { paths: begun.map(({ change }) => change.path), conflicts: [] };
}

/** Finds paths that are neither in the state before the step nor in the state after the step. */
function changedMeanwhile(trial: Trial, { before }: Journal, items: readonly Item[]) {
	return items
		.filter((item) => !isResultOf(trial, item, before.get(item.index) ?? null))
		.map(({ change: { path } }) => ({ path, why: "has changed since pflask was interrupted" }));
}

function itemsOf(trial: Trial, indices: Iterable<number>): Item[] {
	const all = placeAll(trial);
	return [...indices]
		.sort((a, b) => a - b)
		.map((index) => ({ index, change: all[index] as Placed }));
}

/** Refuses a root if its files had other owners in the container than on the host. */
function refuseMapped(trial: Trial): void {
	const mapped = trial.manifest.overlays.find(({ idmapped }) => idmapped);
	if (mapped?.lower === undefined) return;
	const why = "was mounted with mapped owners, which --apply cannot map back";
	throw trialError(mapped.lower, why);
}

/** Applies changes of a trial. If there are conflicts, applies nothing. */
export function apply(trial: Trial, options: ApplyOptions = {}): Done {
	const { paths = [], force = false, allow = [] } = options;
	refuseMapped(trial);
	lock(trial);
	for (const lower of trial.below) lock(lower);
	requireApplied(trial);
	const first = finishBegun(trial, readJournal(trial), force, allow);
	if (first !== undefined && first.conflicts.length > 0) return first;
	const journal = readJournal(trial);
	const { changes, lost } = select(trial, paths);
	if (lost[0] !== undefined) throw trialError(visibleText(lost[0].path), lost[0].why);
	const selected = withParents(placeAll(trial), changes);
	const items = selected.filter(({ index }) => !journal.before.has(index));
	refuse(trial, items, allow);
	refuseForeign(trial, items);
	refuseItself(trial, idOf(trial), items);
	const conflicts = force ? [] : conflictsOf(trial, items, journal);
	if (conflicts.length > 0) return { paths: [], conflicts };
	if (items.length > 0) {
		const before = keep(trial, items);
		const parents = parentsOf(items);
		addLine(trial, { apply: before, parents });
		carryOut(trial, items, new Map(before), parents, false, allow);
	}
	return { paths: [...(first?.paths ?? []), ...items.map(({ change }) => change.path)], conflicts };
}

/** Returns the step that undoes a change: a removal, or a copy of the kept entry. */
function undoOf(undo: number, item: Item, before: Identity | null): Put | Removal {
	const to = toOf(item);
	if (before === null) return { to, tree: false };
	const isStatus = item.change.kind !== "D" && item.change.type === "dir";
	const tree = before.type === "dir" && !isStatus;
	return { to, from: { root: undo, path: `${item.index}` }, type: before.type, tree };
}

function undo(trial: Trial, journal: Journal, items: readonly Item[], again: boolean): Done {
	const kept = openUndo(trial);
	const steps = items.map((item) => undoOf(kept, item, journal.before.get(item.index) ?? null));
	const times = journal.parents.map(({ layer, path, atime, mtime }) => ({
		to: { root: layerOf(trial, layer).lower, path },
		atime: BigInt(atime),
		mtime: BigInt(mtime),
	}));
	transfer(
		{
			id: idOf(trial),
			notes: trial.notes,
			again,
			puts: steps.filter((step) => "from" in step),
			removals: steps.filter((step) => !("from" in step)),
			times: times.reverse(), // the times before the first step come last
		},
		failedIn(trial),
	);
	noteReverted(
		trial,
		journal,
		items.map(({ index }) => index),
	);
	addLine(trial, { reverted: identities(items) });
	for (const { index } of items) removeTree(kept, `${index}`);
	sys.close(kept);
	return { paths: items.map(({ change }) => change.path), conflicts: [] };
}

/** Removes the temporary copies that an interrupted step has left. */
function removeCopies(trial: Trial, items: readonly Item[]): void {
	const start = temporaryName(idOf(trial));
	for (const item of items) {
		if (!isReachable(toOf(item))) continue;
		const [directory] = parentOf(toOf(item));
		for (const name of sys.listNames(directory))
			if (name.startsWith(start)) removeTree(directory, name);
	}
}

/**
 * Tells whether an interrupted step has not changed a place yet. Several system calls change a
 * directory that stays a directory, so such a directory counts as changed.
 */
function isUntouched(item: Item, { before, after }: Journal): boolean {
	const { kind, type } = item.change;
	if (kind === "M" && type === "dir" && before.get(item.index)?.type === "dir") return false;
	const status = statusAt(toOf(item));
	const now = status === undefined ? null : identityOf(status);
	return !after.has(item.index) && isSame(before.get(item.index) ?? null, now);
}

/** Reverts all applied changes. If a path has changed since then, reverts nothing. */
export function revert(trial: Trial): Done {
	lock(trial);
	for (const lower of trial.below) lock(lower);
	const journal = readJournal(trial);
	const items = itemsOf(trial, journal.before.keys());
	if (items.length === 0) throw trialError(trial.dir, "nothing is applied");
	if (journal.begun === "revert") return undo(trial, journal, items, true);
	const begun = items.filter(({ index }) => !journal.after.has(index));
	const conflicts = [
		...changedMeanwhile(trial, journal, begun),
		...conflictsOf(trial, items, journal),
	];
	if (conflicts.length > 0) return { paths: [], conflicts };
	addLine(trial, { revert: items.map(({ index }) => index) });
	if (begun.length > 0) removeCopies(trial, begun);
	const done = items.filter((item) => !isUntouched(item, journal));
	return undo(trial, journal, done, begun.length > 0);
}
