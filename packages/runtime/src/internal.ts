// SPDX-License-Identifier: BSD-2-Clause
// @pflask/runtime/internal: the functions that the commands of pflask need. start() and run() here
// block the thread, and report errors as a command does. Other programs use @pflask/runtime.
import { native } from "./library.ts";

export { bytesOf, fromBytes } from "./bytes.ts";
export type { Container, Exit, Info, Namespace, Reason, StartOptions, Stdio } from "./container.ts";
export { run, start } from "./container.ts";
export type { ErrorCode, ErrorDetails } from "./error.ts";
export { errorName, errorText, PflaskError } from "./error.ts";
export { mountField } from "./kinds.ts";
export {
	awaitInput,
	descriptorFlags,
	discardInput,
	endProcess,
	isSameFile,
	lockFile,
	type Part,
	readInput,
	userName,
	writeBytes,
	writeText,
} from "./libc.ts";
export { libraryVersion, useLibrary } from "./library.ts";
export type {
	Capabilities,
	Flags,
	IdMap,
	Limit,
	Named,
	Operation,
	StandardStreams,
} from "./operation.gen.ts";
export type { Plan } from "./plan.ts";
export { plan } from "./plan.ts";
export {
	OF_EXEC,
	PASS_ON,
	type Reporter,
	reportError,
	reportExit,
	reportMistake,
	reportPlan,
	reportStarted,
	STATS,
	STATS_JSON,
} from "./report.ts";
export { parseSignal, signalName } from "./signal.ts";
export type { Spec } from "./spec.gen.ts";
export { checkSpec, pathOf } from "./spec-check.ts";
export { suggest } from "./suggest.ts";

/** Returns the size of the terminal behind a descriptor; undefined if it is not a terminal. */
export function terminalSize(fd: number): { rows: number; cols: number } | undefined {
	const size = native().pflask_terminal_size(fd);
	return size < 0 ? undefined : { rows: size >>> 16, cols: size & 0xffff };
}
