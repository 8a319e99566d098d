// SPDX-License-Identifier: BSD-2-Clause
// The plan of a container as data.
import { openFiles, type Spec } from "./files.ts";
import type { Operation } from "./operation.gen.ts";
import { plan as makePlan } from "./plan.ts";

/** The operations that pflask would execute for a spec. */
export interface Plan {
	/**
	 * The operations, in the order in which each process carries them out. `op` determines the
	 * members of an operation, and `field` names the field of the spec that caused the operation.
	 */
	readonly operations: readonly Operation[];
	/** The limits that the plan leaves out (limitsBestEffort), with commas between them; or "". */
	readonly leftOut: string;
	/** Returns the operations as text, one per line. */
	toString(): string;
}

/**
 * Returns the plan for a spec. Needs no privilege and changes nothing. Throws a PflaskError that
 * names the wrong `field`.
 */
export function plan(spec: Spec): Plan {
	const files = openFiles(spec);
	try {
		using made = makePlan(files.fields);
		const { operations, leftOut, text } = made;
		return { operations, leftOut, toString: () => text };
	} finally {
		files.close();
	}
}
