// SPDX-License-Identifier: BSD-2-Clause
// Shows the changes of a trial. A text is a string whose characters are bytes (latin1), because
// files and names need not be UTF-8.
import { bytesOf } from "@pflask/runtime/internal";
import { type Kind, nextDifference, type RawDifference, selectPaths } from "@pflask/runtime/trial";
import type { Placed, Trial } from "./trial.ts";

/** The difference of one path. */
export interface Difference {
	readonly path: string;
	readonly kind: Kind;
	/** A unified diff with its header, or "". */
	readonly patch: string;
	/** Lines about everything that a unified diff cannot show. */
	readonly notes: readonly string[];
	/** The added and removed lines; undefined if the contents are no text. */
	readonly lines: { readonly added: number; readonly removed: number } | undefined;
	/** The sizes in bytes before and after; 0 if there is no regular file. */
	readonly sizes: readonly [number, number];
}

/** Returns a name as one line that is safe on a terminal, as in the list of --changes. */
export function visible(name: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
	const text = name.replace(/[\x00-\x1f\x7f-\x9f\\\udc80-\udcff]/g, (character) =>
		[...bytesOf(character)].map(hex).join(""),
	);
	return Buffer.from(text).toString("latin1");
}

/** Returns a name as it is shown in a message. */
export function visibleText(path: string): string {
	return Buffer.from(visible(path), "latin1").toString();
}

function hex(byte: number): string {
	return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function decode({ notes, index: _, ...rest }: RawDifference): Difference {
	return { ...rest, notes: notes.split("\n").slice(0, -1) };
}

/** Yields the differences of changes, in the order of the paths. */
export function* differences(trial: Trial, changes: readonly Placed[]): Generator<Difference> {
	if (changes.length === 0) return;
	const wanted = new Set(changes.map(({ index }) => index));
	selectPaths(
		trial.handle,
		changes.map(({ path }) => path),
	);
	for (let one = nextDifference(trial.handle); one; one = nextDifference(trial.handle))
		if (wanted.has(one.index)) yield decode(one);
}

/** Returns a difference as text: a patch, and a line for everything else. */
export function diffText({ patch, notes }: Difference): string {
	return patch + notes.map((note) => `${note}\n`).join("");
}
