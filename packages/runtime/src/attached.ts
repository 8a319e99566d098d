// SPDX-License-Identifier: BSD-2-Clause
// attach(): the terminal of a detached container as streams. A thread relays between two pipes and
// the monitor.
import { EXIT } from "./abi.gen.ts";
import { closeHeldFd, holdFd } from "./leftovers.ts";
import { makePipe, unblock } from "./libc.ts";
import { callFor } from "./off-loop.ts";
import { readerOf, writerOf } from "./streams.ts";
import { makeStruct } from "./struct.ts";
import type { TerminalOptions } from "./terminal.ts";

/** The terminal of a detached container to which this program is attached. */
export interface Attached extends AsyncDisposable {
	/**
	 * The kept output, and all new output until the end of the container. The stream fails with a
	 * PflaskError, for example if there is no terminal. With `data`, the stream is locked.
	 */
	readonly output: ReadableStream<Uint8Array>;
	/**
	 * Resolves when this program has detached or the container has ended. Rejects with the error of
	 * `output`, which a program with `data` cannot read.
	 */
	readonly ended: Promise<void>;
	/**
	 * Types a text or bytes. Resolves with true when the pipe to the terminal has taken the bytes,
	 * and with false if this program has detached or the container has ended.
	 */
	write(data: string | Uint8Array | Blob): Promise<boolean>;
	/** Sets the size of the terminal, for all clients. The command gets SIGWINCH. */
	resize(cols: number, rows: number): void;
	/** Disconnects from the terminal. The container continues to run. */
	detach(): void;
}

/** The members of a container that attach() needs. */
export interface Attachable {
	/** The name or pid of the container, for pflask_open(). */
	readonly which: string;
	/** Sets the size of the terminal, if the container runs. */
	resize(cols: number, rows: number): void;
}

/** Attaches to the terminal of a container. */
export function attachTo({ which, resize }: Attachable, options: TerminalOptions): Attached {
	const { cols = 0, rows = 0, data } = options;
	const [input, typed] = makePipe();
	const [shown, output] = makePipe();
	unblock(shown);
	const writing = relay(which, input, output);
	const { stream, stop, settle } = readerOf({ fd: shown, writing });
	const writer = writerOf(typed);
	let isAttached = true;
	function leave(): void {
		isAttached = false;
		settle();
		writer.end().catch(() => {}); // the thread has ended
	}
	writing.then(leave, leave);
	if (cols > 0 && rows > 0) resize(cols, rows);
	const ended = data === undefined ? writing : pump(stream, data);
	ended.catch(() => {}); // a program need not handle `ended`
	function detach(): void {
		if (!isAttached) return;
		isAttached = false;
		void stop(); // the thread finds that no process reads the output
	}
	let writes: Promise<unknown> = Promise.resolve();
	async function write(text: string | Uint8Array | Blob): Promise<boolean> {
		const bytes = text instanceof Blob ? text.bytes() : text;
		const written = writes.then(async () => {
			if (!isAttached) return false;
			return writer.write(await bytes).then(
				() => true,
				() => false, // the container has ended
			);
		});
		writes = written.catch(() => {}); // a failed Blob does not stop later writes
		return written;
	}
	const dispose = async (): Promise<void> => detach();
	return { output: stream, ended, write, resize, detach, [Symbol.asyncDispose]: dispose };
}

async function pump(
	stream: ReadableStream<Uint8Array>,
	data: (chunk: Uint8Array) => void,
): Promise<void> {
	for await (const chunk of stream) data(chunk);
}

/** Relays between a container and two descriptors, in a thread of its own, and closes both. */
async function relay(which: string, input: number, output: number): Promise<void> {
	const exit = makeStruct(EXIT);
	holdFd(input);
	holdFd(output);
	try {
		await callFor(which, "pflask_attach", input, output, -1, exit, EXIT.size);
	} finally {
		closeHeldFd(input);
		closeHeldFd(output);
	}
}
