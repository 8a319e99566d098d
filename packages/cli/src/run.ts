// SPDX-License-Identifier: BSD-2-Clause
// How a container is run.
import { errorsOf, print, statusOf } from "@pflask/command";
import { type Container, type Exit, type Plan, run, start } from "@pflask/runtime";
import { SIGKILL } from "@pflask/runtime/numbers";
import { type Context, reportOf, tellUser } from "./report.ts";

/** Stands for a command until it ends. Returns the exit status. */
export function stay(made: Plan, context: Context): number {
	if (context.statusFd === undefined) return stoodFor(run(made), context);
	const container = start(made, { foreground: true });
	try {
		return watch(container, context);
	} finally {
		container.close();
	}
}

/** The same for one that has been started; `lost` says why its status may be lost. */
export function watch(container: Container, context: Context, lost?: string): number {
	context.statusFd?.started(container);
	const exit = container.foreground(0, 1);
	const status = stoodFor(exit, context, lost);
	context.statusFd?.exited(exit, status);
	return status;
}

/** Tells how a command ended that pflask stood for. Returns the exit status. */
export function stoodFor(exit: Exit, context: Context, lost?: string): number {
	context.stoodFor = exit;
	return tellEnd(exit, context, lost);
}

/** Tells what went wrong. Returns the exit status for how a container ended. */
export function tellEnd(exit: Exit, context: Context, lost?: string): number {
	const errors = errorsOf(exit, lost);
	for (const error of errors) tellUser(reportOf(error, context.origins));
	return statusOf(exit, errors);
}

/**
 * Leaves a command to a monitor and prints whose pid; where that fails the command is ended. Until
 * then signals are the command's: what ended only this process would leave it to nobody.
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
