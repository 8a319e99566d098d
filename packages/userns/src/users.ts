// SPDX-License-Identifier: BSD-2-Clause
// Finds the users and groups of the machine: in passwd(5) and group(5), or in the source that
// nsswitch.conf(5) names.
import { PflaskError } from "@pflask/runtime/internal";
import { isHere, output, readText } from "./files.ts";
import { IDS, type Range } from "./range.ts";

/** A user of the machine. */
export interface User {
	/** The login name, or the uid in decimal if the user has no name. */
	readonly name: string;
	readonly uid: number;
	/** The primary group. */
	readonly gid: number;
}

/** Returns the user with a login name or a uid. Throws a PflaskError if there is no such user. */
export function findUser(user: string | number, root = "/"): User {
	const key = `${user}`;
	const line = isHere(root) ? output("getent", "passwd", "--", key) : undefined;
	const users = parsePasswd(line ?? readText(root, "/etc/passwd"));
	const named = users.find(({ name }) => name === key);
	const found = named ?? users.find(({ uid }) => `${uid}` === key);
	if (found !== undefined) return found;
	throw new PflaskError(`${key}: no such user`, {
		code: "invalid",
		field: "user",
		subject: key,
		hint: "getent passwd",
	});
}

/** Returns the user who runs this program. */
export function currentUser(root = "/"): User {
	const uid = process.geteuid?.() ?? 0;
	const gid = process.getegid?.() ?? 0;
	try {
		return { name: findUser(uid, root).name, uid, gid };
	} catch {
		return { name: `${uid}`, uid, gid };
	}
}

/** Tells whether /etc/passwd has the user, so that shadow's tools can change the user. */
export function isLocal({ name }: User, root = "/"): boolean {
	return parsePasswd(readText(root, "/etc/passwd")).some((user) => user.name === name);
}

/** Returns the ids of all users and groups. */
export function usedIds(root = "/"): Range[] {
	const users = parsePasswd(databaseText("passwd", root)).flatMap(({ uid, gid }) => [uid, gid]);
	const groups = databaseText("group", root).split("\n").map(groupId);
	return [...users, ...groups].filter(isId).map((start) => ({ start, count: 1 }));
}

/**
 * Returns the lines of a database: the lines of the name services and the lines of the file. Some
 * name services list nothing, so the file is always read.
 */
function databaseText(database: "passwd" | "group", root: string): string {
	const listed = isHere(root) ? output("getent", database) : undefined;
	return `${listed ?? ""}\n${readText(root, `/etc/${database}`)}`;
}

function parsePasswd(text: string): User[] {
	return text.split("\n").flatMap((line) => {
		const [, name, ...ids] = /^([^:]+):[^:]*:(\d+):(\d+):/.exec(line) ?? [];
		const [uid = IDS, gid = IDS] = ids.map(Number);
		return name !== undefined && isId(uid) && isId(gid) ? [{ name, uid, gid }] : [];
	});
}

function groupId(line: string): number {
	const [, gid = IDS] = /^[^:]+:[^:]*:(\d+):/.exec(line) ?? [];
	return Number(gid);
}

function isId(id: number): boolean {
	return id < IDS;
}
