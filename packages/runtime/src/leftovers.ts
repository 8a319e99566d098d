// SPDX-License-Identifier: BSD-2-Clause
// Cleans up after workers. A worker that is terminated runs no more code of its own, so its
// containers, its descriptors and its C handles would stay in the process. So a worker keeps a list
// of these objects in memory of libpflask. When the worker's thread ends, libpflask closes all
// objects in the list.
import { THREAD_LIST } from "./abi.gen.ts";
import { errorText, PflaskError } from "./error.ts";
import { numbersAt, type Pointer, toPointer } from "./ffi.ts";
import { closeFd } from "./libc.ts";
import { nativeRest } from "./library.ts";
import { EMFILE, ENOMEM } from "./numbers.gen.ts";

/**
 * Bun.connect() with a connected descriptor, which Bun closes later. Bun's own types leave out
 * `fd`.
 */
export const connectFd = Bun.connect as unknown as (options: {
	readonly fd: number;
	readonly socket: Bun.SocketHandler<undefined>;
}) => Promise<Bun.Socket>;

/**
 * The list of a worker, as pflask_thread_list() defines it: descriptor N is -1 - N, and 0 is a free
 * place. C handles are even, so H + 1 stands for the handle H of a container that outlives the
 * worker.
 */
class Holdings {
	readonly #list = makeList();
	readonly #places = new Map<number, number>();
	readonly #free: number[] = [];

	add(number: number): void {
		const place = this.#free.pop() ?? this.#newPlace();
		this.#list[place] = BigInt(number);
		this.#places.set(number, place);
	}

	remove(number: number): void {
		const place = this.#places.get(number);
		if (place === undefined) return;
		this.#list[place] = 0n;
		this.#places.delete(number);
		this.#free.push(place);
	}

	#newPlace(): number {
		const place = Number(this.#list[0]) + 1;
		if (place >= THREAD_LIST) throw cannot(EMFILE);
		this.#list[0] = BigInt(place);
		return place;
	}
}

function makeList(): BigInt64Array {
	const address = toPointer(nativeRest().pflask_thread_list());
	if (address === null) throw cannot(ENOMEM);
	return numbersAt(address, THREAD_LIST);
}

function cannot(number: number): PflaskError {
	return new PflaskError(`cannot clean up after the worker: ${errorText(number)}`, {
		code: "internal",
		errno: number,
	});
}

let holdings: Holdings | undefined;

/** Records a descriptor that this thread must close. */
export function holdFd(fd: number): void {
	hold(-1 - fd);
}

/** Closes a descriptor of holdFd(). */
export function closeHeldFd(fd: number): void {
	holdings?.remove(-1 - fd);
	closeFd(fd);
}

/** Records the C handle of a container. A detached container outlives this thread. */
export function holdHandle(handle: Pointer, isDetached = false): void {
	try {
		hold(Number(handle) + (isDetached ? 1 : 0));
	} catch (error) {
		nativeRest().pflask_close(handle);
		throw error;
	}
}

/** Closes a C handle of holdHandle(). */
export function closeHeldHandle(handle: Pointer): void {
	holdings?.remove(Number(handle));
	holdings?.remove(Number(handle) + 1);
	nativeRest().pflask_close(handle);
}

function hold(number: number): void {
	if (Bun.isMainThread) return;
	holdings ??= new Holdings();
	holdings.add(number);
}
