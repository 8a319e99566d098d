// SPDX-License-Identifier: BSD-2-Clause
// Compares two texts line by line, and writes the difference as hunks of a unified diff. A text is
// a string of bytes (latin1).

const CONTEXT = 3;
/**
 * The search for the shortest difference ends after this many steps. One large hunk then has all
 * further lines.
 */
const MOST_STEPS = 2000;

/**
 * Lines that were replaced: from `a` to `aEnd` in the first text, from `b` to `bEnd` in the second
 * text.
 */
interface Edit {
	readonly a: number;
	readonly aEnd: number;
	readonly b: number;
	readonly bEnd: number;
}

/** Returns the lines of a text, each with its newline. */
export function linesOf(text: string): string[] {
	const lines = text.split("\n");
	const last = lines.pop() ?? "";
	const all = lines.map((line) => `${line}\n`);
	return last === "" ? all : [...all, last];
}

/**
 * The farthest position on each diagonal after some steps. The diagonal k is at index k + steps +
 * 1.
 */
type Reach = Int32Array;

/** Tells whether the way to diagonal k comes from the diagonal above, by an added line. */
function comesDown(reach: Reach, steps: number, k: number): boolean {
	const at = k + steps + 1;
	return k === -steps || (k !== steps && (reach[at - 1] ?? 0) < (reach[at + 1] ?? 0));
}

/**
 * Finds a shortest difference by the algorithm of Myers (1986). Returns the matching pairs of
 * lines, or undefined if the texts differ too much.
 */
function matches(a: readonly string[], b: readonly string[]): [number, number][] | undefined {
	const trace: Reach[] = [];
	let reach: Reach = new Int32Array(3);
	const most = Math.min(a.length + b.length, MOST_STEPS);
	for (let steps = 0; steps <= most; steps++) {
		trace.push(reach);
		const next = new Int32Array(2 * steps + 5);
		for (let k = -steps; k <= steps; k += 2) {
			const at = k + steps + 1;
			let x = comesDown(reach, steps, k) ? (reach[at + 1] ?? 0) : (reach[at - 1] ?? 0) + 1;
			while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
			next[at + 1] = x;
			if (x >= a.length && x - k >= b.length) return walkBack(trace, x, x - k);
		}
		reach = next;
	}
	return undefined;
}

function walkBack(trace: readonly Reach[], endX: number, endY: number): [number, number][] {
	const pairs: [number, number][] = [];
	let [x, y] = [endX, endY];
	for (let steps = trace.length - 1; steps >= 0; steps--) {
		const reach = trace[steps] as Reach;
		const k = x - y;
		const previous = comesDown(reach, steps, k) ? k + 1 : k - 1;
		const fromX = steps === 0 ? 0 : (reach[previous + steps + 1] ?? 0);
		const fromY = steps === 0 ? 0 : fromX - previous;
		while (x > fromX && y > fromY) pairs.push([--x, --y]);
		[x, y] = [fromX, fromY];
	}
	return pairs.reverse();
}

/** Returns the edits that turn the first lines into the second. */
function edits(a: readonly string[], b: readonly string[]): Edit[] {
	let start = 0;
	while (start < a.length && start < b.length && a[start] === b[start]) start++;
	let [aEnd, bEnd] = [a.length, b.length];
	while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
		aEnd--;
		bEnd--;
	}
	if (start === aEnd && start === bEnd) return [];
	const pairs = matches(a.slice(start, aEnd), b.slice(start, bEnd)) ?? [];
	const found: Edit[] = [];
	let [atA, atB] = [start, start];
	for (const [x, y] of [...pairs, [aEnd - start, bEnd - start] as const]) {
		const [nextA, nextB] = [x + start, y + start];
		if (nextA > atA || nextB > atB) found.push({ a: atA, aEnd: nextA, b: atB, bEnd: nextB });
		[atA, atB] = [nextA + 1, nextB + 1];
	}
	return found;
}

function range(start: number, end: number): string {
	const count = end - start;
	const first = count === 0 ? start : start + 1;
	return count === 1 ? `${first}` : `${first},${count}`;
}

function marked(mark: string, lines: readonly string[]): string {
	return lines
		.map((line) =>
			line.endsWith("\n") ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`,
		)
		.join("");
}

/** Returns a hunk with the edits. The edits are at most two contexts apart. */
function hunk(a: readonly string[], b: readonly string[], group: readonly Edit[]): string {
	const first = group[0] as Edit;
	const last = group.at(-1) as Edit;
	const before = Math.min(CONTEXT, first.a, first.b);
	const after = Math.min(CONTEXT, a.length - last.aEnd);
	let text = "";
	let at = first.a - before;
	for (const edit of group) {
		text += marked(" ", a.slice(at, edit.a));
		text += marked("-", a.slice(edit.a, edit.aEnd));
		text += marked("+", b.slice(edit.b, edit.bEnd));
		at = edit.aEnd;
	}
	text += marked(" ", a.slice(at, last.aEnd + after));
	const from = range(first.a - before, last.aEnd + after);
	const to = range(first.b - before, last.bEnd + after);
	return `@@ -${from} +${to} @@\n${text}`;
}

/** The hunks of a difference, and the number of lines that were added and removed. */
export interface Hunks {
	readonly text: string;
	readonly added: number;
	readonly removed: number;
}

/** Returns the hunks that turn one text into another. */
export function unified(one: string, other: string): Hunks {
	const [a, b] = [linesOf(one), linesOf(other)];
	let [text, added, removed] = ["", 0, 0];
	let group: Edit[] = [];
	for (const edit of edits(a, b)) {
		const last = group.at(-1);
		if (last !== undefined && edit.a - last.aEnd > 2 * CONTEXT) {
			text += hunk(a, b, group);
			group = [];
		}
		group.push(edit);
		added += edit.bEnd - edit.b;
		removed += edit.aEnd - edit.a;
	}
	if (group.length > 0) text += hunk(a, b, group);
	return { text, added, removed };
}
