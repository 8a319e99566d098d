// SPDX-License-Identifier: BSD-2-Clause
// The end of a container, in the form that programs get.
import { STATUSES } from "./abi.gen.ts";
import type { Exit as Ended, Reason } from "./container.ts";
import { errorText, PflaskError } from "./error.ts";
import { type Signal, signalName } from "./signal.ts";

/** The end of a container: the reason, the used resources, and the failed steps. */
export type Exit = Ending & {
	/**
	 * The status that a shell would show: the exit code; 128 plus the number of the signal; 124 for
	 * "timeout"; 0 for "poweroff"; 133 for "reboot"; 137 for "lost".
	 */
	readonly status: number;
	/** The resources that the container used. */
	readonly usage: Usage;
	/**
	 * The steps that failed at the end, for example the copy of `keep`. In most cases the list is
	 * empty.
	 */
	readonly failures: readonly PflaskError[];
};

/** The reason why a container has ended. */
export type Ending =
	/** The command called exit. */
	| { readonly reason: "exit"; readonly exitCode: number; readonly signal: null }
	/**
	 * A signal killed the command: "signal"; "killed": pflask sent SIGKILL; "oom": the memory limit
	 * was reached; "seccomp": the filter of system calls forbade a call.
	 */
	| {
			readonly reason: "signal" | "killed" | "oom" | "seccomp";
			readonly exitCode: null;
			readonly signal: Signal;
	  }
	/**
	 * pflask ended the container. "timeout": the time limit was reached; "abort": `signal` of
	 * spawn() was aborted; "maxBuffer": the output was larger than `maxBuffer`. The command has
	 * ended by exit or by a signal.
	 */
	| {
			readonly reason: "timeout" | "abort" | "maxBuffer";
			readonly exitCode: number | null;
			readonly signal: Signal | null;
	  }
	/**
	 * "poweroff", "reboot": a process in the container called reboot(2); "lost": the monitor was
	 * killed, which ended the container.
	 */
	| {
			readonly reason: "poweroff" | "reboot" | "lost";
			readonly exitCode: null;
			readonly signal: null;
	  };

/** The resources that a container used. A number that is not known is null. */
export interface Usage {
	/** The time from the start to the end, milliseconds. */
	readonly wall: number;
	/** The user CPU time of all processes that were waited for, milliseconds. */
	readonly user: number;
	/** The system CPU time of all processes that were waited for, milliseconds. */
	readonly system: number;
	/** The largest resident set of a single process, bytes. */
	readonly maxRss: number;
	/** The most memory that the container's cgroup used at one time, bytes. */
	readonly memoryPeak: number | null;
	/** The number of bytes that were read from storage. */
	readonly ioRead: number | null;
	/** The number of bytes that were written to storage. */
	readonly ioWrite: number | null;
	/** The largest number of processes at the same time. */
	readonly processPeak: number | null;
}

/**
 * Why this program has ended a container; undefined if this program has not ended the container.
 */
export type Cause = "abort" | "maxBuffer" | undefined;

/** Returns the end of a container. */
export function exitOf(ended: Ended, cause?: Cause): Exit {
	return {
		...endingOf(ended, cause),
		status: statusOf(ended),
		usage: {
			wall: ended.wallUsec / 1000,
			user: ended.userUsec / 1000,
			system: ended.systemUsec / 1000,
			maxRss: ended.maxRssKib * 1024,
			memoryPeak: ended.memoryPeak,
			ioRead: ended.ioRead,
			ioWrite: ended.ioWrite,
			processPeak: ended.processPeak,
		},
		failures: failuresOf(ended),
	};
}

function endingOf({ reason, exitCode, signal }: Ended, cause: Cause): Ending {
	const name = signal === 0 ? null : (signalName(signal) as Signal);
	if (reason === "timeout") return { reason, ...codeOrSignal(exitCode, name) };
	if (cause !== undefined && isByCommand(reason))
		return { reason: cause, ...codeOrSignal(exitCode, name) };
	if (reason === "exit") return { reason, exitCode, signal: null };
	if (reason === "poweroff" || reason === "reboot" || reason === "lost")
		return { reason, exitCode: null, signal: null };
	return { reason, exitCode: null, signal: name ?? "SIGKILL" };
}

/** Tells whether a `Cause` replaces a reason. Any other reason is itself the cause of the end. */
function isByCommand(reason: Reason): boolean {
	return reason === "exit" || reason === "signal" || reason === "killed";
}

function codeOrSignal(
	exitCode: number,
	signal: Signal | null,
): { exitCode: number | null; signal: Signal | null } {
	return { exitCode: signal === null ? exitCode : null, signal };
}

/** Returns the status that a shell would show. */
export function statusOf({ reason, exitCode, signal }: Ended): number {
	const [base, member] = STATUSES[reason];
	return base + { code: exitCode, signal, none: 0 }[member];
}

function failuresOf(ended: Ended): PflaskError[] {
	const { changesErrno, changesPath, keepErrno, keepPath, linkErrno, link, network } = ended;
	const failures: PflaskError[] = [];
	function add(field: string, what: string, number: number, subject = ""): void {
		if (number === 0) return;
		const message = `${what}: ${errorText(number)}`;
		failures.push(new PflaskError(message, { code: "setup", field, subject, errno: number }));
	}
	add("", "the status is lost", ended.lostErrno);
	add("changes", `cannot list ${pathOr(changesPath)}`, changesErrno, changesPath);
	if (keepPath === "manifest") add("ephemeral", "cannot write 'manifest'", keepErrno);
	else add("keep", `cannot copy ${pathOr(keepPath)}`, keepErrno, keepPath);
	add("netif", `cannot move '${link}' back to the host`, linkErrno, link);
	add("logFile", "cannot write all output to the log", ended.logErrno);
	if (network !== "")
		failures.push(
			new PflaskError(`${network}: ended before the container, which lost its network`, {
				code: "setup",
				field: "netif",
				subject: network,
			}),
		);
	return failures;
}

function pathOr(path: string): string {
	return path === "" ? "the changes" : `'${path}'`;
}
