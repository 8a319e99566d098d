// SPDX-License-Identifier: BSD-2-Clause
// Ranges of ids, and the lines of subuid(5) and subgid(5) that grant them.

/** Ids that follow one another. */
export interface Range {
	/** The first id, as the host sees it. */
	readonly start: number;
	/** How many they are, at least one. */
	readonly count: number;
}

/** A line of /etc/subuid or /etc/subgid. */
export interface Grant extends Range {
	/** Who may use the ids: a login name or, in decimal, a uid. */
	readonly owner: string;
}

/** How many ids there are: the last 32-bit number, (uid_t) -1, is none. */
export const IDS = 0xffff_ffff;

/** How many ids a container has: what is usual, and what Debian's users and packages need. */
export const USUAL_COUNT = 65536;

/** Returns a range as usermod(8) takes it: "FIRST-LAST". */
export function rangeText({ start, count }: Range): string {
	return `${start}-${start + count - 1}`;
}

/** Returns the line that grants a range, without its end. */
export function grantText({ owner, start, count }: Grant): string {
	return `${owner}:${start}:${count}`;
}

/** Reads /etc/subuid or /etc/subgid. Lines that grant nothing are passed over, as shadow does. */
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

/** Returns how many ids some ranges hold together. An id that is in several counts once. */
export function idsIn(ranges: readonly Range[]): number {
	let ids = 0;
	let end = 0;
	for (const { start, count } of sorted(ranges)) {
		ids += Math.max(0, start + count - Math.max(start, end));
		end = Math.max(end, start + count);
	}
	return ids;
}

/** Returns the first range of `count` ids of `within` that has no id in common with `taken`. */
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

/** Returns the ranges of all ids that are in none of those given. */
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
