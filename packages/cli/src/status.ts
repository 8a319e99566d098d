// SPDX-License-Identifier: BSD-2-Clause
// --status-fd: events as lines of JSON (docs/status-fd.md).
import { isWritable, UsageError } from "@pflask/command";
import {
	type Container,
	type Exit,
	errorName,
	errorText,
	signalName,
	writeText,
} from "@pflask/runtime";
import { EPIPE } from "@pflask/runtime/numbers";
import { readValue } from "./kinds.ts";
import type { ErrorReport } from "./report.ts";

/**
 * The version of the JSON. Raise it when a program written for the old version would misread the
 * new one.
 */
const VERSION = 1;

/** Writes the events. A reader that closes its end never disturbs the container. */
export interface StatusFd {
	/** Reports that the command runs. */
	started(container: Container): void;
	/** Reports that pflask itself failed. */
	failed(report: ErrorReport): void;
	/** Reports that the container has ended, and the exit status of pflask. */
	exited(exit: Exit, status: number): void;
}

/** Opens the descriptor that the value of --status-fd names. */
export async function openStatusFd(text: string): Promise<StatusFd> {
	const fd = readValue("status-fd", text);
	if (!(await isWritable(fd)))
		throw new UsageError("--status-fd", `${fd}: not open for writing`, `${fd}>FILE`);
	const send = lineWriter(fd);
	return {
		started: (container) => send(startedEvent(container)),
		failed: (report) => send({ event: "error", ...report }),
		exited: (exit, status) => send(exitedEvent(exit, status)),
	};
}

/**
 * Returns a function that writes lines until a write fails. Reports the first failure, unless no
 * process reads the lines any more.
 */
function lineWriter(fd: number): (event: object) => void {
	let works = true;
	return (event) => {
		if (!works) return;
		const line = JSON.stringify({ version: VERSION, ...event }, (_, value) =>
			typeof value === "string" ? value.toWellFormed() : value,
		);
		const errno = writeText(fd, `${line}\n`);
		works = errno === 0;
		if (!works && errno !== EPIPE) writeText(2, `pflask: --status-fd: ${errorText(errno)}\n`);
	};
}

function startedEvent(container: Container): object {
	const { monitorPid, initPid, leaderPid, keyringErrno, namespaces } = container.info;
	return {
		event: "started",
		pid: { monitor: monitorPid, init: initPid, leader: leaderPid },
		enforced: {
			namespaces,
			keyring: keyringErrno === 0 ? true : { errno: errorName(keyringErrno) },
			pty: container.terminal !== undefined,
		},
	};
}

function exitedEvent(exit: Exit, status: number): object {
	const { reason, exitCode, signal, outputErrno, changesErrno, changesPath } = exit;
	const { keepErrno, keepPath } = exit;
	const { linkErrno, link, network } = exit;
	const { wallUsec, userUsec, systemUsec, maxRssKib } = exit;
	return {
		event: "exited",
		reason,
		status,
		...(reason === "exit" && { exitCode }),
		...(reason === "signal" && { signal: signalName(signal) }),
		...(outputErrno !== 0 && { outputErrno: errorName(outputErrno) }),
		...(changesErrno !== 0 && { changesErrno: errorName(changesErrno) }),
		...(linkErrno !== 0 && { linkErrno: errorName(linkErrno), link }),
		...(network !== "" && { network }),
		...(changesPath !== "" && { changesPath }),
		...(keepErrno !== 0 && { keepErrno: errorName(keepErrno) }),
		...(keepPath !== "" && { keepPath }),
		usage: { wallUsec, userUsec, systemUsec, maxRssKib },
	};
}
