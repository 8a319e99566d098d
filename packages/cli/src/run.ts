// SPDX-License-Identifier: BSD-2-Clause
// Runs a container, in the foreground or detached.
import { errorsOf, print, statusOf } from "@pflask/command";
import { type Container, type Exit, type Plan, run, start } from "@pflask/runtime";
import { SIGKILL } from "@pflask/runtime/numbers";
import { type Context, reportOf, tellUser } from "./report.ts";

/** Runs a command in the foreground until it ends. Returns the exit status. */
export function stay(made: Plan, context: Context): number {
	if (context.statusFd === undefined) return stoodFor(run(made), context);
	const container = start(made, { foreground: true });
	try {
		return watch(container, context);
	} finally {
		container.close();
	}
}

/**
 * Waits in the foreground for a started command. Returns the exit status; `lost` says why the
 * status of the command may be lost.
 */
export function watch(container: Container, context: Context, lost?: string): number {
	context.statusFd?.started(container);
	const exit = container.foreground(0, 1);
	const status = stoodFor(exit, context, lost);
	context.statusFd?.exited(exit, status);
	return status;
}

/** Notes how a foreground command ended, and reports errors. Returns the exit status. */
export function stoodFor(exit: Exit, context: Context, lost?: string): number {
	context.stoodFor = exit;
	return tellEnd(exit, context, lost);
}

/** Reports the errors of a container that has ended. Returns the exit status for the end. */
export function tellEnd(exit: Exit, context: Context, lost?: string): number {
	const errors = errorsOf(exit, lost);
	for (const error of errors) tellUser(reportOf(error, context.origins));
	return statusOf(exit, errors);
}

/**
 * Starts a detached container and prints the pid of its monitor; ends the command if that fails.
 * Until the pid is printed, signals go to the command: a signal that ended this process alone would
 * leave a command that no process looks after.
 */
export function leave(made: Plan, context: Context): number {
	const container = start(made, { foreground: true });
	try {
		print(`${container.info.monitorPid}\n`);
		context.statusFd?.started(container);
		return 0;
	} catch (error) {
		container.kill(SIGKILL);
		throw error;
	} finally {
		container.close();
	}
}
