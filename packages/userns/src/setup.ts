// SPDX-License-Identifier: BSD-2-Clause
// What a machine needs once, so that a user can run containers: a list of changes, then made.
import { writeFileSync } from "node:fs";
import { PflaskError } from "@pflask/runtime";
import { isHere, output, pathOf, program, readText, type Where, working } from "./files.ts";
import { PATIENCE, withLocks } from "./lock.ts";
import { grantText, idsIn, overlap, type Range, rangeText, USUAL_COUNT } from "./range.ts";
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

/** One thing that `setup` does. */
export type Change =
	/** Runs a program: usermod(8). */
	| { readonly kind: "run"; readonly command: readonly string[] }
	/** Appends a line to a file. */
	| { readonly kind: "append"; readonly path: string; readonly line: string }
	/** Gives a file a new text. */
	| { readonly kind: "write"; readonly path: string; readonly text: string }
	/** Sets a setting of the kernel, at once. */
	| {
			readonly kind: "set";
			readonly key: string;
			readonly before: number;
			readonly value: number;
			/** A file that sets it back at boot, after the one that is written. */
			readonly undoneBy?: string;
	  };

/** What is to be set up. */
export interface SetupOptions extends Where {
	/** The user, by name or uid, that is to have subordinate ids. */
	readonly user: string | number;
	/** Whether nothing is done; needs no privilege then. Default: no. */
	readonly dryRun?: boolean;
	/** How long to wait for whoever else changes the files, milliseconds. Default: 15000. */
	readonly patience?: number;
}

/** usermod(8) does not look at other users' ranges: how often it may pick one that was taken. */
const TRIES = 5;
const KINDS: readonly Kind[] = ["uid", "gid"];
const FILES = KINDS.map((kind) => `/etc/sub${kind}`);
const USERMOD_LOCK = "/etc/.pflask-userns";

/**
 * Gives a user 65536 subordinate uids and gids that nobody else has, unless it has as many, and
 * lifts the settings of the kernel that forbid user namespaces, now and at boot. Does it by
 * usermod(8) where that works, else in /etc/subuid and /etc/subgid, which are locked as shadow's
 * tools lock them and replaced as a whole. Only for root, but for a dry run. Returns what was
 * done, or what would be; nothing the second time. Throws a PflaskError: "invalid" (no such user),
 * "privilege" (not root), "setup" (no free ids, a lock that is held, a file that can not be
 * written). What was done before an error stays, and is not done again.
 */
export async function setup(options: SetupOptions): Promise<readonly Change[]> {
	const { root = "/", dryRun = false, patience = PATIENCE } = options;
	const user = findUser(options.user, root);
	if (dryRun) return [...planRanges(user, root), ...planSettings(root)];
	if (process.geteuid?.() !== 0)
		throw new PflaskError("setup: only root can do that", {
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

/** The ranges that a user lacks: one range, for both kinds where both are missing. */
function wantedBy(user: User, root: string): Wanted {
	const has = rangesOf(user, root);
	const lacking = KINDS.filter((kind) => idsIn(has[kind]) < USUAL_COUNT);
	if (lacking.length === 0) return {};
	const source = isHere(root) ? foreignSource(root) : undefined;
	if (source !== undefined)
		throw new PflaskError(`${user.name}: its subordinate ids come from ${source}`, {
			code: "setup",
			subject: "/etc/nsswitch.conf",
			hint: `add them there, or remove the line "subid:" from /etc/nsswitch.conf`,
		});
	const range = pick(USUAL_COUNT, { root });
	return Object.fromEntries(lacking.map((kind) => [kind, range]));
}

function planRanges(user: User, root: string): Change[] {
	const wanted = wantedBy(user, root);
	return usesUsermod(user, root) ? usermodChanges(user, wanted) : appendChanges(user, wanted);
}

function usesUsermod(user: User, root: string): boolean {
	return isHere(root) && isLocal(user) && program("usermod") !== undefined;
}

/** Returns the command that adds ranges, or none where there is nothing to do. */
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
 * usermod(8) refuses users of other name services and, in older versions, users who are logged
 * in: nothing that is in the way of the files.
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

/** Returns what was done, or undefined where usermod did not do it. */
async function addByUsermod(user: User, patience: number): Promise<Change[] | undefined> {
	// usermod takes the files' own locks, which nobody else may have then: this one is ours.
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

/** usermod(8) deletes no ranges of a user that is logged in, nor those that a process uses. */
async function giveBack(user: User, wanted: Wanted, patience: number): Promise<void> {
	const given = appendChanges(user, wanted);
	await withLocks(FILES, patience, () => {
		for (const change of given) if (change.kind === "append") removeLine(change.path, change.line);
	});
}

/** Tells whether a range was given to the user, and in the meantime to nobody else. */
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

/** The settings in the way: first for every boot to come, then for now. */
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

/** Makes a change of a file. */
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
