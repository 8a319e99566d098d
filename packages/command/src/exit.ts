// SPDX-License-Identifier: BSD-2-Clause
import { type Exit, errorText, PflaskError } from "@pflask/runtime";
import { SIGINT, SIGKILL, SIGQUIT } from "@pflask/runtime/numbers";
import { FAILED } from "./explain.ts";
import { outputError } from "./output.ts";

const OWN_GROUP = 0;
const SIGNALED = 128;
const REBOOT = 133;
const KILLED = SIGNALED + SIGKILL;

/** Returns a command's exit status for the end of a container, in which there were these errors. */
export function statusOf(exit: Exit, errors: readonly PflaskError[]): number {
	const status = statusOfReason(exit);
	const isFailure = wasHungUp(exit) || status === 0;
	return isFailure && errors.length > 0 ? FAILED : status;
}

/**
 * Tells whether pflask has hung the command's terminal up, as it does where output cannot be
 * written. Whether SIGHUP or a failed write then ends the command, or the command ends before,
 * depends on which of the two is faster: its status says nothing.
 */
function wasHungUp({ reason, outputErrno }: Exit): boolean {
	return outputErrno !== 0 && reason !== "lost";
}

function statusOfReason({ reason, exitCode, signal }: Exit): number {
	switch (reason) {
		case "exit":
			return exitCode;
		case "signal":
			return SIGNALED + signal;
		case "poweroff":
			return 0;
		case "reboot":
			return REBOOT;
		case "lost":
			return KILLED;
	}
}

/**
 * Ends this program as an interrupted command has ended: a shell that has had the ^C, too, ends its
 * loop or script only where it sees that. Where the key was typed in a terminal in raw mode, the
 * shell has not had it: the whole job gets the signal, as from the terminal. Does nothing to this
 * program where SIGINT is ignored, nor by SIGQUIT, which would write its memory to a file.
 */
export function passOn({ reason, signal, typedSignal }: Exit): void {
	if (typedSignal === SIGQUIT) process.on("SIGQUIT", () => {});
	if (typedSignal !== 0) process.kill(OWN_GROUP, typedSignal);
	else if (reason === "signal" && signal === SIGINT) process.kill(process.pid, SIGINT);
}

/** Returns what went wrong although the container has ended; `lost` says why its status is lost. */
export function errorsOf(exit: Exit, lost: string = LOST): PflaskError[] {
	const { outputErrno, linkErrno, link, network } = exit;
	const errors: PflaskError[] = [];
	if (exit.reason === "lost") return [new PflaskError(lost, { code: "internal" })];
	if (linkErrno !== 0)
		errors.push(
			new PflaskError(`${link}: is not back under this name: ${errorText(linkErrno)}`, {
				code: "setup",
				field: "netif",
				subject: link,
				errno: linkErrno,
				hint: "ip link",
			}),
		);
	if (network !== "")
		errors.push(
			new PflaskError(`${network}: it ended before the container, whose network it was`, {
				code: "setup",
				field: "netif",
				subject: network,
			}),
		);
	if (exit.changesErrno !== 0)
		errors.push(untold("changes", "listed", exit.changesErrno, exit.changesPath));
	if (exit.keepErrno !== 0) errors.push(untold("keep", "copied", exit.keepErrno, exit.keepPath));
	if (outputErrno !== 0) errors.push(outputError(outputErrno));
	return errors;
}

const LOST = "monitor: it was killed, and the init of the container with it";

/** The error of the field that has asked for it. */
function untold(field: string, done: string, errno: number, path: string): PflaskError {
	const what = path || "what has changed";
	return new PflaskError(`${what} cannot be ${done}: ${errorText(errno)}`, {
		code: "setup",
		operation: field,
		field,
		subject: path,
		errno,
	});
}
