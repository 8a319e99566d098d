// SPDX-License-Identifier: BSD-2-Clause
// Prepares a machine so that a user can run containers: plans a list of changes, then makes them.
import { writeFileSync } from "node:fs";
import { PflaskError } from "@pflask/runtime/internal";
import { isHere, output, pathOf, program, readText, type Where, working } from "./files.ts";
import { PATIENCE, withLocks } from "./lock.ts";
import { DEFAULT_COUNT, grantText, idsIn, overlap, type Range, rangeText } from "./range.ts";
import { foreignSource, grants, type Kind, pick, rangesOf } from "./ranges.ts";
import { appendLine, removeLine, writeText } from "./replace.ts";
import {
	fileOf,
	isBlocking,
	SETTINGS,
	SETTINGS_FILE,
	type Setting,
	settingsText,
	settingValue,
	undoneBy,
} from "./settings.ts";
import { findUser, isLocal, type User } from "./users.ts";

/** One change that setup() makes. */
export type Change =
	/** Runs usermod(8). */
	| { readonly kind: "run"; readonly command: readonly string[] }
	/** Appends a line to a file. */
	| { readonly kind: "append"; readonly path: string; readonly line: string }
	/** Writes a new text to a file. */
	| { readonly kind: "write"; readonly path: string; readonly text: string }
	/** Changes a setting of the running kernel. */
	| {
			readonly kind: "set";
			readonly key: string;
			readonly before: number;
			readonly value: number;
			/**
			 * A file that undoes the setting at boot, because the file is read after SETTINGS_FILE.
			 */
			readonly undoneBy?: string;
	  };

/** The options of setup(). */
export interface SetupOptions extends Where {
	/** The user, by name or uid, who gets subordinate ids. */
	readonly user: string | number;
	/** Whether to change nothing. A dry run requires no privilege. Default: no. */
	readonly dryRun?: boolean;
	/** How long to wait for another process that changes the files, milliseconds. Default: 15000. */
	readonly patience?: number;
}

/**
 * The greatest number of times that setup() tries usermod(8). usermod(8) assigns the given ids even
 * if another user has just got the same ids. So setup() checks afterwards whether the ids are
 * shared. If the ids are shared, setup() tries again with other ids.
 */
const TRIES = 5;
const KINDS: readonly Kind[] = ["uid", "gid"];
const FILES = KINDS.map((kind) => `/etc/sub${kind}`);
const USERMOD_LOCK = "/etc/.pflask-userns";

/**
 * Gives a user 65536 subordinate uids and gids of their own, unless the user has that many already.
 * Lifts the kernel settings that forbid user namespaces, now and at boot. Uses usermod(8) if
 * usermod(8) works. Otherwise changes /etc/subuid and /etc/subgid: locks both files as shadow's
 * tools do, and replaces both files atomically. Requires root, except for a dry run. Returns the
 * changes that were made or, in a dry run, the changes that are needed. A second call makes no
 * changes. Throws a PflaskError: "invalid" (no such user), "privilege" (not root), "setup" (no free
 * ids, a lock is held, a file cannot be written). Changes made before an error stay, and are not
 * made again.
 */
export async function setup(options: SetupOptions): Promise<readonly Change[]> {
	const { root = "/", dryRun = false, patience = PATIENCE } = options;
	const user = findUser(options.user, root);
	if (dryRun) return [...planRanges(user, root), ...planSettings(root)];
	if (process.geteuid?.() !== 0)
		throw new PflaskError("setup: only root may set up a user", {
			code: "privilege",
			hint: `sudo pflask-userns setup ${user.name}`,
		});
	const lacking = Object.keys(wantedBy(user, root)).length > 0;
	const added = lacking ? await addRanges(user, root, patience) : [];
	const settings = planSettings(root);
	for (const change of settings) make(change, root);
	return [...added, ...settings];
}

type Wanted = { readonly [K in Kind]?: Range };

/**
 * Returns the ranges that a user lacks. If the user lacks uids and gids, the uids and the gids get
 * the same range.
 */
function wantedBy(user: User, root: string): Wanted {
	const has = rangesOf(user, root);
	const lacking = KINDS.filter((kind) => idsIn(has[kind]) < DEFAULT_COUNT);
	if (lacking.length === 0) return {};
	const source = isHere(root) ? foreignSource(root) : undefined;
	if (source !== undefined)
		throw new PflaskError(`${user.name}: the subordinate ids come from ${source}`, {
			code: "setup",
			subject: "/etc/nsswitch.conf",
			hint: `add the ids there, or remove the line "subid:" from /etc/nsswitch.conf`,
		});
	const range = pick(DEFAULT_COUNT, { root });
	return Object.fromEntries(lacking.map((kind) => [kind, range]));
}

function planRanges(user: User, root: string): Change[] {
	const wanted = wantedBy(user, root);
	return usesUsermod(user, root) ? usermodChanges(user, wanted) : appendChanges(user, wanted);
}

function usesUsermod(user: User, root: string): boolean {
	return isHere(root) && isLocal(user) && program("usermod") !== undefined;
}

/** Returns the usermod command that adds ranges, or no change if no range is missing. */
function usermodChanges({ name }: User, wanted: Wanted): Change[] {
	const options = KINDS.flatMap((kind) => {
		const range = wanted[kind];
		return range === undefined ? [] : [`--add-sub${kind}s`, rangeText(range)];
	});
	return options.length === 0
		? []
		: [{ kind: "run", command: ["usermod", ...options, "--", name] }];
}

function appendChanges({ name }: User, wanted: Wanted): Change[] {
	return KINDS.flatMap((kind): Change[] => {
		const range = wanted[kind];
		if (range === undefined) return [];
		const line = grantText({ owner: name, ...range });
		return [{ kind: "append", path: `/etc/sub${kind}`, line }];
	});
}

/**
 * Adds ranges by usermod(8) or in the files. usermod refuses users who are not in /etc/passwd and,
 * in older versions, users who are logged in. Lines in the files work for all users.
 */
async function addRanges(user: User, root: string, patience: number): Promise<Change[]> {
	const byUsermod = usesUsermod(user, root) ? await addByUsermod(user, patience) : undefined;
	return byUsermod ?? (await addToFiles(user, root, patience));
}

async function addToFiles(user: User, root: string, patience: number): Promise<Change[]> {
	return await withLocks(
		FILES.map((file) => pathOf(root, file)),
		patience,
		() => {
			const changes = appendChanges(user, wantedBy(user, root));
			for (const change of changes) make(change, root);
			return changes;
		},
	);
}

/** Returns the changes that usermod made, or undefined if usermod failed. */
async function addByUsermod(user: User, patience: number): Promise<Change[] | undefined> {
	// usermod locks the files itself. The lock here keeps other calls of setup() away.
	return await withLocks([USERMOD_LOCK], patience, async () => {
		for (let tries = 0; tries < TRIES; tries++) {
			const wanted = wantedBy(user, "/");
			const changes = usermodChanges(user, wanted);
			if (!changes.every(run)) return undefined;
			if (KINDS.every((kind) => isAlone(user, kind, wanted[kind]))) return changes;
			await giveBack(user, wanted, patience);
		}
		return undefined;
	});
}

/**
 * Removes ranges from the files. usermod(8) does not remove ranges of a user who is logged in, or
 * ranges in use by a process.
 */
async function giveBack(user: User, wanted: Wanted, patience: number): Promise<void> {
	const given = appendChanges(user, wanted);
	await withLocks(FILES, patience, () => {
		for (const change of given) if (change.kind === "append") removeLine(change.path, change.line);
	});
}

/** Tells whether the user has a range, and no other user has got ids of the range meanwhile. */
function isAlone({ name }: User, kind: Kind, range: Range | undefined): boolean {
	if (range === undefined) return true;
	const shared = grants(kind, "/").filter((grant) => overlap(grant, range));
	return shared.length > 0 && shared.every(({ owner }) => owner === name);
}

function run(change: Change): boolean {
	if (change.kind !== "run") return false;
	const [name = "", ...args] = change.command;
	return output(name, ...args) !== undefined;
}

/**
 * Plans the changes of blocking settings: first the file for the next boots, then the running
 * kernel.
 */
function planSettings(root: string): Change[] {
	const blocking = SETTINGS.filter((setting) => isBlocking(setting, root));
	if (blocking.length === 0) return [];
	const text = settingsText(blocking, root);
	const file: Change = { kind: "write", path: SETTINGS_FILE, text };
	const files = text === readText(root, SETTINGS_FILE) ? [] : [file];
	return [...files, ...blocking.map((setting) => setChange(setting, root))];
}

function setChange(setting: Setting, root: string): Change {
	const { key, allows } = setting;
	const undoing = undoneBy(setting, root);
	const note = undoing === undefined ? {} : { undoneBy: undoing };
	return { kind: "set", key, before: settingValue(setting, root) ?? 0, value: allows, ...note };
}

/** Makes a change of a file or of a setting. */
function make(change: Change, root: string): void {
	switch (change.kind) {
		case "append":
			appendLine(pathOf(root, change.path), change.line);
			break;
		case "write":
			writeText(pathOf(root, change.path), change.text);
			break;
		case "set":
			writeSetting(pathOf(root, fileOf(change.key)), change.value);
	}
}

function writeSetting(path: string, value: number): void {
	working("write", path, () => writeFileSync(path, `${value}\n`));
}
