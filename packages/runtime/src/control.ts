// SPDX-License-Identifier: BSD-2-Clause
// Finds and controls detached containers, which outlive the program that started them. The
// functions block the thread.
import { ERROR, FOREGROUND, RECORD, RUNNING } from "./abi.gen.ts";
import { cString, fromBytes } from "./bytes.ts";
import {
	attachTo,
	type Container,
	decodeReason,
	descriptors,
	type Exit,
	type Reason,
	waitFor,
	wrap,
} from "./container.ts";
import { decodeError } from "./error.ts";
import { type Pointer, pointerVariable, storedPointer } from "./ffi.ts";
import { nativeRest } from "./library.ts";
import { signalNumber } from "./signal.ts";
import type { Spec } from "./spec.gen.ts";
import { withNativeSpec } from "./spec.ts";
import { checkKeys } from "./spec-check.ts";
import {
	bytesAt,
	makeStruct,
	readInt32,
	readString,
	readUint32,
	readUint64,
	type Struct,
	structAt,
} from "./struct.ts";

const SOME = 1024;
const NO_KEY = -1;
const DEFAULT_GRACE = -1;

/**
 * A container of the calling user: its name, or the pid of its monitor or of its command. Root
 * names a container of another user as "USER/NAME" or "USER/PID".
 */
export type Which = string | number;

/** A detached container. */
export interface Detached {
	/** The name, or undefined if the container has none. */
	readonly name: string | undefined;
	/** The pid of the monitor. */
	readonly monitorPid: number;
	/**
	 * The pid of the command; undefined if the container has ended, or if the monitor does not
	 * answer, for example because the monitor is stopped.
	 */
	readonly leaderPid: number | undefined;
	/** The uid of the user who started the container. */
	readonly uid: number;
	/** The number of attached clients. */
	readonly clients: number;
	/** The time of the start, microseconds since 1970; undefined if the monitor does not answer. */
	readonly startedUsec: number | undefined;
	/**
	 * The command and its arguments, cut off if they are too long. A byte that is not UTF-8 becomes a
	 * lone surrogate, U+DC80 to U+DCFF (PEP 383), here and in `root`.
	 */
	readonly command: string;
	/** The root directory. */
	readonly root: string;
	/** The forwarded ports, in the form of `--netif`: "tcp=127.0.0.1/8080-80". */
	readonly ports: readonly string[];
	/** How the container has ended; undefined if it runs. */
	readonly end: End | undefined;
}

/** The kept end of a container. */
export interface End {
	/** The time of the end, microseconds since 1970. */
	readonly endedUsec: number;
	readonly reason: Reason;
	/** The exit status that pflask has for this end. */
	readonly status: number;
	/** The end in words, as in "exit 3". */
	readonly text: string;
}

/** The options of find() and list(). */
export interface FindOptions {
	/** Whether to include ended containers whose end is kept. Default: no. */
	readonly all?: boolean;
}

/** The options of attach(). */
export interface AttachOptions {
	/** The descriptor of the input, for example a terminal. Default: 0. */
	readonly input?: number;
	/** The descriptor of the output, for example a terminal. Default: 1. */
	readonly output?: number;
	/** The control character that detaches when the user types it; null for none. Default: 0, ^@. */
	readonly detachKey?: number | null;
}

/** The options of logs(). */
export interface LogsOptions {
	/** The descriptor that gets the output. Default: 1. */
	readonly output?: number;
	/** Whether to follow new output until the container ends. Default: no. */
	readonly follow?: boolean;
}

/** The options of exec(), see `StartOptions`. */
export interface ExecOptions {
	readonly stdin?: number | null;
	readonly stdout?: number | null;
	readonly stderr?: number | null;
	readonly foreground?: boolean;
}

/**
 * Returns a container. Throws a PflaskError if no such container exists. With `all`, if no
 * container with the name runs, find() looks for a container that has ended.
 */
export function find(which: Which, { all = false }: FindOptions = {}): Detached {
	return withOpen(which, all ? 0 : RUNNING, (handle) => {
		const record = makeStruct(RECORD);
		nativeRest().pflask_record(handle, record, RECORD.size);
		return decodeRecord(record);
	});
}

/** Opens a container. Returns the C handle. */
function open(which: Which, flags = 0): Pointer {
	const opened = pointerVariable();
	checked((error, size) =>
		nativeRest().pflask_open(cString(`${which}`), flags, opened, error, size),
	);
	return storedPointer(opened);
}

function withOpen<T>(which: Which, flags: number, act: (handle: Pointer) => T): T {
	const handle = open(which, flags);
	try {
		return act(handle);
	} finally {
		nativeRest().pflask_close(handle);
	}
}

/**
 * Returns the containers of the calling user, in the order of their start. Root gets the containers
 * of all users.
 */
export function list({ all = false }: FindOptions = {}): Detached[] {
	for (let room = SOME; ; room *= 2) {
		const records = makeStruct(RECORD, room);
		const count = checked((error, size) =>
			nativeRest().pflask_list(all ? 1 : 0, records, room, RECORD.size, error, size),
		);
		if (count <= room) return Array.from({ length: count }, (_, at) => recordAt(records, at));
	}
}

/** Removes the kept end of a container. Throws a PflaskError if the container runs. */
export function forget(which: Which): void {
	checked((error, size) => nativeRest().pflask_forget(cString(`${which}`), error, size));
}

/**
 * Connects two descriptors, for example of a terminal, to the terminal of a container. Writes the
 * kept output first. Returns how the container ended. Returns undefined if only the attachment
 * ended: the user typed the detach key, the user's terminal was hung up, or no process reads the
 * output any more.
 */
export function attach(which: Which, options: AttachOptions = {}): Exit | undefined {
	checkKeys(options, ["input", "output", "detachKey"]);
	const { input = 0, output = 1, detachKey = 0 } = options;
	const key = detachKey ?? NO_KEY;
	return withOpen(which, 0, (handle) => attachTo(handle, input, output, key));
}

/** The options of kill(). */
export interface KillOptions {
	/**
	 * The signal, by number or name ("SIGTERM"). Default: the signal that ends the command, TERM or
	 * the kill signal of a booted init.
	 */
	readonly signal?: number | string;
	/**
	 * The time until a container that has not ended is killed, milliseconds. Default: the default of
	 * `killAfter` in a spec. If `signal` is given without `killAfter`, kill() does not kill the
	 * container, and does not wait for its end.
	 */
	readonly killAfter?: number;
}

/** Sends a signal to the command of a container, and kills the container after `killAfter`. */
export function kill(which: Which, options: KillOptions = {}): void {
	checkKeys(options, ["signal", "killAfter"]);
	const { signal = 0, killAfter = DEFAULT_GRACE } = options;
	const number = signalNumber(signal);
	withOpen(which, 0, (handle) =>
		checked((error, size) => nativeRest().pflask_end(handle, number, killAfter, error, size)),
	);
}

/** Waits for the end of a container. Returns undefined when the given time has passed. */
export function wait(which: Which): Exit;
export function wait(which: Which, timeoutMs: number): Exit | undefined;
export function wait(which: Which, timeoutMs = -1): Exit | undefined {
	return withOpen(which, 0, (handle) => waitFor(handle, timeoutMs));
}

/** Waits for the end of a container. Also returns an end that came before end() was called. */
export interface Waiting {
	/**
	 * Waits for the end. Throws a PflaskError if there is no such container. Call end() only once.
	 */
	end(): Exit;
}

/** Begins to wait for the ends of several containers at the same time. */
export function waitAll(all: readonly Which[]): Waiting[] {
	return all.map(beginWaiting);
}

function beginWaiting(which: Which): Waiting {
	let handle: Pointer;
	try {
		handle = open(which);
	} catch (error) {
		return {
			end() {
				throw error;
			},
		};
	}
	return {
		end() {
			try {
				return waitFor(handle, -1) as Exit;
			} finally {
				nativeRest().pflask_close(handle);
			}
		},
	};
}

/** Writes the kept output of the terminal to `output` and, with `follow`, new output. */
export function logs(which: Which, options: LogsOptions = {}): void {
	checkKeys(options, ["output", "follow"]);
	const { output = 1, follow = false } = options;
	withOpen(which, 0, (handle) =>
		checked((error, size) => nativeRest().pflask_logs(handle, output, follow ? 1 : 0, error, size)),
	);
}

/**
 * Runs a command in a container, as confined as the container's own command. Uses these fields of
 * the spec: command, user (looked up in the container's passwd and group files), chdir, setenv and
 * terminal. The container's monitor, a process of the container's user, gets the descriptors, the
 * arguments and the variables.
 */
export function exec(which: Which, spec: Spec, options: ExecOptions = {}): Container {
	const streams = descriptors(options);
	const { foreground = false } = options;
	const flags = foreground ? FOREGROUND : 0;
	return wrap(withOpen(which, 0, (handle) => startCommand(handle, spec, streams, flags)));
}

/** Starts a command in a container, by its C handle. Returns the C handle of the command. */
export function startCommand(
	handle: Pointer,
	spec: Spec,
	[stdin, stdout, stderr]: readonly [number, number, number],
	flags: number,
): Pointer {
	const { pflask_exec } = nativeRest();
	const started = pointerVariable();
	withNativeSpec(spec, (wanted) =>
		checked((error, size) =>
			pflask_exec(handle, wanted, stdin, stdout, stderr, flags, started, error, size),
		),
	);
	return storedPointer(started);
}

/**
 * Calls a function with a structure for its error and the size of the structure. Throws the error
 * if the function returns a negative error number.
 */
export function checked(call: (error: Struct, size: number) => number): number {
	const error = makeStruct(ERROR);
	const result = call(error, ERROR.size);
	if (result < 0) throw decodeError(error);
	return result;
}

/** Converts one of several records in a row. */
export function recordAt(records: Struct, at: number): Detached {
	return decodeRecord(structAt(records, RECORD, at));
}

/** Converts a `struct pflask_record`. */
export function decodeRecord(record: Struct): Detached {
	const end = decodeEnd(record);
	return {
		name: textAt(record, RECORD.name) || undefined,
		monitorPid: readInt32(record, RECORD.monitor_pid),
		leaderPid: (end === undefined && readInt32(record, RECORD.leader_pid)) || undefined,
		uid: readUint32(record, RECORD.uid),
		clients: readUint32(record, RECORD.clients),
		startedUsec: readUint64(record, RECORD.started) || undefined,
		command: textAt(record, RECORD.command),
		root: textAt(record, RECORD.root),
		ports: textAt(record, RECORD.ports).split(" ").filter(Boolean),
		end,
	};
}

function decodeEnd(record: Struct): End | undefined {
	const endedUsec = readUint64(record, RECORD.ended);
	if (endedUsec === 0) return undefined;
	return {
		endedUsec,
		reason: decodeReason(readInt32(record, RECORD.reason)),
		status: readInt32(record, RECORD.status),
		text: readString(record, RECORD.end),
	};
}

/** Reads a text without losing any byte. */
function textAt(record: Struct, offset: number): string {
	return fromBytes(bytesAt(record, offset));
}
