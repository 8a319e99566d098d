// SPDX-License-Identifier: BSD-2-Clause
// Shows the changes of a trial. A text is a string of bytes (latin1), because files and names need
// not be UTF-8.
import * as sys from "@pflask/runtime/syscalls";
import { type Entry, readEntry, readText } from "./entry.ts";
import { lowerNames, lowerRoot } from "./stacked.ts";
import { failedOn, type Layer, type Placed, type Trial } from "./trial.ts";
import { unified } from "./unified.ts";

/** A larger file is shown as a binary file, in one line. */
const LARGEST_TEXT = 8 << 20;
/** A file with a NUL byte among this many first bytes is binary. git has this rule, too. */
const SAMPLE = 8000;

/** The difference of one path. */
export interface Difference {
	readonly path: string;
	readonly kind: "A" | "M" | "D";
	/** A unified diff with its header, or "". */
	readonly patch: string;
	/** Lines about everything that a unified diff cannot show. */
	readonly notes: readonly string[];
	/** The added and removed lines; undefined if the contents are no text. */
	readonly lines: { readonly added: number; readonly removed: number } | undefined;
	/** The sizes before and after the change, bytes; 0 without a regular file. */
	readonly sizes: readonly [number, number];
}

/** Returns a name as one line that is safe on a terminal, in the form of the list of --changes. */
export function visible(name: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
	const text = name.replace(/[\x00-\x1f\x7f-\x9f\\\udc80-\udcff]/g, (character) =>
		[...sys.bytesOf(character)].map(hex).join(""),
	);
	return Buffer.from(text).toString("latin1");
}

/** Returns the text of a name for a message. */
export function visibleText(path: string): string {
	return Buffer.from(visible(path), "latin1").toString();
}

function hex(byte: number): string {
	return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** Quotes a name in double quotes if a character would be unclear. git reads such names. */
function quoted(prefix: string, name: string): string {
	const text = prefix + Buffer.from(sys.bytesOf(name)).toString("latin1");
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
	if (!/[\x00-\x1f\x7f-\xff"\\]/.test(text)) return text;
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
	const inside = text.replace(/[\x00-\x1f\x7f-\xff"\\]/g, (character) => {
		const short: Record<string, string> = { "\n": "n", "\t": "t", '"': '"', "\\": "\\" };
		const letter = short[character];
		return `\\${letter ?? character.charCodeAt(0).toString(8).padStart(3, "0")}`;
	});
	return `"${inside}"`;
}

function isText(text: string): boolean {
	return !text.slice(0, SAMPLE).includes("\0");
}

/** One side of a difference: an entry, and the text of a text file. */
interface Side {
	readonly entry: Entry;
	readonly text: string | undefined;
}

function readSide(root: number, path: string, notes: string): Side {
	const entry = readEntry(root, path, notes);
	const { size } = entry.status;
	if (entry.type !== "file" || size > LARGEST_TEXT) return { entry, text: undefined };
	const text = readText(root, path, size);
	return { entry, text: isText(text) ? text : undefined };
}

const octal = ({ status }: Entry): string => (status.mode & 0o7777).toString(8).padStart(4, "0");
const owner = ({ status }: Entry): string => `${status.uid}:${status.gid}`;
const gitMode = ({ status }: Entry): string => (status.mode & 0o100 ? "100755" : "100644");

function major(rdev: bigint): bigint {
	return ((rdev >> 32n) & 0xfffff000n) | ((rdev >> 8n) & 0xfffn);
}

function minor(rdev: bigint): bigint {
	return ((rdev >> 12n) & 0xffffff00n) | (rdev & 0xffn);
}

/** Describes an entry that no diff can show. */
function describe({ entry }: Side): string {
	const { type, status } = entry;
	const target = Buffer.from(entry.target).toString("latin1");
	if (type === "symlink") return `link -> ${visibleBytes(target)}`;
	if (type === "file") return `file of ${status.size} bytes`;
	if (type === "char" || type === "block")
		return `${type} device ${major(status.rdev)}:${minor(status.rdev)}`;
	return type === "dir" ? "directory" : type;
}

function visibleBytes(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
	return text.replace(/[\x00-\x1f\x7f-\xff\\]/g, (byte) => hex(byte.charCodeAt(0)));
}

/**
 * Tells whether a new file belongs to another user than the caller of the trial. In a trial of
 * root, a file of another group counts, too.
 */
function isForeign({ status: { uid, gid } }: Entry, caller: number): boolean {
	return uid !== caller || (caller === 0 && gid !== 0);
}

/** Returns the lines about mode, owner and attributes. */
function notesOn(name: string, old: Entry | undefined, now: Entry, caller: number): string[] {
	const notes: string[] = [];
	const isLink = now.type === "symlink";
	const mode = old === undefined ? "" : octal(old);
	if (!isLink && mode !== octal(now) && (old !== undefined || isUnusual(now)))
		notes.push(`mode ${name}: ${mode === "" ? "" : `${mode} -> `}${octal(now)}`);
	if (old !== undefined && owner(old) !== owner(now))
		notes.push(`owner ${name}: ${owner(old)} -> ${owner(now)}`);
	if (old === undefined && isForeign(now, caller)) notes.push(`owner ${name}: ${owner(now)}`);
	const keys = new Set([...(old?.attributes.keys() ?? []), ...now.attributes.keys()]);
	for (const key of [...keys].sort()) {
		const [before, after] = [old?.attributes.get(key), now.attributes.get(key)];
		if (before !== undefined && after !== undefined && Buffer.compare(before, after) === 0)
			continue;
		const act = before === undefined ? "added" : after === undefined ? "removed" : "changed";
		notes.push(`xattr ${name}: ${visibleBytes(key)} ${act}`);
	}
	return notes;
}

/** Tells whether a new file has a mode that a patch cannot give the file. */
function isUnusual({ type, status }: Entry): boolean {
	const mode = status.mode & 0o7777;
	return type === "file" ? mode !== 0o644 && mode !== 0o755 : type !== "dir" && mode !== 0o644;
}

/** Returns the unified diff of two texts with the header of git. */
function patchOf(path: string, old: Side | undefined, now: Side | undefined) {
	const name = path.slice(1);
	const [a, b] = [quoted("a/", name), quoted("b/", name)];
	const { text, added, removed } = unified(old?.text ?? "", now?.text ?? "");
	let head = "";
	if (old === undefined && now) head = `new file mode ${gitMode(now.entry)}\n`;
	else if (now === undefined && old) head = `deleted file mode ${gitMode(old.entry)}\n`;
	else if (old && now && gitMode(old.entry) !== gitMode(now.entry))
		head = `old mode ${gitMode(old.entry)}\nnew mode ${gitMode(now.entry)}\n`;
	if (head === "" && text === "") return { patch: "", lines: { added, removed } };
	// A tab must follow a name with a blank. Without the tab, the end of the name is not clear.
	const tab = (file: string) => (file.includes(" ") && !file.startsWith('"') ? `${file}\t` : file);
	const from = old === undefined ? "/dev/null" : tab(a);
	const to = now === undefined ? "/dev/null" : tab(b);
	const files = text === "" ? "" : `--- ${from}\n+++ ${to}\n`;
	return { patch: `diff --git ${a} ${b}\n${head}${files}${text}`, lines: { added, removed } };
}

function sizeOf(side: Side | undefined): number {
	return side?.entry.type === "file" ? side.entry.status.size : 0;
}

/** A path with its change. */
interface Subject {
	readonly path: string;
	readonly kind: Difference["kind"];
	/** The user who has started the container. */
	readonly caller: number;
}

/** Compares the two sides of a path. */
function compare({ path, kind, caller }: Subject, old?: Side, now?: Side): Difference {
	const name = visible(path);
	const sizes = [sizeOf(old), sizeOf(now)] as const;
	const notes = now === undefined ? [] : notesOn(name, old?.entry, now.entry, caller);
	const bothFiles = (old ?? now)?.entry.type === "file" && (now ?? old)?.entry.type === "file";
	const hasText = (side: Side | undefined) => side === undefined || side.text !== undefined;
	if (bothFiles && hasText(old) && hasText(now)) {
		const { patch, lines } = patchOf(path, old, now);
		return { path, kind, patch, notes, lines, sizes };
	}
	const isSame = old && now && describe(old) === describe(now) && now.entry.type !== "file";
	const parts = [old && describe(old), now && describe(now)].filter((part) => part !== undefined);
	const act = old === undefined ? "added " : now === undefined ? "deleted " : "";
	const line = `${bothFiles ? "binary " : ""}${name}: ${act}${parts.join(" -> ")}`;
	const all = isSame ? notes : [line.replace(/^(?!binary )/, "file "), ...notes];
	return { path, kind, patch: "", notes: all, lines: undefined, sizes };
}

/** Yields the differences of everything below a deleted directory. */
function* deleted(trial: Trial, layer: Layer, path: string, shown: string): Generator<Difference> {
	const side = readSide(lowerRoot(trial, layer, path), path, trial.notes);
	yield compare({ path: shown, kind: "D", caller: trial.manifest.uid }, side);
	if (side.entry.type !== "dir") return;
	for (const name of lowerNames(trial, layer, path))
		yield* deleted(trial, layer, path === "" ? name : `${path}/${name}`, `${shown}/${name}`);
}

function* differencesOf(trial: Trial, change: Placed): Generator<Difference> {
	const { layer, at, path, kind } = change;
	const subject = { path, kind, caller: trial.manifest.uid };
	if (kind === "D") {
		yield* deleted(trial, layer, at, path);
		return;
	}
	const now = readSide(layer.upper, at, trial.notes);
	const old = kind === "A" ? undefined : readSide(lowerRoot(trial, layer, at), at, trial.notes);
	if (old?.text !== undefined && now.entry.type !== "file") {
		yield compare({ ...subject, kind: "D" }, old); // a patch cannot change the type of a file
		yield compare({ ...subject, kind: "A" }, undefined, now);
	} else if (old !== undefined && old.entry.type !== "file" && now.text !== undefined) {
		yield* deleted(trial, layer, at, path);
		yield compare({ ...subject, kind: "A" }, undefined, now);
	} else {
		yield compare(subject, old, now);
	}
}

/** Yields the differences of changes, in the order of the paths. */
export function* differences(trial: Trial, changes: readonly Placed[]): Generator<Difference> {
	for (const change of changes) {
		try {
			yield* differencesOf(trial, change);
		} catch (error) {
			throw failedOn(visible(change.path), error);
		}
	}
}

/** Returns a difference as text: a patch, and a line for each other change. */
export function diffText({ patch, notes }: Difference): string {
	return patch + notes.map((note) => `${note}\n`).join("");
}
