// SPDX-License-Identifier: BSD-2-Clause
// The journal of a trial records the changes that were applied and reverted. Each step is in the
// journal before a file changes, so an interrupted step can be finished or undone.
import { readFileSync } from "node:fs";
import * as sys from "@pflask/runtime/syscalls";
import type { Identity } from "./identity.ts";
import { failedOn, openKept, type Trial } from "./trial.ts";

/** The times of a directory before a step, in nanoseconds. */
export interface Parent {
	/** The mount point of the overlay; "" is the root. */
	readonly layer: string;
	/** The path below the lower directory. */
	readonly path: string;
	readonly atime: string;
	readonly mtime: string;
}

/**
 * A change by its index in the manifest, and the identity of the entry at its place; null: no
 * entry.
 */
export type Indexed = readonly [index: number, identity: Identity | null];

/** A line of the journal. */
type Line =
	| { readonly apply: readonly Indexed[]; readonly parents: readonly Parent[] }
	| { readonly applied: readonly Indexed[] }
	| { readonly revert: readonly number[] }
	| { readonly reverted: readonly Indexed[] };

export interface Journal {
	/**
	 * The entry at the place before a change was applied. The map has all applied changes, and the
	 * changes of the current step.
	 */
	readonly before: ReadonlyMap<number, Identity | null>;
	/** The entry at the place after a change was applied. */
	readonly after: ReadonlyMap<number, Identity | null>;
	/** The entry at the place after a change was reverted. */
	readonly restored: ReadonlyMap<number, Identity | null>;
	readonly parents: readonly Parent[];
	/** A step that has begun and not ended. */
	readonly begun: "apply" | "revert" | undefined;
}

const NAME = "journal";

function parse(text: string): Line[] {
	// A last line without a newline was not written completely, so its step has changed nothing.
	return text
		.split("\n")
		.slice(0, -1)
		.map((line) => JSON.parse(line) as Line);
}

/** Reads the journal of a trial. */
export function readJournal(trial: Trial): Journal {
	let text = "";
	try {
		const fd = openKept(trial, NAME, sys.O_RDONLY);
		text = readFileSync(fd, "utf8");
		sys.close(fd);
	} catch (error) {
		if (sys.errnoOf(error) !== sys.ENOENT) throw error;
	}
	const before = new Map<number, Identity | null>();
	const after = new Map<number, Identity | null>();
	const restored = new Map<number, Identity | null>();
	let parents: Parent[] = [];
	let begun: Journal["begun"];
	for (const line of parse(text)) {
		if ("apply" in line) {
			for (const [index, identity] of line.apply) before.set(index, identity);
			parents.push(...line.parents);
			begun = "apply";
		} else if ("applied" in line) {
			for (const [index, identity] of line.applied) after.set(index, identity);
			begun = undefined;
		} else if ("revert" in line) begun = "revert";
		else {
			for (const [index, identity] of line.reverted) restored.set(index, identity);
			before.clear();
			after.clear();
			parents = [];
			begun = undefined;
		}
	}
	return { before, after, restored, parents, begun };
}

/** Adds a line to the journal, and waits until the line is on the disk. */
export function addLine(trial: Trial, line: Line): void {
	try {
		append(trial, line);
	} catch (error) {
		throw failedOn(`${trial.dir}/${NAME}`, error);
	}
}

function append(trial: Trial, line: Line): void {
	const flags = sys.O_WRONLY | sys.O_CREAT | sys.O_APPEND;
	const fd = sys.openAt(trial.fd, NAME, flags, 0o600);
	try {
		cutIncomplete(trial, fd);
		sys.writeAll(fd, Buffer.from(`${JSON.stringify(line)}\n`));
		sys.fsync(fd);
		sys.fsync(trial.fd);
	} finally {
		sys.close(fd);
	}
}

/** Removes a line that was not written completely. */
function cutIncomplete(trial: Trial, fd: number): void {
	const read = openKept(trial, NAME, sys.O_RDONLY);
	const bytes = readFileSync(read);
	sys.close(read);
	const complete = bytes.lastIndexOf(10) + 1;
	if (complete < bytes.length) sys.truncate(fd, complete);
}
