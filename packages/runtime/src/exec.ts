// SPDX-License-Identifier: BSD-2-Clause
// exec(): runs a command in a container of spawn(), or in a detached container. No function here
// blocks the thread.
import { NOWAIT } from "./abi.gen.ts";
import { startCommand } from "./control.ts";
import { PflaskError } from "./error.ts";
import type { Pointer } from "./ffi.ts";
import { type AnyOptions, checkOptions, type SpawnOptions } from "./options.ts";
import type { Prepared } from "./prepared.ts";
import { fieldsWith } from "./running.ts";
import type { Spec as Fields } from "./spec.gen.ts";
import { checkSpec } from "./spec-check.ts";
import type { Input, Output } from "./streams.ts";

const EXEC_FIELDS = [
	"command",
	"user",
	"chdir",
	"setenv",
	"terminal",
	"timeout",
	"killAfter",
] as const;

/** A command of exec(). The container determines all other fields. */
export type ExecSpec = Pick<Fields, (typeof EXEC_FIELDS)[number]>;

/** The options of exec(). */
export type ExecOptions<
	I extends Input = "ignore",
	O extends Output = "pipe",
	E extends Output = "inherit",
> = Omit<SpawnOptions<I, O, E>, "killSignal">;

/** A container in which a command can run. */
export interface Place {
	/** The C handle; null when the handle was closed. */
	readonly handle: Pointer | null;
	/** Returns the error for a handle that was closed. */
	gone(): unknown;
}

/** Prepares a command. Throws a PflaskError if the command or an option is wrong. */
export function prepareCommand(
	place: Place,
	command: readonly string[] | ExecSpec,
	options: AnyOptions,
): Prepared {
	checkExecOptions(options);
	options.signal?.throwIfAborted();
	const spec = Array.isArray(command) ? { command } : (command as ExecSpec);
	checkSpec(spec);
	for (const field of Object.keys(spec))
		if (!(EXEC_FIELDS as readonly string[]).includes(field))
			throw new PflaskError(`${field}: the container has decided this, not a command of exec()`, {
				code: "invalid",
				field,
			});
	const { handle } = place;
	if (handle === null) throw place.gone();
	const fields = fieldsWith(spec, options);
	return {
		fields,
		changes: undefined,
		isSearched: true,
		start: (streams) => startCommand(handle, fields, streams, NOWAIT),
		async pour() {},
		release() {},
		abandon() {},
	};
}

function checkExecOptions(options: AnyOptions): void {
	checkOptions(options);
	if (options.killSignal !== undefined)
		throw new PflaskError("killSignal: a command of exec() ends by SIGTERM", {
			code: "invalid",
			field: "killSignal",
			hint: "kill(signal)",
		});
}
