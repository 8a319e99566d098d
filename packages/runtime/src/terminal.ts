// SPDX-License-Identifier: BSD-2-Clause
// The terminal of a container of spawn(): a pty, whose master this program has.
import { copyFd, replaceWithNull } from "./libc.ts";
import { type Reader, readerOf, type Writer, writerOf } from "./streams.ts";

/** The terminal that a command gets. */
export interface TerminalOptions {
	/** The columns. Default: the columns of this program's terminal, or 80. */
	readonly cols?: number;
	/** The rows. Default: the rows of this program's terminal, or 24. */
	readonly rows?: number;
	/**
	 * Is called with each piece of the output. Without `data`, the program reads `output`, and a
	 * command whose output is not read waits.
	 */
	readonly data?: (chunk: Uint8Array) => void;
}

/** The terminal of a running container. */
export interface Terminal extends AsyncDisposable {
	/** The output. With `data`, the stream is locked. */
	readonly output: ReadableStream<Uint8Array>;
	/**
	 * Types a text or bytes. Resolves with true when the terminal has taken the bytes, and with
	 * false if the terminal is closed. May be called before the command runs.
	 */
	write(data: string | Uint8Array | Blob): Promise<boolean>;
	/** Sets the size. The command gets SIGWINCH. */
	resize(cols: number, rows: number): void;
	/** Hangs up: the command gets SIGHUP, and the end of its input. */
	close(): void;
}

/** A terminal that opens when its container has started. */
export class ContainerTerminal implements Terminal {
	readonly #output: Reader;
	readonly #opened = Promise.withResolvers<Writer | undefined>();
	readonly #reader = Promise.withResolvers<number | undefined>();
	#writes: Promise<unknown> = this.#opened.promise;
	#size: { cols: number; rows: number } | undefined;
	#resize: ((rows: number, cols: number) => void) | undefined;
	#master = -1;
	#isClosed = false;

	constructor({ data }: TerminalOptions) {
		this.#output = readerOf({ fd: this.#reader.promise });
		if (data !== undefined) void this.#pump(data);
	}

	get output(): ReadableStream<Uint8Array> {
		return this.#output.stream;
	}

	/** Begins to use a pty. `master` stays with its owner. */
	open(master: number, resize: (rows: number, cols: number) => void): void {
		this.#master = master;
		this.#resize = resize;
		if (this.#isClosed) {
			this.#hangUp();
			return;
		}
		if (this.#size !== undefined) resize(this.#size.rows, this.#size.cols);
		this.#opened.resolve(writerOf(copyFd(master)));
		this.#reader.resolve(copyFd(master));
	}

	/** Tells that the container has ended, or has not started. The output can still be read. */
	end(): void {
		this.#isClosed = true;
		this.#master = -1;
		this.#resize = undefined;
		this.#finish();
		this.#output.settle();
	}

	async write(data: string | Uint8Array | Blob): Promise<boolean> {
		const bytes = data instanceof Blob ? data.bytes() : data;
		const written = this.#writes.then(async () => {
			const writer = await this.#opened.promise;
			if (writer === undefined || this.#isClosed) return false;
			return writer.write(await bytes).then(
				() => true,
				() => false, // the terminal was hung up
			);
		});
		this.#writes = written.catch(() => {}); // a failed Blob does not stop later writes
		return written;
	}

	resize(cols: number, rows: number): void {
		this.#size = { cols, rows };
		this.#resize?.(rows, cols);
	}

	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		if (this.#master >= 0) this.#hangUp();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.close();
	}

	/** The kernel hangs up when the last descriptor of the master is closed. */
	#hangUp(): void {
		replaceWithNull(this.#master);
		this.#finish();
		void this.#output.stop();
	}

	#finish(): void {
		this.#reader.resolve(undefined);
		this.#opened.resolve(undefined);
		this.#opened.promise.then((writer) => writer?.end().catch(() => {}));
	}

	async #pump(data: (chunk: Uint8Array) => void): Promise<void> {
		for await (const chunk of this.output) data(chunk);
	}
}
