// SPDX-License-Identifier: BSD-2-Clause
import { ERROR, EXIT, FOREGROUND, INFO, NAMESPACES, REASONS } from "./abi.gen.ts";
import { decodeError, errorText, PflaskError } from "./error.ts";
import { type Pointer, pointerVariable, storedPointer } from "./ffi.ts";
import { native, nativeRest } from "./library.ts";
import { ESRCH, ETIMEDOUT } from "./numbers.gen.ts";
import { isPlan, type Plan, plan, planHandle } from "./plan.ts";
import { signalNumber } from "./signal.ts";
import type { Spec } from "./spec.gen.ts";
import { checkKeys } from "./spec-check.ts";
import {
	makeStruct,
	readInt32,
	readString,
	readUint32,
	readUint64,
	type Struct,
} from "./struct.ts";

/** The reason why a container ended. */
export type Reason = (typeof REASONS)[keyof typeof REASONS];

/** A kind of namespace. */
export type Namespace = (typeof NAMESPACES)[number][1];

/** The end of a container, and the resources that the container used. */
export interface Exit {
	/**
	 * "exit": the command called exit; "signal": a signal killed the command; "poweroff", "reboot": a
	 * process in the container called reboot(2); "lost": the monitor was killed, and init with it;
	 * "oom": the memory limit was reached; "timeout": pflask ended the container because its time
	 * limit was reached; "seccomp": the seccomp filter killed the command; "killed": pflask killed
	 * the container.
	 */
	readonly reason: Reason;
	/** The exit code, 0 to 255, if the reason is "exit". */
	readonly exitCode: number;
	/** The number of the signal that killed the command, or 0. */
	readonly signal: number;
	/** The error number of the first failed write of the terminal's output, or 0. */
	readonly outputErrno: number;
	/** The error number of the first failure in listing the changes, or 0. */
	readonly changesErrno: number;
	/** The error number of the first failure in copying the changes for `keep`, or 0. */
	readonly keepErrno: number;
	/** The error number if an interface of the host could not be moved back, or 0. */
	readonly linkErrno: number;
	/**
	 * The signal that ended the command, if a key typed at a terminal in raw mode raised the signal.
	 * Otherwise 0. The caller's process group has not received this signal.
	 */
	readonly typedSignal: number;
	/** The name on the host of the interface that could not be moved back, or "". */
	readonly link: string;
	/**
	 * The program that made the container's network ("pasta") and ended before the container, or "".
	 */
	readonly network: string;
	/** The path in the container at which listing the changes failed, or "". */
	readonly changesPath: string;
	/** The path in the container at which copying the changes failed, or "". */
	readonly keepPath: string;
	/** The time from the start to the end, microseconds. */
	readonly wallUsec: number;
	/** The user CPU time of all processes that were waited for, microseconds. */
	readonly userUsec: number;
	/** The system CPU time of all processes that were waited for, microseconds. */
	readonly systemUsec: number;
	/** The largest resident set of a single process, KiB. */
	readonly maxRssKib: number;
	/** The largest memory that the container's cgroup used at one time, bytes; null if not known. */
	readonly memoryPeak: number | null;
	/** With "oom": the memory limit, bytes; null if not known. */
	readonly memoryLimit: number | null;
	/** The number of bytes that were read from storage; null if not known. */
	readonly ioRead: number | null;
	/** The number of bytes that were written to storage; null if not known. */
	readonly ioWrite: number | null;
	/** The largest number of processes at the same time; null if not known. */
	readonly processPeak: number | null;
	/** With "timeout": the time limit that the container reached, milliseconds; otherwise 0. */
	readonly timeoutMsec: number;
	/** Error number if the end could not be kept for later clients, or 0. */
	readonly endErrno: number;
	/** Error number of the first failed write to the log file, or 0. */
	readonly logErrno: number;
	/** With "lost": the error number of the reason, or 0 if the monitor was killed. */
	readonly lostErrno: number;
}

/**
 * The processes and namespaces of a running container. The pids are valid in the caller's pid
 * namespace.
 */
export interface Info {
	/**
	 * The pid of the monitor; 0 if the monitor of a detached container was killed when the command
	 * started. In this case, the container has ended.
	 */
	readonly monitorPid: number;
	/** Pid 1 of the container's pid namespace, or the subreaper if there is no pid namespace. */
	readonly initPid: number;
	/** The pid of the command. */
	readonly leaderPid: number;
	/** 0 if the container has its own session keyring, otherwise the error number. */
	readonly keyringErrno: number;
	/** The namespaces that were made. */
	readonly namespaces: readonly Namespace[];
}

/** The standard streams of a command. */
export interface Stdio {
	/** The descriptor that becomes the command's standard input; null for none. Default: 0. */
	readonly stdin?: number | null;
	/** The descriptor that becomes the command's standard output; null for none. Default: 1. */
	readonly stdout?: number | null;
	/** The descriptor that becomes the command's standard error; null for none. Default: 2. */
	readonly stderr?: number | null;
}

/** The options of start(). */
export interface StartOptions extends Stdio {
	/**
	 * Whether this process forwards its signals to the command. Then `foreground()` also relays a
	 * terminal that is given as `stdin`, unless the command has a terminal of its own. Default: no.
	 */
	readonly foreground?: boolean;
}

/** A started container. */
export interface Container extends Disposable {
	/** The processes and namespaces of the container. */
	readonly info: Info;
	/**
	 * The pty master of the container's terminal, which the container owns; undefined if the command
	 * has no terminal.
	 */
	readonly terminal: number | undefined;
	/**
	 * Sends a signal, by number or name ("SIGTERM"), to the command. Returns false if the container
	 * has ended.
	 */
	kill(signal: number | string): boolean;
	/** Waits for the end of the container. Returns undefined when the given time has passed. */
	wait(): Exit;
	wait(timeoutMs: number): Exit | undefined;
	/**
	 * Serves the container until it ends: forwards signals, and relays `input` to the container's
	 * terminal and the terminal's output to `output`. If the command got a pipe in place of a
	 * terminal, also relays between that terminal and the pipe. Blocks this thread.
	 */
	foreground(input: number, output: number): Exit;
	/** Kills the container if it still runs, and frees it. */
	close(): void;
}

const NO_KEY = -1;

/** Functions that return the C handles of containers. */
const handles = new WeakMap<Container, () => Pointer>();

/** The C structure of each exit. Only the structure has every byte of the texts. */
const structs = new WeakMap<Exit, Struct>();

/**
 * Runs a container until it ends. The container must not be detached. This process forwards its
 * signals to the command, and relays the terminal. Blocks this thread.
 */
export function run(what: Plan | Spec, options: Stdio = {}): Exit {
	if (isPlan(what)) return runPlan(planHandle(what), options);
	using made = plan(what);
	return runPlan(planHandle(made), options);
}

function runPlan(handle: Pointer, streams: Stdio): Exit {
	const [stdin, stdout, stderr] = descriptors(streams);
	const exit = makeStruct(EXIT);
	const error = makeStruct(ERROR);
	const result = native().pflask_run(
		handle,
		stdin,
		stdout,
		stderr,
		exit,
		EXIT.size,
		error,
		ERROR.size,
	);
	if (result < 0) throw decodeError(error);
	return decodeExit(exit);
}

/** Starts a container. Returns when the command has been executed. */
export function start(what: Plan | Spec, options: StartOptions = {}): Container {
	if (isPlan(what)) return wrap(startWith(planHandle(what), options));
	using made = plan(what);
	return wrap(startWith(planHandle(made), options));
}

function startWith(handle: Pointer, options: StartOptions): Pointer {
	return startPlan(handle, descriptors(options), options.foreground === true ? FOREGROUND : 0);
}

/**
 * Starts a container of a plan, by its C handle. Returns the C handle of the container. An error
 * names the key of `spec` that caused the error.
 */
export function startPlan(
	handle: Pointer,
	[stdin, stdout, stderr]: readonly [number, number, number],
	flags: number,
	spec?: Spec,
): Pointer {
	const started = pointerVariable();
	const error = makeStruct(ERROR);
	const result = nativeRest().pflask_start(
		handle,
		stdin,
		stdout,
		stderr,
		flags,
		started,
		error,
		ERROR.size,
	);
	if (result < 0) throw decodeError(error, spec);
	return storedPointer(started);
}

/**
 * Returns the descriptors for libpflask; -1 stands for no descriptor. Throws a PflaskError for a
 * wrong descriptor or an unknown option.
 */
export function descriptors(options: StartOptions): [number, number, number] {
	checkKeys(options, ["stdin", "stdout", "stderr", "foreground"]);
	const { stdin = 0, stdout = 1, stderr = 2 } = options;
	return [descriptor("stdin", stdin), descriptor("stdout", stdout), descriptor("stderr", stderr)];
}

function descriptor(name: string, fd: number | null): number {
	if (fd === null) return -1;
	if (Number.isInteger(fd) && fd >= 0) return fd;
	throw new PflaskError(`${name}: must be the number of a descriptor, or null`, {
		code: "invalid",
	});
}

/** Returns a container that owns the given C handle. */
export function wrap(handle: Pointer): Container {
	let open: Pointer | null = handle;
	function current(): Pointer {
		if (open === null) throw new PflaskError("container: already closed", { code: "invalid" });
		return open;
	}
	function close(): void {
		if (open !== null) nativeRest().pflask_close(open);
		open = null;
	}
	function wait(): Exit;
	function wait(timeoutMs: number): Exit | undefined;
	function wait(timeoutMs = -1): Exit | undefined {
		return waitFor(current(), timeoutMs);
	}
	const container: Container = {
		get info() {
			const struct = makeStruct(INFO);
			check("info", nativeRest().pflask_info(current(), struct, INFO.size));
			return decodeInfo(struct);
		},
		get terminal() {
			const fd = nativeRest().pflask_terminal(current());
			return fd < 0 ? undefined : fd;
		},
		kill(signal) {
			const result = nativeRest().pflask_kill(current(), signalNumber(signal));
			if (result === -ESRCH) return false;
			check("kill", result);
			return true;
		},
		wait,
		foreground(input, output) {
			return attachTo(current(), input, output, NO_KEY) as Exit;
		},
		close,
		[Symbol.dispose]: close,
	};
	handles.set(container, current);
	return container;
}

/**
 * Connects two descriptors to a container, by its C handle. Returns undefined if the container goes
 * on.
 */
export function attachTo(
	handle: Pointer,
	input: number,
	output: number,
	key: number,
): Exit | undefined {
	const struct = makeStruct(EXIT);
	const error = makeStruct(ERROR);
	const result = nativeRest().pflask_attach(
		handle,
		input,
		output,
		key,
		struct,
		EXIT.size,
		error,
		ERROR.size,
	);
	if (result < 0) throw decodeError(error);
	const exit = decodeExit(struct);
	if (result === 0) return exit;
	if (exit.outputErrno === 0) return undefined;
	throw new PflaskError(`output: ${errorText(exit.outputErrno)}`, {
		code: "setup",
		operation: "write",
		errno: exit.outputErrno,
	});
}

/** Waits for the end of a container, by its handle. Returns undefined when the time has passed. */
export function waitFor(handle: Pointer, timeoutMs: number): Exit | undefined {
	const struct = makeStruct(EXIT);
	const result = nativeRest().pflask_wait(handle, timeoutMs, struct, EXIT.size);
	if (result === -ETIMEDOUT) return undefined;
	if (result < 0) throwStep(handle);
	check("wait", result);
	return decodeExit(struct);
}

/**
 * Throws the error that a step of a container returns, because this error has more details than an
 * errno.
 */
function throwStep(handle: Pointer): void {
	const error = makeStruct(ERROR);
	if (nativeRest().pflask_step(handle, new Int32Array(1), error, ERROR.size) < 0)
		throw decodeError(error);
}

/** Returns the C handle of a container that has not been closed. */
export function containerHandle(container: Container): Pointer {
	const handle = handles.get(container);
	if (handle === undefined)
		throw new PflaskError("container: not libpflask's", { code: "invalid" });
	return handle();
}

function check(operation: string, result: number): void {
	if (result >= 0) return;
	throw new PflaskError(`${operation}: ${errorText(-result)}`, {
		code: "setup",
		operation,
		errno: -result,
	});
}

/** Converts an `enum pflask_reason`. */
export function decodeReason(reason: number): Reason {
	const reasons: Readonly<Record<number, Reason | undefined>> = REASONS;
	return reasons[reason] ?? "lost";
}

/** Converts a `struct pflask_exit`. */
export function decodeExit(struct: Struct): Exit {
	const linkErrno = readInt32(struct, EXIT.link_errno);
	const hasIo = readInt32(struct, EXIT.has_io) !== 0;
	const exit: Exit = {
		reason: decodeReason(readInt32(struct, EXIT.reason)),
		exitCode: readInt32(struct, EXIT.code),
		signal: readInt32(struct, EXIT.signal),
		outputErrno: readInt32(struct, EXIT.output_errno),
		changesErrno: readInt32(struct, EXIT.changes_errno),
		keepErrno: readInt32(struct, EXIT.keep_errno),
		linkErrno,
		typedSignal: readInt32(struct, EXIT.typed_signal),
		link: linkErrno === 0 ? "" : readString(struct, EXIT.link),
		network: readString(struct, EXIT.network),
		changesPath: readString(struct, EXIT.changes_path),
		keepPath: readString(struct, EXIT.keep_path),
		wallUsec: readUint64(struct, EXIT.wall_usec),
		userUsec: readUint64(struct, EXIT.user_usec),
		systemUsec: readUint64(struct, EXIT.system_usec),
		maxRssKib: readUint64(struct, EXIT.max_rss_kib),
		memoryPeak: readUint64(struct, EXIT.memory_peak) || null,
		memoryLimit: readUint64(struct, EXIT.memory_limit) || null,
		ioRead: hasIo ? readUint64(struct, EXIT.io_read) : null,
		ioWrite: hasIo ? readUint64(struct, EXIT.io_write) : null,
		processPeak: readUint64(struct, EXIT.process_peak) || null,
		timeoutMsec: readInt32(struct, EXIT.timeout_msec),
		endErrno: readInt32(struct, EXIT.end_errno),
		logErrno: readInt32(struct, EXIT.log_errno),
		lostErrno: readInt32(struct, EXIT.lost_errno),
	};
	structs.set(exit, struct);
	return exit;
}

/** Returns the `struct pflask_exit` that an exit was converted from. */
export function exitStruct(exit: Exit): Struct {
	const struct = structs.get(exit);
	if (struct === undefined) throw new PflaskError("exit: not libpflask's", { code: "invalid" });
	return struct;
}

/** Converts a `struct pflask_info`. */
export function decodeInfo(struct: Struct): Info {
	const flags = readUint32(struct, INFO.namespaces);
	return {
		monitorPid: readInt32(struct, INFO.monitor_pid),
		initPid: readInt32(struct, INFO.init_pid),
		leaderPid: readInt32(struct, INFO.leader_pid),
		keyringErrno: readInt32(struct, INFO.keyring_errno),
		namespaces: NAMESPACES.filter(([flag]) => flags & flag).map(([, name]) => name),
	};
}
