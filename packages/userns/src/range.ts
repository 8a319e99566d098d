// SPDX-License-Identifier: BSD-2-Clause
// Computes with ranges of ids, and reads and writes the lines of subuid(5) and subgid(5) that grant
// ranges.

import { LIMITS } from "@pflask/runtime/numbers";

/** Consecutive ids. */
export interface Range {
	/** The first id, on the host. */
	readonly start: number;
	/** The number of ids, at least one. */
	readonly count: number;
}

/** A line of /etc/subuid or /etc/subgid. */
export interface Grant extends Range {
	/** The user who may use the ids: a login name or, in decimal, a uid. */
	readonly owner: string;
}

/** The number of possible ids. The largest 32-bit number, (uid_t) -1, is not an id. */
export const IDS = 0xffff_ffff;

/**
 * The default number of ids of a container. The users and packages of Debian need that many ids.
 */
export const DEFAULT_COUNT: number = LIMITS.ids;

/** Returns a range in the form of usermod(8): "FIRST-LAST". */
export function rangeText({ start, count }: Range): string {
	return `${start}-${start + count - 1}`;
}

/** Returns the line that grants a range, without a newline. */
export function grantText({ owner, start, count }: Grant): string {
	return `${owner}:${start}:${count}`;
}

/** Parses /etc/subuid or /etc/subgid. Skips lines that grant nothing, as shadow does. */
export function parseGrants(text: string): Grant[] {
	return text.split("\n").flatMap((line) => {
		const [, owner, ...numbers] = /^([^:]+):(\d+):(\d+)$/.exec(line) ?? [];
		const [start = 0, count = 0] = numbers.map(Number);
		if (owner === undefined || count === 0 || start + count > IDS) return [];
		return [{ owner, start, count }];
	});
}

/** Tells whether two ranges have an id in common. */
export function overlap(one: Range, other: Range): boolean {
	return one.start < other.start + other.count && other.start < one.start + one.count;
}

/** Returns the number of different ids in all these ranges. */
export function idsIn(ranges: readonly Range[]): number {
	let ids = 0;
	let end = 0;
	for (const { start, count } of sorted(ranges)) {
		ids += Math.max(0, start + count - Math.max(start, end));
		end = Math.max(end, start + count);
	}
	return ids;
}

/** Returns the first range of `count` ids within `within` that shares no id with `taken`. */
export function firstFree(
	within: Range,
	count: number,
	taken: readonly Range[],
): Range | undefined {
	let start = within.start;
	for (const range of sorted(taken)) {
		if (start + count <= range.start) break;
		start = Math.max(start, range.start + range.count);
	}
	return start + count <= within.start + within.count ? { start, count } : undefined;
}

/** Returns the ranges of all ids that the given ranges do not contain. */
export function complement(ranges: readonly Range[]): Range[] {
	const gaps: Range[] = [];
	let end = 0;
	for (const { start, count } of sorted(ranges)) {
		if (start > end) gaps.push({ start: end, count: start - end });
		end = Math.max(end, start + count);
	}
	return end < IDS ? [...gaps, { start: end, count: IDS - end }] : gaps;
}

function sorted(ranges: readonly Range[]): Range[] {
	return [...ranges].sort((one, other) => one.start - other.start);
}
