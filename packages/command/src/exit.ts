// SPDX-License-Identifier: BSD-2-Clause
import { type Exit, errorText, PflaskError } from "@pflask/runtime";
import { SIGINT, SIGKILL, SIGQUIT } from "@pflask/runtime/numbers";
import { FAILED } from "./explain.ts";
import { outputError } from "./output.ts";

const OWN_GROUP = 0;
const SIGNALED = 128;
const REBOOT = 133;
const KILLED = SIGNALED + SIGKILL;

/** Returns the exit status of a command after the end of a container with these errors. */
export function statusOf(exit: Exit, errors: readonly PflaskError[]): number {
	const status = statusOfReason(exit);
	const isFailure = wasHungUp(exit) || status === 0;
	return isFailure && errors.length > 0 ? FAILED : status;
}

/**
 * Tells whether pflask hung up the command's terminal, which happens when output cannot be written.
 * The command's status says nothing then: whether SIGHUP, a failed write or something else ended
 * the command first depends on timing.
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
 * Raises the signal that interrupted the command, so that this program ends in the same way. A
 * shell that got the same ^C stops its loop or script only if it sees this end. In raw mode the
 * terminal sent no signal to the shell, so the signal of the typed key goes to the whole job. This
 * program survives SIGINT if SIGINT is ignored. SIGQUIT never ends it: a core dump would write its
 * memory to a file.
 */
export function passOn({ reason, signal, typedSignal }: Exit): void {
	if (typedSignal === SIGQUIT) process.on("SIGQUIT", () => {});
	if (typedSignal !== 0) process.kill(OWN_GROUP, typedSignal);
	else if (reason === "signal" && signal === SIGINT) process.kill(process.pid, SIGINT);
}

/** Returns the errors of a container that has ended; `lost` says why its status is lost. */
export function errorsOf(exit: Exit, lost: string = LOST): PflaskError[] {
	const { outputErrno, linkErrno, link, network } = exit;
	const errors: PflaskError[] = [];
	if (exit.reason === "lost") return [new PflaskError(lost, { code: "internal" })];
	if (linkErrno !== 0)
		errors.push(
			new PflaskError(
				`${link}: cannot give the interface back under this name: ${errorText(linkErrno)}`,
				{
					code: "setup",
					field: "netif",
					subject: link,
					errno: linkErrno,
					hint: "ip link",
				},
			),
		);
	if (network !== "")
		errors.push(
			new PflaskError(`${network}: ended before the container`, {
				code: "setup",
				field: "netif",
				subject: network,
			}),
		);
	if (exit.changesErrno !== 0)
		errors.push(changesError("changes", "list", exit.changesErrno, exit.changesPath));
	if (exit.keepErrno !== 0)
		errors.push(changesError("keep", "copy", exit.keepErrno, exit.keepPath));
	if (outputErrno !== 0) errors.push(outputError(outputErrno));
	return errors;
}

const LOST = "the monitor was killed, and with it the container";

/** Returns an error that names the field that asked for the failed work. */
function changesError(field: string, verb: string, errno: number, path: string): PflaskError {
	const what = path ? `'${path}'` : "the changes";
	return new PflaskError(`cannot ${verb} ${what}: ${errorText(errno)}`, {
		code: "setup",
		operation: field,
		field,
		subject: path,
		errno,
	});
}
