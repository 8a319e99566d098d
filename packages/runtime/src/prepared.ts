// SPDX-License-Identifier: BSD-2-Clause
// Makes the objects that a start of a container needs, from the spec to the C handle.
import { NOWAIT } from "./abi.gen.ts";
import { type ChangesFile, changesFileFor } from "./changes.ts";
import { startPlan } from "./container.ts";
import type { Pointer } from "./ffi.ts";
import { openFiles, type Spec } from "./files.ts";
import { plan, planHandle } from "./plan.ts";
import type { Spec as Fields } from "./spec.gen.ts";

/** The descriptors that a command gets as 0, 1 and 2. */
export type Streams = readonly [number, number, number];

/** A container, or a command in a container, that is ready to start. */
export interface Prepared {
	/** The fields of the spec and of the options. */
	readonly fields: Fields;
	/** The file for the changes; undefined if the list is not wanted. */
	readonly changes: ChangesFile | undefined;
	/** Whether steps must search for the monitor first (Follower). */
	readonly isSearched: boolean;
	/** Starts, without waiting. Returns the C handle. */
	start(streams: Streams): Pointer;
	/** Writes the data that the start reads from this program. */
	pour(): Promise<void>;
	/** Frees the objects that only a start needs. */
	release(): void;
	/** Frees everything, because the container does not start. */
	abandon(): void;
}

/** The options of prepare(). */
export interface Preparation {
	/** Adds fields to the fields of the spec. */
	readonly complete: (fields: Fields) => Fields;
	/** Whether this program needs the list of the changes. */
	readonly wantsChanges: boolean;
}

/** Prepares a container. Throws a PflaskError if the spec is wrong. */
export function prepare(spec: Spec, { complete, wantsChanges }: Preparation): Prepared {
	const files = openFiles(spec);
	using undo = new DisposableStack();
	undo.defer(files.close);
	const changes = wantsChanges ? changesFileFor(spec) : undefined;
	if (changes !== undefined) undo.defer(changes.close);
	const fields = { ...complete(files.fields), ...changes?.fields };
	const made = undo.use(plan(fields));
	const all = undo.move();
	return {
		fields,
		changes,
		isSearched: false,
		start(streams) {
			const handle = startPlan(planHandle(made), streams, NOWAIT, fields);
			files.close();
			return handle;
		},
		pour: files.pour,
		release: () => made[Symbol.dispose](),
		abandon: () => all.dispose(),
	};
}
