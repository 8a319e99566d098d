// SPDX-License-Identifier: BSD-2-Clause
// Who may use which subordinate ids, and which are free.
import { PflaskError } from "@pflask/runtime";
import { isHere, output, readText, type Where } from "./files.ts";
import {
	complement,
	firstFree,
	type Grant,
	IDS,
	parseGrants,
	type Range,
	USUAL_COUNT,
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
 * Returns the subordinate ids of a user, given by name or uid, in the order in which the machine
 * lists them: those that newuidmap(1) and newgidmap(1) let the user map. They come from
 * /etc/subuid and /etc/subgid (subuid(5)), where a line names its owner or has its uid, in
 * subgid(5) too; or, where nsswitch.conf has a "subid" line, from what that names, as
 * getsubids(1) tells. Throws a PflaskError where there is no such user.
 */
export function ranges(user: string | number, { root = "/" }: Where = {}): Ranges {
	return rangesOf(findUser(user, root), root);
}

/** The same, of a user that has been found. */
export function rangesOf(user: User, root: string): Ranges {
	return { uid: granted(user, "uid", root), gid: granted(user, "gid", root) };
}

/** Returns the lines of /etc/subuid or /etc/subgid. */
export function grants(kind: Kind, root: string): Grant[] {
	return parseGrants(readText(root, `/etc/sub${kind}`));
}

/** Returns what nsswitch.conf(5) names as the source of subordinate ids, if not the files. */
export function foreignSource(root: string): string | undefined {
	const [, source] = /^[ \t]*subid:[ \t]*(\w+)/m.exec(readText(root, "/etc/nsswitch.conf")) ?? [];
	return source === "files" ? undefined : source;
}

/**
 * Returns the first `count` ids (default: 65536) that nobody has, neither as uids nor as gids:
 * no line of /etc/subuid and /etc/subgid, no user and no group, and that exist in this user
 * namespace. They are between SUB_UID_MIN and SUB_UID_MAX, and SUB_GID_MIN and SUB_GID_MAX, of
 * login.defs(5). Changes nothing: whoever asks next gets the same. Throws a PflaskError where
 * there are none.
 */
export function pick(count: number = USUAL_COUNT, { root = "/" }: Where = {}): Range {
	if (!Number.isSafeInteger(count) || count < 1 || count > IDS)
		throw new PflaskError(`${count}: not a number of ids`, { code: "invalid", field: "count" });
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
		`subordinate ids: no ${count} ids in a row are free from ${within.start} to ${last}`,
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

/** getsubids(1) prints "INDEX: OWNER START COUNT", and fails where there is nothing to print. */
function fromGetsubids(name: string, kind: Kind): Range[] {
	const text = output("getsubids", ...(kind === "gid" ? ["-g", name] : [name])) ?? "";
	const lines = text.split("\n").map((line) => line.trim().split(/\s+/).join(":"));
	return parseGrants(lines.map((line) => line.replace(/^\d+::/, "")).join("\n"));
}

/** The ids from which shadow's tools take subordinate ones, both for uids and for gids. */
function limits(definitions: string): Range {
	const number = (name: string, standard: number) => {
		const [, text] = new RegExp(`^[ \\t]*${name}[ \\t]+(\\d+)`, "m").exec(definitions) ?? [];
		return text === undefined ? standard : Math.min(Number(text), IDS - 1);
	};
	const first = Math.max(number("SUB_UID_MIN", 100_000), number("SUB_GID_MIN", 100_000));
	const last = Math.min(number("SUB_UID_MAX", 600_100_000), number("SUB_GID_MAX", 600_100_000));
	return { start: first, count: Math.max(0, last - first + 1) };
}

/** Ids that this user namespace does not have: user_namespaces(7), /proc/PID/uid_map. */
function unmapped(kind: Kind, root: string): Range[] {
	const lines = readText(root, `/proc/self/${kind}_map`).trim().split("\n");
	const mapped = lines.flatMap((line) => {
		const [start, , count] = line.trim().split(/\s+/).map(Number);
		return start === undefined || count === undefined ? [] : [{ start, count }];
	});
	return mapped.length === 0 ? [] : complement(mapped);
}
