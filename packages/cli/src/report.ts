// SPDX-License-Identifier: BSD-2-Clause
// How errors are told: to people as two lines on stderr, to programs by --status-fd.
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

/** Everything that is to be told of an error; null where there is nothing to tell. */
export interface ErrorReport {
	/** What kind of error it is. */
	readonly code: ErrorCode;
	/** The operation of the plan that failed. */
	readonly operation: string | null;
	/** The option that is to blame. */
	readonly option: string | null;
	/** The field of the spec that is to blame. */
	readonly field: string | null;
	/** What it was done to. */
	readonly subject: string | null;
	/** The name of the kernel's error number. */
	readonly errno: string | null;
	/** What is wrong: "what: why", one line. */
	readonly message: string;
	/** A remedy that can be typed. */
	readonly hint: string | null;
	/** The exit status of pflask. */
	readonly status: number;
}

/** What is known of the run in which an error comes up. */
export interface Context {
	origins: Origins;
	statusFd: StatusFd | undefined;
	/** How the command ended that pflask stood for. */
	stoodFor: Exit | undefined;
}

/** Tells an error to whoever wants to know, and returns the exit status. */
export function tell(error: unknown, context: Context): number {
	const report = reportOf(error, context.origins);
	tellUser(report);
	context.statusFd?.failed(report);
	return report.status;
}

/** Tells the user of an error, unless whoever read our output has seen enough: that is no news. */
export function tellUser(report: ErrorReport): void {
	const enough = report.operation === "write" && report.errno === "EPIPE";
	if (!enough) complain(PROGRAM, report);
}

/** Returns what is to be told of an error. */
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
