// SPDX-License-Identifier: BSD-2-Clause
// Reports the errors of a program.
import {
	errorName,
	PflaskError,
	type Reporter,
	reportError,
	reportMistake,
	writeText,
} from "@pflask/runtime/internal";
import { complain, explain, FAILED, oneLine } from "./explain.ts";
import { jsonText } from "./json.ts";
import { UsageError } from "./usage.ts";

/** Reports an error. An unexpected error is reported as internal. Returns the exit status. */
export function report(to: Reporter, error: unknown): number {
	try {
		if (error instanceof UsageError) return reportMistake(to, error.option, error.why, error.hint);
		return reportError(to, error instanceof PflaskError ? error : internal(error, to.program));
	} catch {
		return reportAlone(to, error);
	}
}

function internal(error: unknown, program: string): PflaskError {
	return new PflaskError(explain(error, program).message, { code: "internal" });
}

/**
 * Reports an error without libpflask, because loading the library may have failed. Returns the exit
 * status.
 */
export function reportAlone({ program, statusFd }: Reporter, error: unknown): number {
	complain(program, explain(error, program));
	if (statusFd >= 0) writeText(statusFd, `${jsonText(eventOf(error, program))}\n`);
	return FAILED;
}

/** Returns the event for an error. docs/status-fd.md describes the members. */
function eventOf(error: unknown, program: string): object {
	const option = error instanceof UsageError ? oneLine(error.option) : null;
	const { code, operation, field, subject, errno } =
		error instanceof PflaskError
			? error
			: new PflaskError("", { code: option === null ? "internal" : "invalid" });
	return {
		version: 1,
		event: "error",
		code,
		operation: operation || null,
		option,
		field: field || null,
		subject: subject.toWellFormed() || null,
		errno: errno === 0 ? null : errorName(errno),
		...explain(error, program),
		status: FAILED,
	};
}
