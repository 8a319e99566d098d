// SPDX-License-Identifier: BSD-2-Clause
// A container of spawn(), or a command of exec(): its streams and its terminal, from its start to
// its end. No function here blocks the thread.
import { INFO } from "./abi.gen.ts";
import type { Change } from "./changes.ts";
import { decodeInfo, type Exit as Ended, type Info } from "./container.ts";
import { PflaskError } from "./error.ts";
import { type Cause, type Exit, exitOf } from "./exit.ts";
import type { Pointer } from "./ffi.ts";
import { Follower, type Listener } from "./follower.ts";
import { nativeRest } from "./library.ts";
import type { AnyOptions } from "./options.ts";
import type { Prepared } from "./prepared.ts";
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

/** A container of spawn(), or a command of exec(). */
export class Running {
	stdin: Writer | undefined;
	stdout: ReadableStream<Uint8Array> | undefined;
	stderr: ReadableStream<Uint8Array> | undefined;
	readonly terminal: ContainerTerminal | undefined;
	readonly exited: Promise<number>;
	exit: Exit | null = null;
	pid: number | null = null;
	readonly #options: AnyOptions;
	readonly #prepared: Prepared;
	readonly #follower: Follower;
	readonly #start = Promise.withResolvers<Info>();
	readonly #end = Promise.withResolvers<number>();
	readonly #readers: Reader[] = [];
	readonly #abort = (): void => this.#endBecauseOf("abort");
	#list: Promise<readonly Change[]> | undefined;
	#cause: Cause;

	/**
	 * Starts a prepared container or command. If the start fails at once, frees the prepared
	 * objects.
	 */
	constructor(prepared: Prepared, options: AnyOptions) {
		this.#options = options;
		this.#prepared = prepared;
		this.exited = this.#end.promise;
		this.#start.promise.catch(() => {}); // `exited` rejects, too
		const { fields, isSearched } = prepared;
		const undo = [prepared.abandon];
		try {
			if (fields.terminal) this.terminal = new ContainerTerminal(options.terminal ?? {});
			const opened = openStreams(fields, options);
			undo.push(() => opened.forEach(abandon));
			const [stdin = -1, stdout = -1, stderr = -1] = opened.map(({ fd }) => fd);
			const handle = prepared.start([stdin, stdout, stderr]);
			opened.forEach(closeOpened);
			this.#connect(opened);
			this.#follower = new Follower(handle, this.#listener(), { fields, isSearched });
		} catch (error) {
			for (const close of undo) close();
			throw error;
		}
		options.signal?.addEventListener("abort", this.#abort, { once: true });
		prepared.pour().catch((error: unknown) => this.#blame(error));
	}

	/**
	 * A start that fails also rejects `exited`. A program that awaits `started` need not also catch
	 * the error of `exited`.
	 */
	get started(): Promise<Info> {
		this.exited.catch(() => {});
		return this.#start.promise;
	}

	kill(signal: Signal | number = "SIGTERM"): boolean {
		return this.#follower.kill(signalNumber(signal));
	}

	/** The C handle; null when the handle was closed. */
	get handle(): Pointer | null {
		return this.#follower.handle;
	}

	async changes(): Promise<readonly Change[]> {
		const file = this.#prepared.changes;
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
		this.#follower.ref();
	}

	unref(): void {
		this.#follower.unref();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.kill("SIGKILL");
		await this.exited.catch(() => {});
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
		this.#cause ??= cause; // kill() may already handle the end
		if (!this.kill()) this.#cause = before;
	}

	#listener(): Listener {
		return {
			onStart: (handle) => this.#tellStart(handle),
			onEnd: (ended) => this.#tellEnd(ended),
			onError: (error) => this.#fail(error),
		};
	}

	#tellStart(handle: Pointer): void {
		const struct = makeStruct(INFO);
		nativeRest().pflask_info(handle, struct, INFO.size);
		this.#prepared.release();
		const info = decodeInfo(struct);
		this.pid = info.leaderPid;
		this.terminal?.open(nativeRest().pflask_terminal(handle), (rows, cols) =>
			nativeRest().pflask_resize(handle, rows, cols),
		);
		this.#start.resolve(info);
	}

	#tellEnd(ended: Ended): void {
		this.exit = exitOf(ended, this.#cause);
		this.#finish();
		try {
			this.#options.onExit?.(this.exit);
		} finally {
			this.#end.resolve(this.exit.status);
		}
	}

	#fail(error: unknown): void {
		this.#finish();
		this.#prepared.abandon();
		this.#start.reject(error);
		this.#end.reject(error);
	}

	#finish(): void {
		this.terminal?.end();
		this.pid = null;
		for (const reader of this.#readers) reader.settle();
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
