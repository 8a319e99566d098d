// SPDX-License-Identifier: BSD-2-Clause
// Detached containers, which outlive the program that started them. No function here blocks the
// thread.
import { INFO, NOWAIT, RECORD } from "./abi.gen.ts";
import { type Attached, attachTo } from "./attached.ts";
import { cString } from "./bytes.ts";
import { decodeInfo, type Exit as Ended } from "./container.ts";
import { checked, decodeRecord, type Detached as Record, recordAt } from "./control.ts";
import { PflaskError } from "./error.ts";
import { type ExecOptions, type ExecSpec, type Place, prepareCommand } from "./exec.ts";
import { type Exit, exitOf } from "./exit.ts";
import { type Pointer, pointerVariable, storedPointer } from "./ffi.ts";
import type { Spec } from "./files.ts";
import { Follower, type HandleOptions } from "./follower.ts";
import { closeHeldFd, holdFd } from "./leftovers.ts";
import { closeFd, makePipe, openNull, unblock } from "./libc.ts";
import { nativeRest } from "./library.ts";
import { ESRCH, SIGKILL } from "./numbers.gen.ts";
import { callFor, Thread } from "./off-loop.ts";
import { type AnyOptions, checkTerminal } from "./options.ts";
import { type Prepared, prepare } from "./prepared.ts";
import { Running } from "./running.ts";
import { type Signal, signalNumber } from "./signal.ts";
import type { Command } from "./spawn.ts";
import type { Spec as Fields } from "./spec.gen.ts";
import { checkKeys } from "./spec-check.ts";
import { type Input, type Output, readerOf } from "./streams.ts";
import { makeStruct } from "./struct.ts";
import type { TerminalOptions } from "./terminal.ts";

/** A detached container in the list that list() returns. */
export interface Listed {
	/** The name; undefined if the container has none. */
	readonly name: string | undefined;
	/** The pid of the command; null if the container has ended, or if its monitor does not answer. */
	readonly pid: number | null;
	/** The pid of the monitor. */
	readonly monitorPid: number;
	/** The user who has started the container. */
	readonly uid: number;
	/** The time of the start; null if the monitor does not answer. */
	readonly startedAt: Date | null;
	/** The time of the end; null while the container runs. */
	readonly endedAt: Date | null;
	/** The status that a shell would show; null while the container runs. */
	readonly status: number | null;
	/** The command and its arguments, cut off if they are too long. */
	readonly command: string;
	/** The root directory. */
	readonly root: string;
	/** The forwarded ports, in the form of `netif`: "tcp=127.0.0.1/8080-80". */
	readonly ports: readonly string[];
	/** The number of attached clients. */
	readonly clients: number;
}

/** A detached container. `using` closes the handle, and the container continues to run. */
export interface Detached extends Disposable {
	/** The name; undefined if the container has none. */
	readonly name: string | undefined;
	/** The pid of the command; null after the end. */
	readonly pid: number | null;
	/** The pid of the monitor. */
	readonly monitorPid: number;
	/** The time of the start. */
	readonly startedAt: Date;
	/**
	 * Resolves at the end of the container with the status that a shell would show. A program that
	 * has read `exited` does not end before the container.
	 */
	readonly exited: Promise<number>;
	/** How the container has ended; null while it runs. */
	readonly exit: Exit | null;
	/**
	 * Sends a signal to the command. INT, QUIT, HUP, STOP and CONT go to its process group, and
	 * KILL goes to the whole container. Returns false if the container has ended. Default: SIGTERM.
	 */
	kill(signal?: Signal | number): boolean;
	/**
	 * Runs a command in the container, as confined as the container's own command. Returns at once.
	 * The command ends with this program. Throws a PflaskError if the container has ended.
	 */
	exec<
		const I extends Input = "ignore",
		const O extends Output = "pipe",
		const E extends Output = "inherit",
	>(command: readonly string[] | ExecSpec, options?: ExecOptions<I, O, E>): Command<I, O, E>;
	/**
	 * Returns the kept output of the container's terminal and, with `follow`, all new output
	 * until the end of the container. The stream fails with a PflaskError, for example if there
	 * is no terminal. A thread copies the output.
	 */
	logs(options?: LogsOptions): ReadableStream<Uint8Array>;
	/**
	 * Attaches to the terminal of the container. Without `cols` and `rows`, the terminal keeps its
	 * size. Throws a PflaskError if the container has ended. A thread copies the bytes.
	 */
	attach(options?: TerminalOptions): Attached;
}

/** The options of logs(). */
export interface LogsOptions {
	/** Whether to follow new output until the container ends. Default: no. */
	readonly follow?: boolean;
}

/** The options of list(). */
export interface ListOptions {
	/** Whether to include ended containers whose end is kept. Default: no. */
	readonly all?: boolean;
}

/**
 * Starts a container that outlives this program. By default, the command has a terminal. With
 * `terminal: false` in the spec, the command's input and output are /dev/null. Resolves when the
 * command has been executed. Rejects with a PflaskError if the container cannot start.
 */
export async function detach(spec: Spec): Promise<Detached> {
	const complete = (fields: Fields): Fields => ({ terminal: true, ...fields, detach: true });
	const prepared = prepare(spec, { complete, wantsChanges: false });
	try {
		const opening = new Opening(startDetached(prepared), { fields: prepared.fields });
		const poured = prepared.pour().catch((error: unknown) => {
			opening.follower.kill(SIGKILL);
			throw error;
		});
		for (const part of await Promise.allSettled([poured, opening.opened.promise]))
			if (part.status === "rejected") throw part.reason;
		return new DetachedContainer(opening);
	} finally {
		prepared.abandon(); // the container has its own copy of everything
	}
}

function startDetached(prepared: Prepared): Pointer {
	const none = openNull();
	try {
		return prepared.start([none, none, none]);
	} finally {
		closeFd(none);
	}
}

/**
 * Finds a container of the calling user by its name, or by the pid of its monitor or of its
 * command. Root finds a container of another user as "USER/NAME" or "USER/PID". If no such
 * container runs, finds a kept end. Rejects with a PflaskError if there is no kept end.
 */
export async function find(which: string | number): Promise<Detached> {
	if (typeof which !== "string" && typeof which !== "number")
		throw new PflaskError("which: must be a name or a pid", {
			code: "invalid",
			field: "which",
			hint: 'find("web")',
		});
	const opened = pointerVariable();
	checked((error, size) =>
		nativeRest().pflask_open(cString(`${which}`), NOWAIT, opened, error, size),
	);
	const opening = new Opening(storedPointer(opened), { isSearched: true });
	await opening.opened.promise;
	return new DetachedContainer(opening);
}

/** The number of containers for which the first call of pflask_list() has room. */
const SOME = 64;

/**
 * Lists the containers of the calling user, in the order of their start. Root gets the containers
 * of all users. If a monitor does not answer, list() takes a second.
 */
export async function list(options: ListOptions = {}): Promise<Listed[]> {
	checkKeys(options, ["all"]);
	using thread = new Thread();
	for (let room = SOME; ; room *= 4) {
		const memory = makeStruct(RECORD, room);
		const all = options.all ? 1 : 0;
		const { result, values } = await thread.checked("pflask_list", all, memory, room, RECORD.size);
		if (result <= room)
			return Array.from({ length: result }, (_, at) => listed(recordAt(values[1], at)));
	}
}

function listed(record: Record): Listed {
	const { name, monitorPid, uid, command, root, ports, clients, end } = record;
	return {
		name,
		pid: record.leaderPid ?? null,
		monitorPid,
		uid,
		startedAt: dateOf(record.startedUsec),
		endedAt: dateOf(end?.endedUsec),
		status: end?.status ?? null,
		command,
		root,
		ports,
		clients,
	};
}

function dateOf(usec: number | undefined): Date | null {
	return usec === undefined ? null : new Date(usec / 1000);
}

/** A handle of a detached container, from the start or the search on. */
class Opening implements Place {
	readonly opened: PromiseWithResolvers<void> = Promise.withResolvers();
	readonly follower: Follower;
	name: string | undefined;
	pid: number | null = null;
	monitorPid = 0;
	uid = 0;
	startedAt: Date = new Date();
	exit: Exit | null = null;
	#end: PromiseWithResolvers<number> | undefined;
	#error: unknown;

	constructor(handle: Pointer, options: HandleOptions) {
		this.name = options.fields?.name;
		const listener = {
			onStart: (opened: Pointer) => this.#look(opened),
			onEnd: (ended: Ended) => this.#finish(ended),
			onError: (error: unknown) => this.#fail(error),
		};
		this.follower = new Follower(handle, listener, { ...options, isDetached: true });
	}

	/** The C handle; null when the handle was closed. */
	get handle(): Pointer | null {
		return this.follower.handle;
	}

	/** Whether the program waits for the end. */
	get isAwaited(): boolean {
		return this.#end !== undefined;
	}

	get exited(): Promise<number> {
		if (this.#end === undefined) {
			this.#end = Promise.withResolvers();
			if (this.exit !== null) this.#end.resolve(this.exit.status);
			else if (this.follower.handle === null) this.#end.reject(this.gone());
			this.follower.ref();
		}
		return this.#end.promise;
	}

	/** Closes the handle. */
	close(): void {
		if (this.follower.handle === null) return;
		this.follower.close();
		this.#end?.reject(this.gone());
	}

	/**
	 * Returns the error for a container without an open handle: the container has ended, the
	 * program has closed the handle, or the monitor has sent an impossible answer.
	 */
	gone(): unknown {
		if (this.#error !== undefined) return this.#error;
		const which = this.name ?? `${this.monitorPid}`;
		const status = this.exit?.status;
		const why = status === undefined ? "the program has let go" : `has ended with status ${status}`;
		const errno = status === undefined ? 0 : ESRCH;
		const hint = status === undefined ? `find(${JSON.stringify(which)})` : "logs()";
		return new PflaskError(`${which}: ${why}`, { code: "invalid", field: "which", errno, hint });
	}

	#look(handle: Pointer): void {
		const struct = makeStruct(RECORD);
		if (nativeRest().pflask_record(handle, struct, RECORD.size) === 0) {
			const record = decodeRecord(struct);
			this.name = record.name;
			this.pid = record.leaderPid ?? null;
			this.monitorPid = record.monitorPid;
			this.uid = record.uid;
			this.startedAt = dateOf(record.startedUsec) ?? this.startedAt;
		} else {
			const info = makeStruct(INFO);
			nativeRest().pflask_info(handle, info, INFO.size);
			const { leaderPid, monitorPid } = decodeInfo(info);
			this.pid = leaderPid;
			this.monitorPid = monitorPid;
			this.uid = process.geteuid?.() ?? 0;
		}
		this.follower.unref();
		this.opened.resolve();
	}

	#finish(ended: Ended): void {
		this.exit = exitOf(ended);
		this.pid = null;
		this.#end?.resolve(this.exit.status);
	}

	#fail(error: unknown): void {
		this.#error = error;
		this.opened.reject(error);
		this.#end?.reject(error);
	}
}

/** Closes the handles of containers that were garbage-collected. */
const forgotten = new FinalizationRegistry<Opening>((opening) => {
	if (!opening.isAwaited) opening.close();
});

class DetachedContainer implements Detached {
	readonly #opening: Opening;

	constructor(opening: Opening) {
		this.#opening = opening;
		forgotten.register(this, opening);
	}

	get name(): string | undefined {
		return this.#opening.name;
	}

	get pid(): number | null {
		return this.#opening.pid;
	}

	get monitorPid(): number {
		return this.#opening.monitorPid;
	}

	get startedAt(): Date {
		return this.#opening.startedAt;
	}

	get exited(): Promise<number> {
		return this.#opening.exited;
	}

	get exit(): Exit | null {
		return this.#opening.exit;
	}

	kill(signal: Signal | number = "SIGTERM"): boolean {
		return this.#opening.follower.kill(signalNumber(signal));
	}

	exec<
		const I extends Input = "ignore",
		const O extends Output = "pipe",
		const E extends Output = "inherit",
	>(command: readonly string[] | ExecSpec, options: ExecOptions<I, O, E> = {}): Command<I, O, E> {
		const any = options as AnyOptions;
		const running = new Running(prepareCommand(this.#opening, command, any), any);
		return running as unknown as Command<I, O, E>;
	}

	logs(options: LogsOptions = {}): ReadableStream<Uint8Array> {
		checkKeys(options, ["follow"]);
		const { uid, monitorPid } = this.#opening;
		const [fd, end] = makePipe();
		unblock(fd);
		const writing = copyLogs(`${uid}/${monitorPid}`, end, options.follow === true);
		const { stream, settle } = readerOf({ fd, writing });
		writing.then(settle, settle);
		return stream;
	}

	attach(options: TerminalOptions = {}): Attached {
		checkTerminal(options);
		const opening = this.#opening;
		if (opening.handle === null) throw opening.gone();
		return attachTo(
			{
				which: `${opening.uid}/${opening.monitorPid}`,
				resize(cols, rows) {
					checkTerminal({ cols, rows });
					if (opening.handle !== null) nativeRest().pflask_resize(opening.handle, rows, cols);
				},
			},
			options,
		);
	}

	[Symbol.dispose](): void {
		this.#opening.close();
	}
}

/** Copies the output of a container to a pipe, in a thread of its own, and closes the pipe. */
async function copyLogs(which: string, output: number, follow: boolean): Promise<void> {
	holdFd(output);
	try {
		await callFor(which, "pflask_logs", output, follow ? 1 : 0);
	} finally {
		closeHeldFd(output);
	}
}
