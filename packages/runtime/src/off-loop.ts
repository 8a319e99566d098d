// SPDX-License-Identifier: BSD-2-Clause
// Calls functions of libpflask that block the thread, in a thread of their own.
import { ERROR, REST } from "./abi.gen.ts";
import { toCString } from "./bytes.ts";
import { decodeError, PflaskError } from "./error.ts";
import { CALLER, pointerVariable, storedPointer } from "./ffi.ts";
import { closeHeldHandle, holdHandle } from "./leftovers.ts";
import { libraryPath } from "./library.ts";
import type { Struct } from "./struct.ts";

/** A function that only a new thread calls. */
type Name = keyof typeof REST;

/** An argument: a number, the address of a handle, or memory, of which the function gets a copy. */
type Argument = number | Uint8Array | Int32Array | BigUint64Array;

interface Answer<A> {
	readonly result: number;
	readonly values: A;
}

/** A thread that calls functions, one after the other. */
export class Thread implements Disposable {
	readonly #url = URL.createObjectURL(new Blob([CALLER], { type: "text/javascript" }));
	readonly #worker = new Worker(this.#url, { smol: true });

	/** Calls a function. Resolves with the result, and with the arguments after the call. */
	call<const A extends readonly Argument[]>(name: Name, ...values: A): Promise<Answer<A>> {
		const { promise, resolve, reject } = Promise.withResolvers<Answer<A>>();
		this.#worker.onmessage = ({ data }: { data: Answer<A> }) => resolve(data);
		this.#worker.onerror = ({ message }) =>
			reject(new PflaskError(`cannot call ${name}: ${message}`, { code: "internal" }));
		this.#worker.postMessage({ path: libraryPath(), name, symbol: REST[name], values });
		return promise;
	}

	/**
	 * Calls a function whose last arguments are a structure for its error and the structure's size.
	 * Rejects with the error.
	 */
	async checked<const A extends readonly Argument[]>(name: Name, ...values: A): Promise<Answer<A>> {
		const error: Struct = new Int32Array(ERROR.size / 4);
		const answer = await this.call(name, ...values, error, ERROR.size);
		if (answer.result < 0) throw decodeError(answer.values.at(-2) as Struct);
		return answer as unknown as Answer<A>;
	}

	/** Lets the program end while a function runs. */
	unref(): void {
		this.#worker.unref();
	}

	[Symbol.dispose](): void {
		this.#worker.terminate();
		URL.revokeObjectURL(this.#url);
	}
}

/**
 * Opens a container, and calls a function whose first argument is the handle of the container, in a
 * thread of its own. The program may end meanwhile.
 */
export async function callFor(
	which: string,
	name: Name,
	...values: readonly Argument[]
): Promise<void> {
	using thread = new Thread();
	thread.unref();
	const opened = await thread.checked("pflask_open", toCString(which), 0, pointerVariable());
	const handle = storedPointer(opened.values[2]);
	holdHandle(handle, true);
	try {
		await thread.checked(name, handle, ...values);
	} finally {
		closeHeldHandle(handle);
	}
}
