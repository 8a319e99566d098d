// SPDX-License-Identifier: BSD-2-Clause
// Cleans up after workers. A worker that is terminated runs no more code of its own. The monitors
// of its containers end, because Bun closes the bells, but descriptors and C handles would stay in
// the process. So a worker records them in memory that it shares with the main thread, and the main
// thread closes them when the worker is gone. The main thread must have loaded this module, too.
import { ERROR, STEP_ENDED } from "./abi.gen.ts";
import type { Pointer } from "./ffi.ts";
import { closeFd, makeSocketPair } from "./libc.ts";
import { nativeRest } from "./library.ts";
import { SIGKILL } from "./numbers.gen.ts";
import { makeStruct } from "./struct.ts";

const CHANNEL = "@pflask/runtime: workers";
/** The most descriptors, and the most handles, that a worker records. */
const ROOM = 4096;
const SOON_MSEC = 5;

/** The message of a worker that begins. */
interface Hello {
	readonly id: string;
	readonly memory: SharedArrayBuffer;
}

/** The answer of the main thread: a socket, which closes when the worker ends. */
interface Answer {
	readonly to: string;
	readonly fd: number;
}

/**
 * Bun.connect() with a connected descriptor, which Bun closes later. Bun's own types leave out
 * `fd`.
 */
export const connectFd = Bun.connect as unknown as (options: {
	readonly fd: number;
	readonly socket: Bun.SocketHandler<undefined>;
}) => Promise<Bun.Socket>;

/**
 * The C handles and descriptors of a worker, as numbers. Descriptor N is -1 - N, and 0 is a free
 * place. C handles are even, so H + 1 stands for the handle H of a container that outlives the
 * worker.
 */
class Holdings {
	readonly memory: SharedArrayBuffer;
	readonly numbers: Float64Array;
	readonly #places = new Map<number, number>();
	readonly #free: number[] = [];
	#next = 0;

	constructor(memory: SharedArrayBuffer) {
		this.memory = memory;
		this.numbers = new Float64Array(memory);
	}

	add(number: number): void {
		const place = this.#free.pop() ?? this.#next++;
		if (place >= ROOM) return;
		this.numbers[place] = number;
		this.#places.set(number, place);
	}

	remove(number: number): void {
		const place = this.#places.get(number);
		if (place === undefined) return;
		this.numbers[place] = 0;
		this.#places.delete(number);
		this.#free.push(place);
	}
}

let holdings: Holdings | undefined;
/** The socket that tells the main thread of the end of this worker. */
let life: Bun.Socket | undefined;

if (Bun.isMainThread) watchWorkers();

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
	hold(Number(handle) + (isDetached ? 1 : 0));
}

/** Closes a C handle of holdHandle(). */
export function closeHeldHandle(handle: Pointer): void {
	holdings?.remove(Number(handle));
	holdings?.remove(Number(handle) + 1);
	nativeRest().pflask_close(handle);
}

function hold(number: number): void {
	if (Bun.isMainThread) return;
	holdings ??= beginWorker();
	holdings.add(number);
}

function beginWorker(): Holdings {
	const begun = new Holdings(new SharedArrayBuffer(ROOM * Float64Array.BYTES_PER_ELEMENT));
	const id = crypto.randomUUID();
	const channel = new BroadcastChannel(CHANNEL);
	channel.onmessage = async ({ data }: { data: Answer }) => {
		if (data.to !== id) return;
		channel.close();
		life = await connectFd({ fd: data.fd, socket: { data() {} } });
		life.unref();
	};
	channel.unref();
	channel.postMessage({ id, memory: begun.memory } satisfies Hello);
	return begun;
}

function watchWorkers(): void {
	const channel = new BroadcastChannel(CHANNEL);
	channel.onmessage = ({ data }: { data: Hello | Answer }) => {
		if (!("memory" in data)) return;
		const [own, fd] = makeSocketPair();
		const close = (): void => cleanUp(new Float64Array(data.memory));
		const open = (socket: Bun.Socket): void => void socket.unref();
		void connectFd({ fd: own, socket: { data() {}, open, close } });
		channel.postMessage({ to: data.id, fd } satisfies Answer);
	};
	channel.unref();
}

function cleanUp(numbers: Float64Array): void {
	for (const number of numbers) {
		if (number < 0) closeFd(-1 - number);
		if (number > 0 && number % 2 === 0) void finish(number as Pointer);
		if (number > 0 && number % 2 === 1) nativeRest().pflask_close((number - 1) as Pointer);
	}
}

/** Kills a container, or a command of exec(), follows it to its end, and frees its handle. */
async function finish(handle: Pointer): Promise<void> {
	const wait = new Int32Array(1);
	const error = makeStruct(ERROR);
	for (let news = 0; news >= 0 && news !== STEP_ENDED; ) {
		nativeRest().pflask_kill(handle, SIGKILL);
		news = nativeRest().pflask_step(handle, wait, error, ERROR.size);
		if (news === 0) await Bun.sleep(SOON_MSEC);
	}
	nativeRest().pflask_close(handle);
}
