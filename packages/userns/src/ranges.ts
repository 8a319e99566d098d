// SPDX-License-Identifier: BSD-2-Clause
// Finds the subordinate ids of users, and the ids that are still free.
import { PflaskError } from "@pflask/runtime/internal";
import { isHere, output, readText, type Where } from "./files.ts";
import {
	complement,
	DEFAULT_COUNT,
	firstFree,
	type Grant,
	IDS,
	parseGrants,
	type Range,
} from "./range.ts";
import { findUser, type User, usedIds } from "./users.ts";

/** The two kinds of ids. */
export type Kind = "uid" | "gid";

/** The subordinate ids of a user. */
export interface Ranges {
	readonly uid: readonly Range[];
	readonly gid: readonly Range[];
}

/**
 * Returns the subordinate ids of a user, given by name or uid. These are the ids that newuidmap(1)
 * and newgidmap(1) let the user map, in the order of their source. The source is the lines of
 * /etc/subuid and /etc/subgid (subuid(5)) that have the user's name or uid; /etc/subgid uses the
 * uid, too. If a "subid" line of nsswitch.conf names another source, getsubids(1) reads the ids
 * from this source. Throws a PflaskError if there is no such user.
 */
export function ranges(user: string | number, { root = "/" }: Where = {}): Ranges {
	return rangesOf(findUser(user, root), root);
}

/** Returns the subordinate ids of a user who was looked up before. */
export function rangesOf(user: User, root: string): Ranges {
	return { uid: granted(user, "uid", root), gid: granted(user, "gid", root) };
}

/** Returns the lines of /etc/subuid or /etc/subgid. */
export function grants(kind: Kind, root: string): Grant[] {
	return parseGrants(readText(root, `/etc/sub${kind}`));
}

/**
 * Returns the source of subordinate ids that nsswitch.conf(5) names, or undefined if the source is
 * the files /etc/subuid and /etc/subgid.
 */
export function foreignSource(root: string): string | undefined {
	const [, source] = /^[ \t]*subid:[ \t]*(\w+)/m.exec(readText(root, "/etc/nsswitch.conf")) ?? [];
	return source === "files" ? undefined : source;
}

/**
 * Returns the first `count` ids (default: 65536) that are free both as uids and as gids: no line of
 * /etc/subuid and /etc/subgid grants them, no user or group has them, and they exist in this user
 * namespace. The ids lie between SUB_UID_MIN and SUB_UID_MAX and between SUB_GID_MIN and
 * SUB_GID_MAX of login.defs(5). Reserves nothing: the next call returns the same ids. Throws a
 * PflaskError if no ids are free.
 */
export function pick(count: number = DEFAULT_COUNT, { root = "/" }: Where = {}): Range {
	if (!Number.isSafeInteger(count) || count < 1 || count > IDS)
		throw new PflaskError(`${count}: invalid number of ids`, { code: "invalid", field: "count" });
	const within = limits(readText(root, "/etc/login.defs"));
	const taken = [
		...grants("uid", root),
		...grants("gid", root),
		...usedIds(root),
		...unmapped("uid", root),
		...unmapped("gid", root),
	];
	const free = firstFree(within, count, taken);
	if (free !== undefined) return free;
	const last = within.start + within.count - 1;
	throw new PflaskError(
		`no range of ${count} subordinate ids is free from ${within.start} to ${last}`,
		{
			code: "setup",
			subject: "login.defs",
			hint: "raise SUB_UID_MAX and SUB_GID_MAX in /etc/login.defs",
		},
	);
}

function granted(user: User, kind: Kind, root: string): Range[] {
	const { name, uid } = user;
	if (isHere(root) && foreignSource(root) !== undefined) return fromGetsubids(name, kind);
	return grants(kind, root)
		.filter(({ owner }) => owner === name || owner === `${uid}`)
		.map(({ start, count }) => ({ start, count }));
}

/**
 * Returns the ranges that getsubids(1) prints as "INDEX: OWNER START COUNT". getsubids(1) fails if
 * there are no ranges.
 */
function fromGetsubids(name: string, kind: Kind): Range[] {
	const text = output("getsubids", ...(kind === "gid" ? ["-g", name] : [name])) ?? "";
	const lines = text.split("\n").map((line) => line.trim().split(/\s+/).join(":"));
	return parseGrants(lines.map((line) => line.replace(/^\d+::/, "")).join("\n"));
}

/** Returns the ids from which shadow's tools take subordinate ids, for uids and gids alike. */
function limits(definitions: string): Range {
	const number = (name: string, standard: number) => {
		const [, text] = new RegExp(`^[ \\t]*${name}[ \\t]+(\\d+)`, "m").exec(definitions) ?? [];
		return text === undefined ? standard : Math.min(Number(text), IDS - 1);
	};
	const first = Math.max(number("SUB_UID_MIN", 100_000), number("SUB_GID_MIN", 100_000));
	const last = Math.min(number("SUB_UID_MAX", 600_100_000), number("SUB_GID_MAX", 600_100_000));
	return { start: first, count: Math.max(0, last - first + 1) };
}

/** Returns the ids that this user namespace lacks: user_namespaces(7), /proc/PID/uid_map. */
function unmapped(kind: Kind, root: string): Range[] {
	const lines = readText(root, `/proc/self/${kind}_map`).trim().split("\n");
	const mapped = lines.flatMap((line) => {
		const [start, , count] = line.trim().split(/\s+/).map(Number);
		return start === undefined || count === undefined ? [] : [{ start, count }];
	});
	return mapped.length === 0 ? [] : complement(mapped);
}
