// SPDX-License-Identifier: BSD-2-Clause
// Follows a container, or a command in a container, to its end. No function here blocks the thread:
// the bell, a socket, can be read when messages have come, and a step takes the messages.
import { ERROR, EXIT, STEP_ENDED, STEP_STARTED } from "./abi.gen.ts";
import { decodeExit, type Exit as Ended } from "./container.ts";
import { decodeError } from "./error.ts";
import type { Pointer } from "./ffi.ts";
import { closeHeldHandle, connectFd, holdHandle } from "./leftovers.ts";
import { nativeRest } from "./library.ts";
import { EINPROGRESS } from "./numbers.gen.ts";
import type { Spec as Fields } from "./spec.gen.ts";
import { makeStruct } from "./struct.ts";

/** The functions that the follower of a container calls. */
export interface Listener {
	/** Is called when the container has started or was found. */
	onStart(handle: Pointer): void;
	/** Is called with the end, after the handle was closed. */
	onEnd(ended: Ended): void;
	/**
	 * Is called with an error, after the handle was closed: the container has not started, was not
	 * found, or has a monitor that answers wrongly.
	 */
	onError(error: unknown): void;
}

/** The kind of a handle. */
export interface HandleOptions {
	/** The spec whose texts an error names. */
	readonly fields?: Fields;
	/** Whether the container outlives its handle. Default: no. */
	readonly isDetached?: boolean;
	/** Whether steps must search for the monitor before its bell can ring. Default: no. */
	readonly isSearched?: boolean;
}

/** Follows a container whose C handle was made with PFLASK_NOWAIT. Owns the handle. */
export class Follower {
	readonly #listener: Listener;
	readonly #fields: Fields | undefined;
	#handle: Pointer | null;
	#bell: Bun.Socket | undefined;
	#timer: Timer | undefined;
	/** The signals that wait until the monitor was found. */
	readonly #early: number[] = [];
	#isKept = true;
	/** Whether the bell is closed: the end of the container comes soon, but without the bell. */
	#isOver = false;

	constructor(handle: Pointer, listener: Listener, options: HandleOptions = {}) {
		this.#handle = handle;
		this.#listener = listener;
		this.#fields = options.fields;
		holdHandle(handle, options.isDetached);
		this.#listen(nativeRest().pflask_fd(handle));
		if (options.isSearched) queueMicrotask(() => this.step());
	}

	/** The C handle; null when the handle was closed. */
	get handle(): Pointer | null {
		return this.#handle;
	}

	/**
	 * Sends a signal, or keeps the signal until the monitor was found. Returns false if the
	 * container has ended.
	 */
	kill(signal: number): boolean {
		if (this.#handle === null) return false;
		const result = nativeRest().pflask_kill(this.#handle, signal);
		if (result === -EINPROGRESS) this.#early.push(signal);
		this.step(); // sets the time of the next look at a stopped monitor
		return result === 0 || result === -EINPROGRESS;
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

	/** Closes the handle, if it is open. */
	close(): void {
		clearTimeout(this.#timer);
		if (this.#handle !== null) closeHeldHandle(this.#handle);
		this.#handle = null;
		this.#bell?.terminate();
	}

	#listen(fd: number): void {
		const news = (): void => this.step();
		const over = (): void => {
			this.#isOver = true;
			this.step();
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

	/** Takes all messages, and sets the time of the next step. */
	step(): void {
		clearTimeout(this.#timer);
		const wait = new Int32Array(1);
		const error = makeStruct(ERROR);
		for (wait[0] = 0; this.#handle !== null && wait[0] === 0; ) {
			const news = nativeRest().pflask_step(this.#handle, wait, error, ERROR.size);
			if (news < 0) this.#fail(decodeError(error, this.#fields));
			else if (news === STEP_STARTED) this.#tellStart(this.#handle);
			else if (news === STEP_ENDED) this.#end(this.#handle);
			else if (wait[0] === 0) wait[0] = 1;
		}
		const msec = this.#isOver ? 1 : (wait[0] ?? -1);
		if (this.#handle === null || msec < 0) return;
		this.#timer = setTimeout(() => this.step(), msec);
		if (!this.#isKept) this.#timer.unref();
	}

	#tellStart(handle: Pointer): void {
		for (const signal of this.#early) nativeRest().pflask_kill(handle, signal);
		this.#listener.onStart(handle);
	}

	#end(handle: Pointer): void {
		const struct = makeStruct(EXIT);
		nativeRest().pflask_wait(handle, 0, struct, EXIT.size);
		this.close();
		this.#listener.onEnd(decodeExit(struct));
	}

	#fail(error: unknown): void {
		this.close();
		this.#listener.onError(error);
	}
}
