// SPDX-License-Identifier: BSD-2-Clause
// Reports errors, and the start and the end of a command: lines on stderr for people, events on a
// descriptor for programs. libpflask makes and writes the lines and the events (pflask.h,
// docs/status-fd.md).
import { ERROR, EXIT } from "./abi.gen.ts";
import { cString } from "./bytes.ts";
import { type Container, containerHandle, type Exit, exitStruct } from "./container.ts";
import { errorStruct, type PflaskError } from "./error.ts";
import { native, nativeRest } from "./library.ts";
import { type Plan, planHandle } from "./plan.ts";

export { OF_EXEC, PASS_ON, STATS, STATS_JSON } from "./abi.gen.ts";

/** The program that reports, and the targets of its reports. */
export interface Reporter {
	/** The name of the program, which begins each line on stderr. */
	readonly program: string;
	/** The options that were typed, by the fields that they set: lines "FIELD<TAB>OPTION". */
	typed: string;
	/** The words for the names in braces, such as {list}, in a message of libpflask. */
	readonly words: string;
	/** The descriptor of the events, or -1. */
	statusFd: number;
}

/** Reports an error. Returns the exit status. */
export function reportError(to: Reporter, error: PflaskError): number {
	return nativeRest().pflask_report_error(
		to.program,
		to.typed,
		to.words,
		to.statusFd,
		errorStruct(error),
		ERROR.size,
	);
}

/**
 * Reports a mistake on the command line. The default hint is "PROGRAM --help". "" means no hint.
 * Returns the exit status.
 */
export function reportMistake(to: Reporter, option: string, why: string, hint?: string): number {
	return nativeRest().pflask_report_mistake(
		to.program,
		to.statusFd,
		cString(option),
		cString(why),
		hint === undefined ? null : cString(hint),
	);
}

/**
 * Reports on stderr, before the start, the limits that a plan leaves out. If a system is about to
 * boot on this terminal, also reports who can log in.
 */
export function reportPlan(to: Reporter, made: Plan): void {
	nativeRest().pflask_report_plan(to.program, to.typed, to.words, planHandle(made));
}

/** Reports that a command runs. If the event cannot be written, no more events are written. */
export function reportStarted(to: Reporter, container: Container): void {
	if (to.statusFd < 0) return;
	const handle = containerHandle(container);
	if (nativeRest().pflask_report_started(to.program, to.statusFd, handle) < 0) to.statusFd = -1;
}

/**
 * Reports the end of a closed container, and its errors. Returns the exit status. The flags are
 * OF_EXEC for a command of exec(), STATS or STATS_JSON for the used resources, and PASS_ON to end
 * this process by the signal that interrupted the command.
 */
export function reportExit(to: Reporter, exit: Exit, flags: number): number {
	const { program, typed, statusFd } = to;
	return native().pflask_report_exit(program, typed, statusFd, exitStruct(exit), EXIT.size, flags);
}
