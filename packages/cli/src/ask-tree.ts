// SPDX-License-Identifier: BSD-2-Clause
// Shows the changes of a trial as a tree, with a line for all changes. A tree that would not fit
// shows only the upper directories, each with the number and the size of the changes below.
import { oneLine } from "@pflask/command";
import { visibleText } from "@pflask/trial";

/** A changed path. */
export interface Item {
	readonly path: string;
	readonly kind: "A" | "M" | "D";
	/** The type of an entry that is no regular file, for example "link". */
	readonly type?: string | undefined;
	/** The sizes in bytes before and after; 0 if there is no regular file. */
	readonly sizes: readonly [before: number, after: number];
	/** The added and removed lines, if they are known. */
	readonly lines?: { readonly added: number; readonly removed: number } | undefined;
}

interface Node {
	readonly name: string;
	readonly entries: Map<string, Node>;
	item: Item | undefined;
	/** The sums of the path and of everything below. */
	readonly sums: Sums;
}

interface Sums {
	A: number;
	M: number;
	D: number;
	before: number;
	after: number;
}

const makeNode = (name: string): Node => ({
	name,
	entries: new Map(),
	item: undefined,
	sums: { A: 0, M: 0, D: 0, before: 0, after: 0 },
});

function count(sums: Sums, { kind, sizes: [before, after] }: Item): void {
	sums[kind]++;
	sums.before += before;
	sums.after += after;
}

function treeOf(items: readonly Item[]): Node {
	const top = makeNode("");
	for (const item of items) {
		let node = top;
		count(top.sums, item);
		for (const part of item.path.split("/").filter((one) => one !== "")) {
			const next = node.entries.get(part) ?? makeNode(part);
			node.entries.set(part, next);
			node = next;
			count(node.sums, item);
		}
		node.item = item;
	}
	return top;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/** Returns a number of bytes as a short text, such as "1.2 kB". */
export function sizeText(bytes: number): string {
	let [value, unit] = [bytes, 0];
	for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
	const digits = unit > 0 && value < 9.95 ? 1 : 0;
	return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Returns a name as one line that commands no terminal. */
export function nameText(name: string): string {
	return oneLine(visibleText(name));
}

/** A line of the tree: the text on the left and the text on the right. */
type Line = readonly [label: string, detail: string];

function detailOf({ type, sizes: [before, after], lines, kind }: Item): string {
	if (type !== undefined) return type;
	const size =
		kind === "M" && before !== after
			? `${sizeText(before)} -> ${sizeText(after)}`
			: sizeText(kind === "D" ? before : after);
	if (lines === undefined || kind !== "M") return size;
	return `${size}  +${lines.added} -${lines.removed}`;
}

const WORDS = { A: "added", M: "modified", D: "deleted" } as const;

function countsOf(sums: Sums): string {
	const kinds = (["A", "M", "D"] as const).filter((kind) => sums[kind] > 0);
	return kinds.map((kind) => `${sums[kind]} ${WORDS[kind]}`).join(", ");
}

function sumsText(sums: Sums): string {
	const size =
		sums.before === 0 || sums.after === 0
			? sizeText(sums.before + sums.after)
			: `${sizeText(sums.before)} -> ${sizeText(sums.after)}`;
	return `${countsOf(sums)}, ${size}`;
}

/** Yields the lines of a node, and of at most `depth` levels below. */
function* linesOf(node: Node, depth: number, indent: string): Generator<Line> {
	let [here, name] = [node, nameText(node.name)];
	// A directory with a single entry shares the line of its entry.
	for (let [only] = here.entries.values(); only && here.entries.size === 1; ) {
		if (here.item !== undefined || only.entries.size === 0) break;
		here = only;
		name += `/${nameText(here.name)}`;
		[only] = here.entries.values();
	}
	const { item, entries, sums } = here;
	const kind = item?.kind ?? " ";
	if (entries.size === 0) {
		yield [`${kind} ${indent}${name}`, item ? detailOf(item) : ""];
		return;
	}
	const isShut = depth === 0 || kind === "D";
	yield [`${kind} ${indent}${name}/`, isShut ? sumsText(sums) : ""];
	if (isShut) return;
	for (const entry of entries.values()) yield* linesOf(entry, depth - 1, `${indent}  `);
}

function linesAt(top: Node, depth: number): Line[] {
	if (top.entries.size === 0) return [...linesOf({ ...top, name: "/" }, depth, "")];
	if (top.entries.size === 1 && top.item === undefined) {
		const [only] = top.entries.values();
		return [...linesOf({ ...(only as Node), name: `/${only?.name}` }, depth, "")];
	}
	return [...linesOf(top, depth, "")];
}

/** The greatest depth at which a tree may be shown. */
const DEEPEST = 20;
/** A longer label does not move the details of other lines to the right. */
const WIDEST = 60;

function fitting(top: Node, room: number): Line[] {
	let lines = linesAt(top, 0);
	for (let depth = 1; depth <= DEEPEST; depth++) {
		const more = linesAt(top, depth);
		if (more.length > room) return depth === 1 ? cut(more, room) : lines;
		lines = more;
	}
	return lines;
}

function cut(lines: readonly Line[], room: number): Line[] {
	const kept = lines.slice(0, room - 1);
	return [...kept, [`  ... and ${lines.length - kept.length} more`, ""]];
}

/** Returns the tree of changes in at most `room` lines. */
export function treeText(items: readonly Item[], room: number): string {
	const lines = fitting(treeOf(items), Math.max(room, 2));
	const widths = lines.map(([label]) => label.length).filter((width) => width <= WIDEST);
	const width = Math.max(0, ...widths);
	return lines
		.map(([label, detail]) => `${label.padEnd(width)}  ${detail}`.trimEnd().concat("\n"))
		.join("");
}

/** Returns the line for all changes, in the form of git's --stat. */
export function summaryText(items: readonly Item[]): string {
	const { sums } = treeOf(items);
	const { length } = items;
	const parts = [`${length} path${length === 1 ? "" : "s"}: ${sumsText(sums)}`];
	const known = items.flatMap(({ lines }) => lines ?? []);
	if (known.length > 0) {
		const total = (key: "added" | "removed") => known.reduce((sum, one) => sum + one[key], 0);
		parts.push(`${total("added")} lines added, ${total("removed")} lines removed`);
	}
	return `${parts.join("; ")}\n`;
}
