// SPDX-License-Identifier: BSD-2-Clause
// Runs a container, in the foreground or detached.
import { print } from "@pflask/command";
import {
	type Container,
	type Exit,
	type Plan,
	type Reporter,
	reportExit,
	reportStarted,
	run,
	start,
} from "@pflask/runtime/internal";
import { SIGKILL } from "@pflask/runtime/numbers";

/**
 * Runs a command in the foreground until it ends. Returns the exit status; the flags are those of
 * reportExit().
 */
export function stay(made: Plan, to: Reporter, flags: number): number {
	if (to.statusFd < 0) return reportExit(to, run(made), flags);
	return watch(start(made, { foreground: true }), to, flags);
}

/**
 * Waits in the foreground for a started command, and closes its container. Returns the exit status;
 * the flags are those of reportExit().
 */
export function watch(container: Container, to: Reporter, flags: number): number {
	return reportExit(to, endOf(container, to), flags);
}

function endOf(container: Container, to: Reporter): Exit {
	try {
		reportStarted(to, container);
		return container.foreground(0, 1);
	} finally {
		container.close();
	}
}

/**
 * Starts a detached container and prints the pid of its monitor. If printing fails, kills the
 * command. Until the pid is printed, this process forwards its signals to the command. Otherwise a
 * signal could end only this process, and the user would not see the pid of the monitor. If the
 * monitor was killed when the command started, its pid is not known, and the container has ended.
 */
export function leave(made: Plan, to: Reporter): number {
	const container = start(made, { foreground: true });
	if (container.info.monitorPid === 0) return watch(container, to, 0);
	try {
		print(`${container.info.monitorPid}\n`);
		reportStarted(to, container);
		return 0;
	} catch (error) {
		container.kill(SIGKILL);
		throw error;
	} finally {
		container.close();
	}
}
