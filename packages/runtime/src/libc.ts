// SPDX-License-Identifier: BSD-2-Clause
// Calls functions of the C library for which Bun has no suitable equivalent. Bun's own functions
// that write to a descriptor or inspect a descriptor start threads. Starting these threads takes
// longer than starting a container. Bun's own writers also leave a pipe or a terminal non-blocking
// for all processes that share the pipe or terminal.
import { errorText, PflaskError } from "./error.ts";
import { dlopen, type Library, type Pointer, read, type Symbols, textBehind } from "./ffi.ts";
import { EAGAIN, EBUSY, EINTR, EIO } from "./numbers.gen.ts";

/** The functions that every start of the executable needs. */
const FIRST = {
	memfd_create: { args: ["cstring", "u32"], returns: "i32" },
	fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
	open: { args: ["cstring", "i32"], returns: "i32" },
	sendfile: { args: ["i32", "i32", "buffer", "u64"], returns: "i64" },
	close: { args: ["i32"], returns: "i32" },
	_exit: { args: ["i32"], returns: "void" },
} as const;

const REST = {
	write: { args: ["i32", "buffer", "buffer_length"], returns: "i64" },
	read: { args: ["i32", "buffer", "buffer_length"], returns: "i64" },
	pread: { args: ["i32", "buffer", "buffer_length", "i64"], returns: "i64" },
	poll: { args: ["buffer", "u64", "i32"], returns: "i32" },
	fstat: { args: ["i32", "buffer"], returns: "i32" },
	lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
	flock: { args: ["i32", "i32"], returns: "i32" },
	pipe2: { args: ["buffer", "i32"], returns: "i32" },
	dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
	__errno_location: { args: [], returns: "ptr" },
} as const;

const ACCOUNTS = { getpwuid: { args: ["u32"], returns: "ptr" } } as const;

const TERMINALS = { tcflush: { args: ["i32", "i32"], returns: "i32" } } as const;

/** The name of the C library, which is always loaded. musl takes this name for its own, too. */
const LIBC = "libc.so.6";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_GETFD = 1;
const F_GETFL = 3;
const F_ADD_SEALS = 1033;
const F_SEAL_ALL = 15;
const FD_CLOEXEC = 1;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_RDWR = 2;
const F_SETFL = 4;
const F_SETPIPE_SZ = 1031;
const F_DUPFD_CLOEXEC = 1030;
const POLLIN = 1;
const POLLOUT = 4;
const TCIFLUSH = 0;
/** More bytes than a terminal gives at once. */
const LINE_MAX = 4096;
const LOCK_EX_NB = 2 | 4;
/** A number of bytes that is enough for a struct stat, which has 128 or 144 bytes. */
const STAT_MAX = 256;
/** The greatest size of a pipe of an ordinary user (fs.pipe-max-size, pipe(7)). */
const PIPE_MAX = 1 << 20;
const PIECE = 1 << 16;
const SEEK_SET = 0;
const SEEK_END = 2;
const O_APPEND = 0o2000;
const SEAL_TRIES = 20;

type First = Library<typeof FIRST>["symbols"];
type Rest = Library<typeof REST>["symbols"];

let first: First | undefined;
let rest: Rest | undefined;

function libc(): First {
	first ??= load(FIRST);
	return first;
}

function libcRest(): Rest {
	rest ??= load(REST);
	return rest;
}

function load<const S extends Symbols>(symbols: S): Library<S>["symbols"] {
	try {
		return dlopen(LIBC, symbols).symbols;
	} catch (error) {
		const reason = error instanceof Error ? error.message : `${error}`;
		throw new PflaskError(`cannot load the C library: ${reason}`, {
			code: "internal",
			hint: reason.includes("JIT") ? "ulimit -v unlimited, and unset BUN_JSC_useJIT" : "",
		});
	}
}

function errno(): number {
	return read.i32(libcRest().__errno_location() as Pointer, 0);
}

/**
 * Ends the process immediately, as _exit(2) does. Bun's own exit runs handlers, cleans up (0.1 ms),
 * and flushes Bun's own writers. Do not call this function when text is left in such a writer.
 */
export function endProcess(status: number): never {
	libc()._exit(status);
	throw new Error("_exit returned");
}

/** Writes a whole text and waits as long as necessary. Returns 0, or the error number. */
export function writeText(fd: number, text: string): number {
	return writeBytes(fd, new TextEncoder().encode(text));
}

/** Writes all bytes and waits as long as necessary. Returns 0, or the error number. */
export function writeBytes(fd: number, bytes: Uint8Array): number {
	for (let done = 0; done < bytes.length; ) {
		const rest = bytes.subarray(done);
		const written = Number(libcRest().write(fd, rest, rest));
		const error = written < 0 ? errno() : 0;
		if (error === EAGAIN) awaitRoom(fd);
		else if (error !== 0 && error !== EINTR) return error;
		done += Math.max(written, 0);
	}
	return 0;
}

/**
 * Waits until a descriptor can be written to. Another process may have made the descriptor
 * non-blocking.
 */
function awaitRoom(fd: number): void {
	libcRest().poll(new Int32Array([fd, POLLOUT]), 1, -1);
}

/**
 * Returns the flags of a descriptor, including O_CLOEXEC (open(2)). Returns undefined if the
 * descriptor is not open.
 */
export function descriptorFlags(fd: number): number | undefined {
	const { fcntl } = libc();
	const [own, shared] = [fcntl(fd, F_GETFD, 0), fcntl(fd, F_GETFL, 0)];
	if (own < 0 || shared < 0) return undefined;
	return own & FD_CLOEXEC ? shared | O_CLOEXEC : shared;
}

/** Locks an open file as flock(2) does. Returns false if another process holds the lock. */
export function lockFile(fd: number): boolean {
	return libcRest().flock(fd, LOCK_EX_NB) === 0;
}

/** Tells whether two descriptors are open on the same file. */
export function isSameFile(one: number, other: number): boolean {
	const [a, b] = [identity(one), identity(other)];
	return a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1];
}

/** Returns st_dev and st_ino, the first members of struct stat on every 64-bit Linux. */
function identity(fd: number): BigUint64Array | undefined {
	const status = new BigUint64Array(STAT_MAX / 8);
	return libcRest().fstat(fd, status) === 0 ? status.subarray(0, 2) : undefined;
}

/** Returns the name of a user, or undefined if the system does not know the user (getpwuid(3)). */
export function userName(uid: number): string | undefined {
	const entry = load(ACCOUNTS).getpwuid(uid);
	if (entry === null) return undefined;
	return textBehind(Number(entry) as Pointer); // pw_name is the first member
}

/** A byte range in the running executable. */
export interface Part {
	/** The offset of the first byte; below 2 GiB. */
	readonly offset: number;
	/** The number of bytes. */
	readonly size: number;
}

/**
 * Makes a file with these bytes in memory. No process can change the file, and no user can replace
 * the file, because the file is in no directory. Returns the descriptor, which the caller owns, or
 * a negative error number.
 */
export function sealedFile(name: string, contents: Uint8Array | Part): number {
	const fd = memoryFile(name);
	if (fd < 0) return fd;
	let error = contents instanceof Uint8Array ? writeBytes(fd, contents) : copyPart(fd, contents);
	if (error === 0) error = seal(fd);
	if (error === 0) return fd;
	closeFd(fd);
	return -error;
}

/** Makes an empty file in memory. Returns a descriptor, or a negative error number. */
export function memoryFile(name: string): number {
	const fd = libc().memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno() : fd;
}

/** Sets the position of a file to its start. */
export function rewind(fd: number): void {
	libcRest().lseek(fd, 0, SEEK_SET);
}

/** Returns the contents of a file in memory. */
export function contentsOfMemory(fd: number): Uint8Array {
	const { lseek, pread } = libcRest();
	const bytes = new Uint8Array(Number(lseek(fd, 0, SEEK_END)));
	for (let done = 0; done < bytes.length; ) {
		const rest = bytes.subarray(done);
		const count = Number(pread(fd, rest, rest, done));
		if (count <= 0) return bytes.subarray(0, done);
		done += count;
	}
	return bytes;
}

/**
 * Reads the bytes that a pipe or a terminal has now, without waiting. `isEnd` tells whether no more
 * bytes can come.
 */
export function readNow(fd: number): { bytes: Uint8Array<ArrayBuffer>; isEnd: boolean } {
	unblock(fd);
	const pieces: Uint8Array[] = [];
	for (let size = 0; size < PIPE_MAX; ) {
		const piece = new Uint8Array(PIECE);
		const count = Number(libcRest().read(fd, piece, piece));
		if (count <= 0) return { bytes: joined(pieces), isEnd: count === 0 || errno() !== EAGAIN };
		pieces.push(piece.subarray(0, count));
		size += count;
	}
	return { bytes: joined(pieces), isEnd: false };
}

/** Waits at most `msec` milliseconds for input. Tells whether the descriptor has input. */
export function awaitInput(fd: number, msec: number): boolean {
	return libcRest().poll(new Int32Array([fd, POLLIN]), 1, msec) > 0;
}

/** Reads the input of a terminal, or waits for input. No bytes mean the end, or a hang-up. */
export function readInput(fd: number): Uint8Array {
	const bytes = new Uint8Array(LINE_MAX);
	const count = Number(libcRest().read(fd, bytes, bytes));
	return bytes.subarray(0, Math.max(count, 0));
}

/** Discards the unread input of a terminal. */
export function discardInput(fd: number): void {
	load(TERMINALS).tcflush(fd, TCIFLUSH);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	return new Uint8Array(Buffer.concat(pieces));
}

/** Makes each later write append to the file. */
export function appendOnly(fd: number): void {
	libc().fcntl(fd, F_SETFL, O_APPEND);
}

/** Closes a descriptor. */
export function closeFd(fd: number): void {
	libc().close(fd);
}

/**
 * Seals a file, like core-c/src/base/memfd.c. Tries again on EBUSY, which the kernel returns while
 * the kernel uses a page of the file.
 */
function seal(fd: number): number {
	let error = EBUSY;
	for (let tries = 0; tries < SEAL_TRIES && error === EBUSY; tries++)
		error = libc().fcntl(fd, F_ADD_SEALS, F_SEAL_ALL) === 0 ? 0 : errno();
	return error;
}

function copyPart(to: number, part: Part): number {
	const { open, close } = libc();
	const from = open("/proc/self/exe", O_CLOEXEC);
	if (from < 0) return errno();
	const error = copy(from, to, part);
	close(from);
	return error;
}

/**
 * Copies a part of a file to another file. The kernel copies, so this process needs no memory for
 * the bytes.
 */
function copy(from: number, to: number, { offset, size }: Part): number {
	const position = new Int32Array([offset, 0]); // an off_t, which the kernel advances
	for (let remaining = size; remaining > 0; ) {
		const copied = Number(libc().sendfile(to, from, position, remaining));
		if (copied < 0) return errno();
		if (copied === 0) return EIO;
		remaining -= copied;
	}
	return 0;
}

/** Makes a pipe. Returns the end to read and the end to write, both close-on-exec. */
export function makePipe(): [number, number] {
	const ends = new Int32Array(2);
	if (libcRest().pipe2(ends, O_CLOEXEC) < 0) throw cannot("make a pipe", errno());
	return [ends[0] ?? -1, ends[1] ?? -1];
}

/** Makes room for `size` bytes in a pipe, if the kernel allows this size. */
export function enlargePipe(fd: number, size: number): void {
	libc().fcntl(fd, F_SETPIPE_SZ, size);
}

/** Opens /dev/null for reading and writing. */
export function openNull(): number {
	const fd = libc().open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0) throw cannot("open /dev/null", errno());
	return fd;
}

/** Returns a close-on-exec copy of a descriptor. */
export function copyFd(fd: number): number {
	const copy = libc().fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0) throw cannot("copy a descriptor", errno());
	return copy;
}

/** Puts /dev/null in the place of an open descriptor, which stays open. */
export function replaceWithNull(fd: number): void {
	const none = openNull();
	libcRest().dup3(none, fd, O_CLOEXEC);
	closeFd(none);
}

/** Makes a descriptor non-blocking, also for other processes that share the open file. */
export function unblock(fd: number): void {
	const { fcntl } = libc();
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
}

function cannot(act: string, number: number): PflaskError {
	return new PflaskError(`cannot ${act}: ${errorText(number)}`, {
		code: "internal",
		errno: number,
	});
}
