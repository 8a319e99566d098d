// SPDX-License-Identifier: BSD-2-Clause
// Follows a container of spawn() from its start to its end. No function here blocks the thread:
// the start returns when the plan is on its way (PFLASK_NOWAIT), and a socket, the bell, tells when
// there is news.
import { ERROR, EXIT, INFO, NOWAIT, STEP_ENDED, STEP_STARTED } from "./abi.gen.ts";
import { type Change, type ChangesFile, changesFileFor } from "./changes.ts";
import { decodeExit, decodeInfo, type Info, startPlan } from "./container.ts";
import { decodeError, PflaskError } from "./error.ts";
import { type Cause, type Exit, exitOf } from "./exit.ts";
import type { Pointer } from "./ffi.ts";
import { type OpenFiles, openFiles, type Spec } from "./files.ts";
import { closeHeldHandle, connectFd, holdHandle } from "./leftovers.ts";
import { nativeRest } from "./library.ts";
import type { AnyOptions } from "./options.ts";
import { plan, planHandle } from "./plan.ts";
import { type Signal, signalNumber } from "./signal.ts";
import type { Spec as Fields } from "./spec.gen.ts";
import {
	abandon,
	closeOpened,
	type Opened,
	openInput,
	openOutput,
	pour,
	type Reader,
	readerOf,
	type Writer,
	writerOf,
} from "./streams.ts";
import { makeStruct } from "./struct.ts";
import { ContainerTerminal } from "./terminal.ts";

/** A container of spawn(). */
export class Running {
	stdin: Writer | undefined;
	stdout: ReadableStream<Uint8Array> | undefined;
	stderr: ReadableStream<Uint8Array> | undefined;
	readonly terminal: ContainerTerminal | undefined;
	readonly exited: Promise<number>;
	exit: Exit | null = null;
	pid: number | null = null;
	readonly #options: AnyOptions;
	readonly #files: OpenFiles;
	readonly #fields: Fields;
	readonly #changes: ChangesFile | undefined;
	readonly #start = Promise.withResolvers<Info>();
	readonly #end = Promise.withResolvers<number>();
	readonly #plan: ReturnType<typeof plan>;
	readonly #readers: Reader[] = [];
	readonly #abort = (): void => this.#endBecauseOf("abort");
	#handle: Pointer | null;
	#list: Promise<readonly Change[]> | undefined;
	#bell: Bun.Socket | undefined;
	#timer: Timer | undefined;
	#isKept = true;
	/** Whether the bell has ended. News then comes soon, but without the bell. */
	#isOver = false;
	#cause: Cause;

	constructor(spec: Spec, options: AnyOptions) {
		this.#options = options;
		this.exited = this.#end.promise;
		this.#start.promise.catch(() => {}); // `exited` rejects, too
		options.signal?.throwIfAborted();
		this.#files = openFiles(spec);
		const undo = [this.#files.close];
		try {
			this.#changes = changesFileFor(spec);
			if (this.#changes !== undefined) undo.push(this.#changes.close);
			this.#fields = { ...fieldsWith(this.#files.fields, options), ...this.#changes?.fields };
			if (this.#fields.terminal) this.terminal = new ContainerTerminal(options.terminal ?? {});
			this.#plan = plan(this.#fields);
			undo.push(this.#plan[Symbol.dispose]);
			const opened = openStreams(this.#fields, options);
			undo.push(() => opened.forEach(abandon));
			this.#handle = this.#begin(opened);
			opened.forEach(closeOpened);
			this.#files.close();
			this.#connect(opened);
		} catch (error) {
			for (const close of undo) close();
			throw error;
		}
		this.#listen(nativeRest().pflask_fd(this.#handle));
		options.signal?.addEventListener("abort", this.#abort, { once: true });
		this.#files.pour().catch((error: unknown) => this.#blame(error));
	}

	/** A program that looks at `started` need not look at `exited`, too, for the same error. */
	get started(): Promise<Info> {
		this.exited.catch(() => {});
		return this.#start.promise;
	}

	kill(signal: Signal | number = "SIGTERM"): boolean {
		const number = signalNumber(signal);
		if (this.#handle === null) return false;
		const isSent = nativeRest().pflask_kill(this.#handle, number) === 0;
		this.#step(); // sets the time of the next look at a stopped monitor
		return isSent;
	}

	async changes(): Promise<readonly Change[]> {
		const file = this.#changes;
		if (file === undefined)
			throw new PflaskError("changes: the root is not ephemeral, or the spec has changes", {
				code: "invalid",
				field: "ephemeral",
				hint: "ephemeral: true",
			});
		await this.exited;
		const failure = this.exit?.failures.find(({ field }) => field === "changes");
		if (failure !== undefined) throw failure;
		this.#list ??= file.read();
		return this.#list;
	}

	ref(): void {
		this.#isKept = true;
		this.#bell?.ref();
		this.#timer?.ref();
	}

	unref(): void {
		this.#isKept = false;
		this.#bell?.unref();
		this.#timer?.unref();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.kill("SIGKILL");
		await this.exited.catch(() => {});
	}

	#begin(opened: readonly Opened[]): Pointer {
		const [stdin = -1, stdout = -1, stderr = -1] = opened.map(({ fd }) => fd);
		const streams = [stdin, stdout, stderr] as const;
		const handle = startPlan(planHandle(this.#plan), streams, NOWAIT, this.#fields);
		holdHandle(handle);
		return handle;
	}

	#connect([input, output, errors]: readonly Opened[]): void {
		if (input !== undefined && input.end >= 0) this.#feed(writerOf(input.end));
		if (output !== undefined && output.end >= 0) this.stdout = this.#read(output.end);
		if (errors !== undefined && errors.end >= 0) this.stderr = this.#read(errors.end);
	}

	#read(fd: number): ReadableStream<Uint8Array> {
		const onTooMany = (): void => this.#endBecauseOf("maxBuffer");
		const reader = readerOf({ fd, most: this.#options.maxBuffer, onTooMany });
		this.#readers.push(reader);
		return reader.stream;
	}

	#feed(writer: Writer): void {
		const { stdin } = this.#options;
		if (stdin === "pipe") this.stdin = writer;
		else {
			const from = stdin as Blob | ReadableStream<Uint8Array>;
			const stream = from instanceof Blob ? from.stream() : from;
			pour(stream, writer).catch((error: unknown) => this.#blame(error));
		}
		const close = (): void => void writer.end().catch(() => {});
		this.exited.then(close, close);
	}

	/**
	 * Ends the container, and rejects `exited`, because a stream or a Blob of the caller has failed.
	 */
	#blame(error: unknown): void {
		this.#end.reject(error);
		this.kill("SIGKILL");
	}

	#endBecauseOf(cause: Cause): void {
		const before = this.#cause;
		this.#cause ??= cause; // kill() may already take the end
		if (!this.kill()) this.#cause = before;
	}

	#listen(fd: number): void {
		const news = (): void => this.#step();
		const over = (): void => {
			this.#isOver = true;
			this.#step();
		};
		const opened = connectFd({
			fd,
			socket: {
				data: news,
				end: over,
				close: over,
				open: (bell) => {
					this.#bell = bell;
					if (this.#handle === null) bell.terminate();
					else if (!this.#isKept) bell.unref();
				},
			},
		});
		opened.catch((error: unknown) => this.#fail(error));
	}

	#step(): void {
		clearTimeout(this.#timer);
		const wait = new Int32Array(1);
		const error = makeStruct(ERROR);
		for (wait[0] = 0; this.#handle !== null && wait[0] === 0; ) {
			const news = nativeRest().pflask_step(this.#handle, wait, error, ERROR.size);
			if (news < 0) this.#fail(decodeError(error, this.#fields));
			else if (news === STEP_STARTED) this.#tellStart(this.#handle);
			else if (news === STEP_ENDED) this.#tellEnd(this.#handle);
			else if (wait[0] === 0) wait[0] = 1;
		}
		const msec = this.#isOver ? 1 : (wait[0] ?? -1);
		if (this.#handle === null || msec < 0) return;
		this.#timer = setTimeout(() => this.#step(), msec);
		if (!this.#isKept) this.#timer.unref();
	}

	#tellStart(handle: Pointer): void {
		const struct = makeStruct(INFO);
		nativeRest().pflask_info(handle, struct, INFO.size);
		this.#plan[Symbol.dispose]();
		const info = decodeInfo(struct);
		this.pid = info.leaderPid;
		this.terminal?.open(nativeRest().pflask_terminal(handle), (rows, cols) =>
			nativeRest().pflask_resize(handle, rows, cols),
		);
		this.#start.resolve(info);
	}

	#tellEnd(handle: Pointer): void {
		const struct = makeStruct(EXIT);
		nativeRest().pflask_wait(handle, 0, struct, EXIT.size);
		this.exit = exitOf(decodeExit(struct), this.#cause);
		this.#close();
		try {
			this.#options.onExit?.(this.exit);
		} finally {
			this.#end.resolve(this.exit.status);
		}
	}

	#fail(error: unknown): void {
		this.#close();
		this.#changes?.close();
		this.#plan[Symbol.dispose]();
		this.#start.reject(error);
		this.#end.reject(error);
	}

	#close(): void {
		this.terminal?.end();
		if (this.#handle !== null) closeHeldHandle(this.#handle);
		this.#handle = null;
		this.pid = null;
		for (const reader of this.#readers) reader.settle();
		this.#bell?.terminate();
		this.#options.signal?.removeEventListener("abort", this.#abort);
	}
}

/** Returns the fields of a spec with the fields of the options. */
export function fieldsWith(fields: Fields, options: AnyOptions): Fields {
	if (fields.detach)
		throw new PflaskError("detach: spawn() and run() start no detached container", {
			code: "invalid",
			field: "detach",
		});
	const { terminal, timeout, killSignal, stderr } = options;
	return {
		...fields,
		...(timeout === undefined ? {} : { timeout }),
		...(killSignal === undefined ? {} : { killSignal: signalNumber(killSignal) }),
		...(terminal === undefined ? {} : { terminal: true, ...sizeOf(terminal) }),
		...(terminal === undefined || stderr === undefined ? {} : { ownStderr: true }),
	};
}

function sizeOf({ cols, rows }: { cols?: number; rows?: number }): Pick<Fields, "cols" | "rows"> {
	return { ...(cols === undefined ? {} : { cols }), ...(rows === undefined ? {} : { rows }) };
}

const NONE: Opened = { fd: -1, isOwn: false, end: -1 };

function openStreams(fields: Fields, options: AnyOptions): readonly Opened[] {
	const { stdin = "ignore", stdout = "pipe", stderr = "inherit" } = options;
	const opened: Opened[] = [];
	try {
		opened.push(fields.terminal ? NONE : openInput(stdin, 0));
		opened.push(fields.terminal ? NONE : openOutput(stdout, 1));
		opened.push(fields.terminal && !fields.ownStderr ? NONE : openOutput(stderr, 2));
		return opened;
	} catch (error) {
		opened.forEach(abandon);
		throw error;
	}
}
