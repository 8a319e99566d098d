// SPDX-License-Identifier: BSD-2-Clause
import { ERROR, PLAN_JSON, PLAN_TEXT } from "./abi.gen.ts";
import { decodeError, PflaskError } from "./error.ts";
import { type Pointer, pointerVariable, storedPointer } from "./ffi.ts";
import { native, nativeRest } from "./library.ts";
import type { Operation } from "./operation.gen.ts";
import type { Spec } from "./spec.gen.ts";
import { withNativeSpec } from "./spec.ts";
import type { Struct } from "./struct.ts";

/** A checked spec as a list of operations. */
export interface Plan extends Disposable {
	/** The operations as text, one per line. */
	readonly text: string;
	/** The operations as JSON (docs/plan.md). */
	readonly json: string;
	/**
	 * The operations as data, in the order in which each process carries them out. `field` is the
	 * field of the spec that caused an operation.
	 */
	readonly operations: readonly Operation[];
	/**
	 * The limits that the plan leaves out (limitsBestEffort), as values of `limit` with commas
	 * between them; or "".
	 */
	readonly leftOut: string;
}

const handles = new WeakMap<object, Pointer>();

/**
 * Checks a spec and makes its plan. Needs no privilege and changes nothing. Throws a PflaskError
 * that names the wrong `field`. `using` or `[Symbol.dispose]()` frees the plan.
 */
export function plan(spec: Spec): Plan {
	const handle = withNativeSpec(spec, (wanted, error) => makePlan(wanted, error, spec));
	let operations: readonly Operation[] | undefined;
	const made: Plan = {
		get text() {
			return textOf(made, PLAN_TEXT);
		},
		get json() {
			return textOf(made, PLAN_JSON);
		},
		get operations() {
			operations ??= JSON.parse(made.json).operations as readonly Operation[];
			return operations;
		},
		get leftOut() {
			return nativeRest().pflask_plan_left_out(planHandle(made)) ?? "";
		},
		[Symbol.dispose]() {
			if (handles.delete(made)) nativeRest().pflask_plan_free(handle);
		},
	};
	handles.set(made, handle);
	return made;
}

function textOf(made: Plan, format: number): string {
	return nativeRest().pflask_plan_text(planHandle(made), format) ?? "";
}

/** Tells whether an object is a plan (even a freed plan) or a spec. */
export function isPlan(object: unknown): object is Plan {
	return typeof object === "object" && object !== null && Symbol.dispose in object;
}

/** Returns the C handle of a plan that has not been freed. */
export function planHandle(made: Plan): Pointer {
	const handle = handles.get(made);
	if (handle === undefined) throw new PflaskError("plan: already freed", { code: "invalid" });
	return handle;
}

function makePlan(wanted: Pointer, error: Struct, spec: Spec): Pointer {
	const made = pointerVariable();
	const result = native().pflask_plan_make(wanted, made, error, ERROR.size);
	if (result < 0) throw decodeError(error, spec);
	return storedPointer(made);
}
