// SPDX-License-Identifier: BSD-2-Clause
// The result of a container that was run to its end.
import type { Change } from "./changes.ts";
import type { Exit } from "./exit.ts";
import type { Spec } from "./files.ts";

/** The end of a container of run() or runSync(), and its output. */
export type Result = Exit & {
	/** The output as text. */
	readonly stdout: string;
	/** The error messages as text; "" unless stderr is "pipe". */
	readonly stderr: string;
	/** The output as bytes. */
	readonly bytes: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
	/** The changes of the container, if its root is ephemeral; else empty. */
	readonly changes: readonly Change[];
};

/** The error of run() and runSync() with `check` if the status is not 0. */
export class CommandError extends Error {
	override readonly name = "CommandError";
	/** The end of the container, and its output. */
	readonly result: Result;

	constructor(spec: Spec, result: Result) {
		super(`${spec.command?.[0] ?? "command"}: ${endText(result)}`);
		this.result = result;
	}
}

function endText({ reason, exitCode, signal }: Exit): string {
	const how = exitCode === null ? (signal ?? "") : `exit ${exitCode}`;
	return reason === "exit" || how === "" ? how || reason : `${reason}: ${how}`;
}

/** Makes a result. Throws a CommandError if a status other than 0 is an error. */
export function resultOf(
	spec: Spec,
	exit: Exit,
	bytes: Result["bytes"],
	changes: readonly Change[],
	check: boolean,
): Result {
	const text = new TextDecoder();
	const result: Result = {
		...exit,
		stdout: text.decode(bytes.stdout),
		stderr: text.decode(bytes.stderr),
		bytes,
		changes,
	};
	if (check && result.status !== 0) throw new CommandError(spec, result);
	return result;
}
