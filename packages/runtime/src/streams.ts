// SPDX-License-Identifier: BSD-2-Clause
// The standard streams of a command of spawn(): each is a descriptor of the command and, for a
// pipe, the other end of the pipe in this program.
import { PflaskError } from "./error.ts";
import { closeHeldFd, holdFd } from "./leftovers.ts";
import {
	closeFd,
	enlargePipe,
	makePipe,
	openNull,
	readNow,
	rewind,
	sealedFile,
	unblock,
} from "./libc.ts";

/** The input of a command. */
export type Input =
	| "pipe"
	| "inherit"
	| "ignore"
	| number
	| Uint8Array
	| Blob
	| ReadableStream<Uint8Array>;

/** The output of a command. */
export type Output = "pipe" | "inherit" | "ignore" | number;

/** A stream that is open for the command. */
export interface Opened {
	/** The descriptor for the command. */
	readonly fd: number;
	/** Whether close() closes the descriptor. */
	readonly isOwn: boolean;
	/** The end of a pipe that stays in this program, or -1. */
	readonly end: number;
}

/** Opens the input of a command. `standard` is the descriptor for "inherit". */
export function openInput(input: Input, standard: number): Opened {
	if (input instanceof Uint8Array) return { fd: filled(input), isOwn: true, end: -1 };
	if (input === "pipe" || typeof input === "object") {
		const [fd, end] = makePipe();
		return { fd, isOwn: true, end };
	}
	return openPlain(input, standard);
}

/** Opens an output of a command. `standard` is the descriptor for "inherit". */
export function openOutput(output: Output, standard: number): Opened {
	if (output !== "pipe") return openPlain(output, standard);
	const [end, fd] = makePipe();
	unblock(end);
	return { fd, isOwn: true, end };
}

/** Closes a descriptor that this program has opened; the command has its own copy. */
export function closeOpened({ fd, isOwn }: Opened): void {
	if (isOwn) closeFd(fd);
}

/** Closes both ends, after a start that has failed. */
export function abandon(opened: Opened): void {
	closeOpened(opened);
	if (opened.end >= 0) closeFd(opened.end);
}

function openPlain(what: "inherit" | "ignore" | number, standard: number): Opened {
	if (what === "ignore") return { fd: openNull(), isOwn: true, end: -1 };
	return { fd: what === "inherit" ? standard : what, isOwn: false, end: -1 };
}

/** Makes a file in memory with these bytes. So no process must write the bytes to a pipe. */
function filled(bytes: Uint8Array): number {
	const fd = sealedFile("pflask-input", bytes);
	if (fd < 0) throw new PflaskError("stdin: cannot make a file in memory", { code: "internal" });
	rewind(fd);
	return fd;
}

/** A source of bytes that a stream reads: a descriptor, which the stream closes at its end. */
export interface Source {
	/**
	 * The descriptor. A promise of undefined means that there is no descriptor: the stream is empty.
	 */
	readonly fd: number | Promise<number | undefined>;
	/** The most bytes that the stream has. Default: no limit. */
	readonly most?: number | undefined;
	/** Is called when there are more bytes than `most`. */
	readonly onTooMany?: (() => void) | undefined;
	/**
	 * The work that writes the bytes. The stream ends when the promise resolves, and fails when the
	 * promise rejects.
	 */
	readonly writing?: Promise<void>;
}

/** A stream of bytes. */
export interface Reader {
	readonly stream: ReadableStream<Uint8Array>;
	/** Ends the stream, and closes the descriptor. */
	stop(): Promise<void>;
	/**
	 * At the end, takes the bytes that no reader has taken, and closes the descriptor if possible.
	 */
	settle(): void;
}

/** Makes a stream of a source. A terminal that was hung up is at its end. */
export function readerOf({ fd, most = Infinity, onTooMany, writing }: Source): Reader {
	const source = typeof fd === "number" ? openSource(fd) : fd.then(openSource);
	let room = most;
	const stop = async (): Promise<void> => (await source)?.cancel();
	// The stream does not read ahead, because a read keeps the program running.
	const stream = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const open = source instanceof Promise ? await source : source;
				const { value } = open === undefined ? {} : await open.read();
				if (value === undefined || value.length > room) open?.close();
				if (value === undefined) await writing;
				if (value === undefined) return controller.close();
				if (value.length <= room) controller.enqueue(value);
				else if (room > 0) controller.enqueue(value.subarray(0, room));
				room -= value.length;
				if (room >= 0) return;
				controller.close();
				onTooMany?.();
			},
			cancel: stop,
		},
		{ highWaterMark: 0 },
	);
	forgotten.register(stream, source);
	function settle(): void {
		if (source instanceof Promise) source.then((open) => open?.settle());
		else source.settle();
	}
	return { stream, stop, settle };
}

/** An open descriptor that is read. */
interface OpenSource {
	read(): Promise<Chunk>;
	cancel(): Promise<void>;
	settle(): void;
	close(): void;
}

function openSource(fd: number): OpenSource;
function openSource(fd: number | undefined): OpenSource | undefined;
function openSource(fd: number | undefined): OpenSource | undefined {
	if (fd === undefined) return undefined;
	return new DescriptorSource(fd);
}

/**
 * The number of bytes after which the pipe gets more room. With four times the room, a large output
 * takes half of the time on a busy machine, because the two processes wake each other up less
 * often. Not every pipe gets more room, because the kernel limits the room of all pipes of a user
 * (pipe(7)).
 */
const MUCH = 1 << 20;
const ROOM = 1 << 18;

class DescriptorSource implements OpenSource {
	readonly #fd: number;
	#reader: Bytes | undefined;
	#taken: Uint8Array<ArrayBuffer>[] = [];
	/** The number of bytes that were read. */
	#size = 0;
	#isOpen = true;

	constructor(fd: number) {
		this.#fd = fd;
		holdFd(fd);
	}

	async read(): Promise<Chunk> {
		const value = this.#taken.shift();
		if (value !== undefined || !this.#isOpen) return { value };
		this.#reader ??= Bun.file(this.#fd).stream().getReader();
		const chunk = await this.#reader.read().catch(endOfTerminal);
		const before = this.#size;
		this.#size += chunk.value?.length ?? 0;
		if (before < MUCH && this.#size >= MUCH) enlargePipe(this.#fd, ROOM);
		return chunk;
	}

	async cancel(): Promise<void> {
		this.#taken = [];
		await this.#reader?.cancel();
		this.close();
	}

	settle(): void {
		if (this.#reader !== undefined || !this.#isOpen) return;
		const { bytes, isEnd } = readNow(this.#fd);
		if (bytes.length > 0) this.#taken.push(bytes);
		if (isEnd) this.close();
	}

	close(): void {
		if (this.#isOpen) closeHeldFd(this.#fd);
		this.#isOpen = false;
	}
}

type Bytes = { read(): Promise<Chunk>; cancel(): Promise<void> };

/**
 * Closes the descriptors of streams that were garbage-collected before their end. The registry must
 * not refer to a stream. A function of readerOf() refers to the stream, so the registry has only
 * the source.
 */
const forgotten = new FinalizationRegistry<OpenSource | Promise<OpenSource | undefined>>(
	(source) => {
		if (source instanceof Promise) source.then((open) => open?.close());
		else source.close();
	},
);

type Chunk = { readonly value?: Uint8Array<ArrayBuffer> | undefined };

function endOfTerminal(error: unknown): Chunk {
	if (error instanceof Error && "code" in error && error.code === "EIO") return {};
	throw error;
}

/** The end of a pipe that the command reads. */
export interface Writer {
	/** Writes bytes or a text. Resolves when the pipe has taken the bytes. */
	write(data: string | Uint8Array): Promise<void>;
	/** Closes the pipe, so that the command reads the end of the file. */
	end(): Promise<void>;
}

/** Makes a writer for the end of a pipe, which end() closes. */
export function writerOf(fd: number): Writer {
	const sink = Bun.file(fd).writer();
	unblock(fd); // the writer has made a terminal blocking
	holdFd(fd);
	let isOpen = true;
	return {
		async write(data) {
			await Promise.all([sink.write(data), sink.flush()]);
		},
		async end() {
			if (!isOpen) return;
			isOpen = false;
			try {
				await sink.end();
			} finally {
				closeHeldFd(fd);
			}
		},
	};
}

/** Writes a stream to a pipe, and closes the pipe. A command need not read all of its input. */
export async function pour(from: ReadableStream<Uint8Array>, to: Writer): Promise<void> {
	try {
		for await (const chunk of from) await to.write(chunk);
	} catch (error) {
		if (!isBroken(error)) throw error;
	} finally {
		await to.end().catch(() => {}); // the command has ended
	}
}

function isBroken(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "EPIPE";
}
