// SPDX-License-Identifier: BSD-2-Clause
// What becomes of a container that has been started.
import { errorsOf, print, statusOf } from "@pflask/command";
import type { Container } from "@pflask/runtime";
import { type Context, complain, reportOf } from "./report.ts";

const SIGKILL = 9;

/** Stands for its command until that ends. Returns the exit status. */
export function stay(container: Container, context: Context): number {
	context.statusFd?.started(container);
	const exit = container.foreground(0, 1);
	const errors = errorsOf(exit);
	const status = statusOf(exit, errors);
	for (const error of errors) complain(reportOf(error, context.origins));
	context.statusFd?.exited(exit, status);
	return status;
}

/** Leaves a detached one to its monitor and prints whose pid; where that fails it is ended. */
export function leave(container: Container, context: Context): number {
	try {
		print(`${container.info.monitorPid}\n`);
	} catch (error) {
		container.kill(SIGKILL);
		throw error;
	}
	context.statusFd?.started(container);
	return 0;
}
