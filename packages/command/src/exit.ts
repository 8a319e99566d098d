// SPDX-License-Identifier: BSD-2-Clause
import { type Exit, errorText, PflaskError } from "@pflask/runtime";
import { FAILED } from "./explain.ts";
import { outputError } from "./output.ts";

const SIGNALED = 128;
const REBOOT = 133;
const KILLED = SIGNALED + 9;

/** Returns the exit status of a command for the end of a container. */
export function statusOf(exit: Exit): number {
	const status = statusOfReason(exit);
	const { outputErrno, changesErrno, linkErrno, network } = exit;
	const failed = outputErrno !== 0 || changesErrno !== 0 || linkErrno !== 0 || network !== "";
	return status === 0 && failed ? FAILED : status;
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

/** Returns what went wrong although the container has ended, or undefined. */
export function errorOf(exit: Exit): PflaskError | undefined {
	const { reason, outputErrno, changesErrno, changesPath, linkErrno, link, network } = exit;
	if (reason === "lost")
		return new PflaskError("monitor: it was killed, and the container with it", {
			code: "internal",
		});
	if (linkErrno !== 0)
		return new PflaskError(`${link}: is not back under this name: ${errorText(linkErrno)}`, {
			code: "setup",
			field: "netif",
			subject: link,
			errno: linkErrno,
			hint: "ip link",
		});
	if (network !== "")
		return new PflaskError(`${network}: it ended before the container, whose network it was`, {
			code: "setup",
			field: "netif",
			subject: network,
		});
	const what = `changes: ${changesPath || "not all could be told"}`;
	if (changesErrno !== 0)
		return new PflaskError(`${what}: ${errorText(changesErrno)}`, {
			code: "setup",
			operation: "changes",
			subject: changesPath,
			errno: changesErrno,
		});
	return outputErrno === 0 ? undefined : outputError(outputErrno);
}
