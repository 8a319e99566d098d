// SPDX-License-Identifier: BSD-2-Clause
// Starts containers from a running program. No function here blocks the thread: the start returns
// when the plan is on its way (PFLASK_NOWAIT), and a socket tells when there is news.
import { ERROR, EXIT, INFO, NOWAIT, STEP_ENDED, STEP_STARTED } from "./abi.gen.ts";
import { decodeExit, decodeInfo, type Exit, type Info, startPlan } from "./container.ts";
import { decodeError, PflaskError } from "./error.ts";
import type { Pointer } from "./ffi.ts";
import { nativeRest } from "./library.ts";
import { plan, planHandle } from "./plan.ts";
import { signalNumber } from "./signal.ts";
import type { Spec } from "./spec.gen.ts";
import { checkKeys } from "./spec-check.ts";
import {
	abandon,
	closeOpened,
	type Input,
	type Opened,
	type Output,
	openInput,
	openOutput,
	pour,
	readerOf,
	type Writer,
	writerOf,
} from "./streams.ts";
import { makeStruct } from "./struct.ts";

export type { Input, Output, Writer } from "./streams.ts";

/** The options of spawn(). */
export interface SpawnOptions<
	I extends Input = "ignore",
	O extends Output = "pipe",
	E extends Output = "inherit",
> {
	/** What the command reads. Default: "ignore", no bytes. */
	readonly stdin?: I;
	/** Where the command's output goes. Default: "pipe". */
	readonly stdout?: O;
	/** Where the command's error messages go. Default: "inherit". */
	readonly stderr?: E;
	/** Ends the container when it is aborted: sends `killSignal`. */
	readonly signal?: AbortSignal;
	/** The signal for `signal`. Default: SIGTERM. */
	readonly killSignal?: string | number;
	/** Is called with the end of the container, before `exited` resolves. */
	readonly onExit?: (exit: Exit) => void;
}

/** A container of spawn(). */
export interface Spawned<I = unknown, O = unknown, E = unknown> extends AsyncDisposable {
	/** The pipe that the command reads, with `stdin: "pipe"`. */
	readonly stdin: I extends "pipe" ? Writer : undefined;
	/** The command's output, with `stdout: "pipe"`. A command that fills the pipe waits. */
	readonly stdout: O extends "pipe" ? ReadableStream<Uint8Array> : undefined;
	/** The command's error messages, with `stderr: "pipe"`. */
	readonly stderr: E extends "pipe" ? ReadableStream<Uint8Array> : undefined;
	/** Resolves when the command has been executed. Rejects with the PflaskError of the start. */
	readonly started: Promise<Info>;
	/**
	 * Resolves at the end of the container with the status that a shell would show: the exit code, or
	 * 128 and the number of the signal. Rejects with the PflaskError of the start.
	 */
	readonly exited: Promise<number>;
	/** How the container has ended; null while it runs. */
	readonly exit: Exit | null;
	/** Whether `signal` has ended the container. */
	readonly aborted: boolean;
	/** Sends a signal to the command. Returns false if the container has ended. Default: SIGTERM. */
	kill(signal?: string | number): boolean;
	/** Lets the program end while the container runs; the container ends with the program. */
	unref(): void;
	/** Keeps the program running until the container has ended. This is the default. */
	ref(): void;
	/** Kills the container, and waits for its end. */
	[Symbol.asyncDispose](): Promise<void>;
}

const OPTIONS = ["stdin", "stdout", "stderr", "signal", "killSignal", "onExit"];

const STATUS_OF_REASON: Readonly<Partial<Record<Exit["reason"], number>>> = {
	poweroff: 0,
	timeout: 124,
	reboot: 133,
	lost: 137,
};

/**
 * Starts a container, and returns at once. Throws a PflaskError if the spec is wrong; a start that
 * fails later rejects `started` and `exited`. The container ends with this program, and with the
 * worker that has started it.
 */
export function spawn<
	const I extends Input = "ignore",
	const O extends Output = "pipe",
	const E extends Output = "inherit",
>(spec: Spec, options: SpawnOptions<I, O, E> = {}): Spawned<I, O, E> {
	checkKeys(options, OPTIONS);
	const { stdin = "ignore", stdout = "pipe", stderr = "inherit" } = options;
	const opened: Opened[] = [];
	try {
		opened.push(openInput(stdin, 0), openOutput(stdout, 1), openOutput(stderr, 2));
		const container = new Running(spec, options, opened);
		opened.forEach(closeOpened);
		container.connect(stdin, opened);
		return container as unknown as Spawned<I, O, E>;
	} catch (error) {
		opened.forEach(abandon);
		throw error;
	}
}

/** Runs a container to its end, and collects its output. Options as for spawn(). */
export async function run<const I extends Input = "ignore", const E extends Output = "pipe">(
	spec: Spec,
	options: Omit<SpawnOptions<I, "pipe", E>, "stdout"> = {},
): Promise<Result> {
	checkKeys(options, OPTIONS);
	const stderr = (options.stderr ?? "pipe") as E;
	const container = spawn<I, "pipe", E>(spec, { ...options, stderr });
	const [out, err, status] = await Promise.all([
		new Response(container.stdout).bytes(),
		new Response((container.stderr ?? null) as ReadableStream | null).bytes(),
		container.exited,
	]);
	if (container.exit === null) throw new PflaskError("container: no end", { code: "internal" });
	const text = new TextDecoder();
	return {
		...container.exit,
		status,
		aborted: container.aborted,
		stdout: text.decode(out),
		stderr: text.decode(err),
		bytes: { stdout: out, stderr: err },
	};
}

/** The end of a container of run(), and its output. */
export interface Result extends Exit {
	/** The status that a shell would show. */
	readonly status: number;
	/** Whether `signal` has ended the container. */
	readonly aborted: boolean;
	/** The output as text. */
	readonly stdout: string;
	/** The error messages as text; "" unless stderr is "pipe". */
	readonly stderr: string;
	/** The output as bytes. */
	readonly bytes: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
}

/** Bun.connect(), whose types leave out that it takes a connected descriptor, and closes it. */
const connectFd = Bun.connect as unknown as (options: {
	readonly fd: number;
	readonly socket: Bun.SocketHandler<undefined>;
}) => Promise<Bun.Socket>;

class Running {
	stdin: Writer | undefined;
	stdout: ReadableStream<Uint8Array> | undefined;
	stderr: ReadableStream<Uint8Array> | undefined;
	exit: Exit | null = null;
	aborted = false;
	readonly exited: Promise<number>;
	readonly #spec: Spec;
	readonly #options: SpawnOptions<Input, Output, Output>;
	readonly #start = Promise.withResolvers<Info>();
	readonly #end = Promise.withResolvers<number>();
	readonly #plan: ReturnType<typeof plan>;
	readonly #abort = (): void => {
		this.aborted = this.kill(this.#options.killSignal);
	};
	#handle: Pointer | null;
	#bell: Bun.Socket | undefined;
	#timer: Timer | undefined;
	#isKept = true;
	/** Whether the bell has ended: there is news soon, but the bell cannot tell. */
	#isOver = false;

	constructor(spec: Spec, options: SpawnOptions<Input, Output, Output>, opened: Opened[]) {
		this.#spec = spec;
		this.#options = options;
		this.exited = this.#end.promise;
		this.#start.promise.catch(() => {}); // `exited` rejects, too
		options.signal?.throwIfAborted();
		signalNumber(options.killSignal ?? "SIGTERM");
		this.#plan = plan(spec);
		try {
			const streams = opened.map(({ fd }) => fd) as [number, number, number];
			this.#handle = startPlan(planHandle(this.#plan), streams, NOWAIT, spec);
		} catch (error) {
			this.#plan[Symbol.dispose]();
			throw error;
		}
		this.#listen(nativeRest().pflask_fd(this.#handle));
		options.signal?.addEventListener("abort", this.#abort, { once: true });
	}

	connect(stdin: Input, [input, output, errors]: Opened[]): void {
		if (input !== undefined && input.end >= 0) {
			const writer = writerOf(input.end);
			if (stdin === "pipe") this.stdin = writer;
			else this.#pour(stdin as Blob | ReadableStream<Uint8Array>, writer);
			const close = (): void => void writer.end().catch(() => {});
			this.exited.then(close, close);
		}
		if (output !== undefined && output.end >= 0) this.stdout = readerOf(output.end);
		if (errors !== undefined && errors.end >= 0) this.stderr = readerOf(errors.end);
	}

	/** A program that looks at `started` need not look at `exited`, too, for the same error. */
	get started(): Promise<Info> {
		this.exited.catch(() => {});
		return this.#start.promise;
	}

	kill(signal: string | number = "SIGTERM"): boolean {
		const number = signalNumber(signal);
		if (this.#handle === null) return false;
		const isSent = nativeRest().pflask_kill(this.#handle, number) === 0;
		this.#step(); // sets the time of the next look at a stopped monitor
		return isSent;
	}

	ref(): void {
		this.#isKept = true;
		this.#bell?.ref();
	}

	unref(): void {
		this.#isKept = false;
		this.#bell?.unref();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.kill("SIGKILL");
		await this.exited.catch(() => {});
	}

	/** A stream of the caller that fails is the caller's error, and ends the container. */
	#pour(from: Blob | ReadableStream<Uint8Array>, writer: Writer): void {
		pour(from instanceof Blob ? from.stream() : from, writer).catch((error: unknown) => {
			this.#end.reject(error);
			this.kill("SIGKILL");
		});
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
			if (news < 0) this.#fail(decodeError(error, this.#spec));
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
		this.#start.resolve(decodeInfo(struct));
	}

	#tellEnd(handle: Pointer): void {
		const struct = makeStruct(EXIT);
		nativeRest().pflask_wait(handle, 0, struct, EXIT.size);
		const exit = decodeExit(struct);
		this.exit = exit;
		this.#close();
		this.#options.onExit?.(exit);
		this.#end.resolve(statusOf(exit));
	}

	#fail(error: unknown): void {
		this.#close();
		this.#plan[Symbol.dispose]();
		this.#start.reject(error);
		this.#end.reject(error);
	}

	#close(): void {
		if (this.#handle !== null) nativeRest().pflask_close(this.#handle);
		this.#handle = null;
		this.#bell?.terminate();
		this.#options.signal?.removeEventListener("abort", this.#abort);
	}
}

function statusOf(exit: Exit): number {
	const special = STATUS_OF_REASON[exit.reason];
	if (special !== undefined) return special;
	return exit.reason === "exit" ? exit.exitCode : 128 + exit.signal;
}
