// SPDX-License-Identifier: BSD-2-Clause
// Reports of errors: two lines on stderr for people, JSON on --status-fd for programs.
import { complain, explain, FAILED, oneLine, UsageError } from "@pflask/command";
import { type ErrorCode, type Exit, errorName, PflaskError } from "@pflask/runtime";
import type { Origins } from "./spec.ts";
import type { StatusFd } from "./status.ts";
import { wordingOf } from "./wording.ts";

const PROGRAM = "pflask";
const STATUSES: { readonly [C in ErrorCode]?: number } = {
	"not-executable": 126,
	"not-found": 127,
};

/** All parts of a report; null for a part that is not known. */
export interface ErrorReport {
	/** The kind of the error. */
	readonly code: ErrorCode;
	/** The operation of the plan that failed. */
	readonly operation: string | null;
	/** The option that caused the error. */
	readonly option: string | null;
	/** The field of the spec that caused the error. */
	readonly field: string | null;
	/** The object of the failed operation: a path or a name. */
	readonly subject: string | null;
	/** The name of the kernel's error number. */
	readonly errno: string | null;
	/** The message, one line: "what: why". */
	readonly message: string;
	/** A remedy that the user can type. */
	readonly hint: string | null;
	/** The exit status of pflask. */
	readonly status: number;
}

/** The state of a run that a report of an error needs. */
export interface Context {
	origins: Origins;
	statusFd: StatusFd | undefined;
	/** How the command ended, if pflask stood for the command in the foreground. */
	stoodFor: Exit | undefined;
}

/** Reports an error on stderr and on --status-fd. Returns the exit status. */
export function tell(error: unknown, context: Context): number {
	const report = reportOf(error, context.origins);
	tellUser(report);
	context.statusFd?.failed(report);
	return report.status;
}

/**
 * Reports an error on stderr. Is silent if the reader of standard output has closed it (EPIPE):
 * that is normal.
 */
export function tellUser(report: ErrorReport): void {
	const enough = report.operation === "write" && report.errno === "EPIPE";
	if (!enough) complain(PROGRAM, report);
}

/** Returns the report of an error. */
export function reportOf(error: unknown, origins: Origins): ErrorReport {
	if (error instanceof PflaskError) return ofRuntime(error, origins);
	const explained = { ...NOTHING, ...explain(error, PROGRAM) };
	if (error instanceof UsageError) return { ...explained, option: oneLine(error.option) };
	return { ...explained, code: "internal" };
}

const NOTHING: ErrorReport = {
	code: "invalid",
	operation: null,
	option: null,
	field: null,
	subject: null,
	errno: null,
	message: "",
	hint: null,
	status: FAILED,
};

function ofRuntime(error: PflaskError, origins: Origins): ErrorReport {
	const name = origins.get(error.field);
	const option = name === undefined ? null : `--${name}`;
	const { message, hint } = explain(error, PROGRAM, wordingOf(origins));
	return {
		code: error.code,
		operation: error.operation || null,
		option,
		field: error.field || null,
		subject: error.subject || null,
		errno: error.errno === 0 ? null : errorName(error.errno),
		message: option === null ? message : `${option}: ${message}`,
		hint,
		status: STATUSES[error.code] ?? FAILED,
	};
}
