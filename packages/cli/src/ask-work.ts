// SPDX-License-Identifier: BSD-2-Clause
// Works on the trial of --ask: lists, shows and applies its changes. Each step opens the trial and
// closes it again, so that another pflask can use the trial between two questions.
import { complain, explain } from "@pflask/command";
import {
	apply,
	closeTrial,
	differences,
	diffText,
	isHalfDone,
	openTrial,
	type Placed,
	select,
	type Trial,
} from "@pflask/trial";
import type { Which, Work } from "./ask-dialogue.ts";
import type { AskTerminal } from "./ask-terminal.ts";
import { type Item, nameText, summaryText, treeText } from "./ask-tree.ts";
import { coloured, paged } from "./pager.ts";

/** The rows of the terminal that the tree leaves free. */
const OTHER_ROWS = 6;
/** The tree of a trial with more changes or bytes shows neither lines nor deleted contents. */
const MOST_PATHS = 1000;
const MOST_BYTES = 32 << 20;
/** The maximum number of lost changes that are named. */
const MOST_LOST = 10;

/** Opens a trial, uses it, and closes it. */
function withTrial<T>(dir: string, use: (trial: Trial) => T): T {
	const trial = openTrial(dir);
	try {
		return use(trial);
	} finally {
		closeTrial(trial);
	}
}

/** The changes of a trial that are not applied. */
export class TrialWork implements Work {
	readonly base: string;
	readonly #dir: string;
	readonly #terminal: AskTerminal;
	#paths: readonly string[];
	#isPartly = false;

	constructor(dir: string, terminal: AskTerminal) {
		this.#dir = dir;
		this.#terminal = terminal;
		const opened = withTrial(dir, (trial) => ({
			paths: select(trial, []).changes.map(({ path }) => path),
			base: baseOf(trial),
		}));
		this.#paths = opened.paths;
		this.base = opened.base;
	}

	paths(): readonly string[] {
		return this.#paths;
	}

	show(text: string): void {
		this.#terminal.show(text);
	}

	/** Shows all changes as a tree, and the changes that cannot be kept. */
	showTree(): void {
		withTrial(this.#dir, (trial) => {
			const { changes, lost } = select(trial, []);
			const items = itemsOf(trial, changes);
			if (items.length > 0)
				this.show(treeText(items, this.#terminal.rows - OTHER_ROWS) + summaryText(items));
			for (const { path, why } of lost.slice(0, MOST_LOST))
				this.show(`cannot be kept: ${nameText(path)}: ${why}\n`);
			if (lost.length > MOST_LOST)
				this.show(`cannot be kept: ${lost.length - MOST_LOST} more paths\n`);
		});
	}

	diff(which: Which): boolean {
		const wanted = new Set(this.#paths);
		return this.#try(false, (trial) => {
			const selected = select(trial, which === "all" ? [] : which).changes;
			const changes = selected.filter(({ path }) => wanted.has(path));
			const texts = differences(trial, changes).map(diffText);
			this.#terminal.lend(() => paged(coloured(texts), 2));
			return true;
		});
	}

	apply(which: Which): number {
		return this.#try(0, (trial) => {
			const { paths, conflicts } = apply(trial, { paths: which === "all" ? [] : which });
			for (const { path, why } of conflicts) this.show(`conflict: ${nameText(path)}: ${why}\n`);
			if (conflicts.length > 0) {
				const count = conflicts.length === 1 ? "1 conflict" : `${conflicts.length} conflicts`;
				this.show(`${count}: nothing was applied\n`);
				this.show(`hint: s, and other paths; or l, and pflask --apply=${this.#dir} --force\n`);
			}
			const done = new Set(paths);
			this.#paths = this.#paths.filter((path) => !done.has(path));
			this.#isPartly ||= done.size > 0;
			return done.size;
		});
	}

	isPartly(): boolean {
		return this.#isPartly;
	}

	isHalfDone(): boolean {
		return isHalfDone(this.#dir);
	}

	#try<T>(otherwise: T, use: (trial: Trial) => T): T {
		try {
			return withTrial(this.#dir, use);
		} catch (error) {
			complain("pflask", explain(error, "pflask"));
			return otherwise;
		}
	}
}

/** Returns the directory where a relative path begins, as for --diff and --apply. */
function baseOf({ manifest: { overlays } }: Trial): string {
	const top = overlays.find(({ overlay }) => overlay === "/");
	return top === undefined || top.lower === "/" ? process.cwd() : "/";
}

const TYPES: Readonly<Record<string, string | undefined>> = {
	file: undefined,
	dir: "directory",
	symlink: "link",
	char: "device",
	block: "device",
};

const typeText = (type: string): string | undefined => (type in TYPES ? TYPES[type] : type);

/** Describes a change by the manifest. */
function itemOf({ path, kind, type, size = 0, below }: Placed): Item {
	const before = kind === "D" ? size : (below?.size ?? 0);
	const after = kind === "D" ? 0 : size;
	const isOther = kind === "M" && below !== undefined && below.type !== type;
	const what = isOther
		? `${typeText(below.type) ?? "file"} -> ${typeText(type) ?? "file"}`
		: undefined;
	const sizes = [isFile(below?.type ?? type) ? before : 0, isFile(type) ? after : 0] as const;
	return { path, kind, type: what ?? typeText(type), sizes };
}

const isFile = (type: string): boolean => type === "file";

/** Describes the changes. Compares the files if they are few. */
function itemsOf(trial: Trial, changes: readonly Placed[]): Item[] {
	const plain = changes.map(itemOf);
	const size = plain.reduce((sum, { sizes: [before, after] }) => sum + before + after, 0);
	if (plain.length > MOST_PATHS || size > MOST_BYTES) return plain;
	try {
		return compared(trial, changes, plain) ?? plain;
	} catch {
		return plain; // a file cannot be read
	}
}

/** Adds the changed lines of texts, and the contents of deleted directories. */
function compared(
	trial: Trial,
	changes: readonly Placed[],
	plain: readonly Item[],
): Item[] | undefined {
	const items = new Map(plain.map((item) => [item.path, item]));
	const found = new Map<string, Item>();
	let size = 0;
	for (const { path, kind, lines, sizes } of differences(trial, changes)) {
		const item = found.get(path) ?? items.get(path) ?? { path, kind, sizes };
		const { added = 0, removed = 0 } = item.lines ?? {};
		const sum = lines && { added: added + lines.added, removed: removed + lines.removed };
		found.set(path, { ...item, lines: sum ?? item.lines });
		size += sizes[0];
		if (found.size > MOST_PATHS || size > MOST_BYTES) return undefined;
	}
	return [...found.values()];
}
