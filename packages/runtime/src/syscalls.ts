// SPDX-License-Identifier: BSD-2-Clause
// System calls on files, each relative to an open directory. Node's own functions take only paths,
// and a path can lead elsewhere as soon as another process replaces a part of the path. A failed
// call throws a SystemError.
import { fromBytes, toCString } from "./bytes.ts";
import { errorText } from "./error.ts";
import { dlopen, type Library, type Pointer, read } from "./ffi.ts";
import {
	EAGAIN,
	EINTR,
	ENODATA,
	ENOENT,
	ENOSPC,
	ENXIO,
	EOPNOTSUPP,
	ERANGE,
} from "./numbers.gen.ts";
import { O_CLOEXEC, O_CREAT, O_NOFOLLOW } from "./open-flags.ts";

export {
	EEXIST,
	EINVAL,
	EISDIR,
	ELOOP,
	ENOENT,
	ENOTDIR,
	ENOTEMPTY,
	EPERM,
	EXDEV,
} from "./numbers.gen.ts";
export * from "./open-flags.ts";

export const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;

const RESOLVE_NO_XDEV = 1;
const RESOLVE_NO_SYMLINKS = 4;
const RESOLVE_BENEATH = 8;

const RENAME_EXCHANGE = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const SEEK_SET = 0;
const SYS_openat2 = 437;
const FICLONE = 0x40049409n;
const STATX_BASIC = 0x7ff;
const STATX_SIZE = 256;
const LOCK_EX_NB = 2 | 4;
const F_DUPFD_CLOEXEC = 1030;

const NAMES = {
	syscall: { args: ["i64", "i32", "buffer", "buffer", "u64"], returns: "i32" },
	openat: { args: ["i32", "buffer", "i32", "u32"], returns: "i32" },
	close: { args: ["i32"], returns: "i32" },
	statx: { args: ["i32", "buffer", "i32", "u32", "buffer"], returns: "i32" },
	read: { args: ["i32", "buffer", "u64"], returns: "i64" },
	write: { args: ["i32", "buffer", "u64"], returns: "i64" },
	lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
	ftruncate: { args: ["i32", "i64"], returns: "i32" },
	copy_file_range: {
		args: ["i32", "ptr", "i32", "ptr", "u64", "u32"],
		returns: "i64",
	},
	ioctl: { args: ["i32", "u64", "i32"], returns: "i32" },
	mkdirat: { args: ["i32", "buffer", "u32"], returns: "i32" },
	mknodat: { args: ["i32", "buffer", "u32", "u64"], returns: "i32" },
	symlinkat: { args: ["buffer", "i32", "buffer"], returns: "i32" },
	linkat: { args: ["i32", "buffer", "i32", "buffer", "i32"], returns: "i32" },
	unlinkat: { args: ["i32", "buffer", "i32"], returns: "i32" },
	renameat2: { args: ["i32", "buffer", "i32", "buffer", "u32"], returns: "i32" },
	readlinkat: { args: ["i32", "buffer", "buffer", "u64"], returns: "i64" },
	fchownat: { args: ["i32", "buffer", "u32", "u32", "i32"], returns: "i32" },
	chmod: { args: ["buffer", "u32"], returns: "i32" },
	fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
	utimensat: { args: ["i32", "buffer", "buffer", "i32"], returns: "i32" },
	fsync: { args: ["i32"], returns: "i32" },
	syncfs: { args: ["i32"], returns: "i32" },
	flock: { args: ["i32", "i32"], returns: "i32" },
	umask: { args: ["u32"], returns: "u32" },
	flistxattr: { args: ["i32", "buffer", "u64"], returns: "i64" },
	fchmod: { args: ["i32", "u32"], returns: "i32" },
	getxattr: { args: ["buffer", "buffer", "buffer", "u64"], returns: "i64" },
	setxattr: { args: ["buffer", "buffer", "buffer", "u64", "i32"], returns: "i32" },
	listxattr: { args: ["buffer", "buffer", "u64"], returns: "i64" },
	removexattr: { args: ["buffer", "buffer"], returns: "i32" },
	getdents64: { args: ["i32", "buffer", "u64"], returns: "i64" },
	geteuid: { args: [], returns: "u32" },
	__errno_location: { args: [], returns: "ptr" },
} as const;

/** The error of a system call. */
export class SystemError extends Error {
	override readonly name = "SystemError";
	readonly call: string;
	readonly errno: number;

	constructor(call: string, errno: number) {
		super(`${call}: ${errorText(errno)}`);
		this.call = call;
		this.errno = errno;
	}
}

/** Returns the error number of an error, or 0. */
export function errnoOf(error: unknown): number {
	return error instanceof SystemError ? error.errno : 0;
}

type Libc = Library<typeof NAMES>["symbols"];
let loaded: Libc | undefined;

function libc(): Libc {
	loaded ??= dlopen("libc.so.6", NAMES).symbols;
	return loaded;
}

/** A function that tests call before each system call that changes a file. */
let beforeChange: ((call: string) => void) | undefined;

/** Sets the function that is called before each change. For tests only. */
export function onChange(hook: ((call: string) => void) | undefined): void {
	beforeChange = hook;
}

function errno(): number {
	return read.i32(libc().__errno_location() as Pointer, 0);
}

function checked(call: string, result: number): number {
	if (result < 0) throw new SystemError(call, errno());
	return result;
}

const encoder = new TextEncoder();

/** Returns the bytes of a name, and a NUL. */
function c(name: string): Uint8Array {
	return name.isWellFormed() ? encoder.encode(`${name}\0`) : toCString(name);
}

/** Returns the bytes that a name stands for. */
export function bytesOf(name: string): Uint8Array {
	return c(name).subarray(0, -1);
}

const how = new BigUint64Array(3);
const OPEN_TRIES = 100;

function openResolved(directory: number, path: string, flags: number, resolve: number): number {
	how[0] = BigInt(flags | O_CLOEXEC);
	how[2] = BigInt(resolve);
	for (let tries = 0; ; tries++) {
		const fd = libc().syscall(SYS_openat2, directory, c(path), how, 24);
		if (fd >= 0) return fd;
		const number = errno();
		if (number === EINTR) continue;
		// A lease of another process (fcntl(2)) also causes EAGAIN, and may last for ever.
		if (number !== EAGAIN || tries === OPEN_TRIES) throw new SystemError("open", number);
	}
}

/**
 * Opens a path below a directory. No part of the path may be a symbolic link, or lie in another
 * mount. The path "" is the directory itself.
 */
export function openBelow(directory: number, path: string, flags: number): number {
	const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	return openResolved(directory, path || ".", flags, resolve);
}

/** Opens a path of the host. No part of the path may be a symbolic link. */
export function openReal(path: string, flags: number): number {
	return openResolved(AT_FDCWD, path, flags, RESOLVE_NO_SYMLINKS);
}

/**
 * Opens a name in a directory, or a path with AT_FDCWD. Does not follow a symbolic link in the last
 * part.
 */
export function openAt(directory: number, name: string, flags: number, mode = 0): number {
	if (flags & O_CREAT) beforeChange?.("open");
	const all = flags | O_CLOEXEC | O_NOFOLLOW;
	return checked("open", libc().openat(directory, c(name), all, mode));
}

export function close(fd: number): void {
	libc().close(fd);
}

/** The result of statx(2). Times have nine decimals; numbers of 64 bits are exact. */
export interface Status {
	readonly mode: number;
	readonly nlink: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	readonly inode: bigint;
	readonly device: bigint;
	readonly rdev: bigint;
	readonly atime: bigint;
	readonly mtime: bigint;
	readonly ctime: bigint;
}

const room = new DataView(new ArrayBuffer(STATX_SIZE));
const roomBytes = new Uint8Array(room.buffer);
const EMPTY = c("");

function makedev(major: number, minor: number): bigint {
	const [a, b] = [BigInt(major), BigInt(minor)];
	return (
		((a & 0xfffff000n) << 32n) | ((a & 0xfffn) << 8n) | ((b & 0xffffff00n) << 12n) | (b & 0xffn)
	);
}

function timeAt(offset: number): bigint {
	return room.getBigInt64(offset, true) * 1_000_000_000n + BigInt(room.getUint32(offset + 8, true));
}

function decode(): Status {
	return {
		mode: room.getUint16(28, true),
		nlink: room.getUint32(16, true),
		uid: room.getUint32(20, true),
		gid: room.getUint32(24, true),
		size: Number(room.getBigUint64(40, true)),
		inode: room.getBigUint64(32, true),
		device: makedev(room.getUint32(136, true), room.getUint32(140, true)),
		rdev: makedev(room.getUint32(128, true), room.getUint32(132, true)),
		atime: timeAt(64),
		mtime: timeAt(112),
		ctime: timeAt(96),
	};
}

/** Returns the status of an open file. */
export function fstat(fd: number): Status {
	checked("stat", libc().statx(fd, EMPTY, AT_EMPTY_PATH, STATX_BASIC, roomBytes));
	return decode();
}

/** Returns the status of a name in a directory, or undefined if the name does not exist. */
export function statAt(directory: number, name: string): Status | undefined {
	const flags = AT_SYMLINK_NOFOLLOW;
	const result = libc().statx(directory, c(name), flags, STATX_BASIC, roomBytes);
	if (result === 0) return decode();
	const number = errno();
	if (number === ENOENT) return undefined;
	throw new SystemError("stat", number);
}

/** Reads up to `most` bytes of a file, from the position of the descriptor. */
export function readAll(fd: number, most: number): Uint8Array {
	const bytes = new Uint8Array(most);
	let done = 0;
	while (done < most) {
		const rest = bytes.subarray(done);
		const n = Number(libc().read(fd, rest, rest.length));
		if (n === 0) break;
		if (n < 0 && errno() !== EINTR) throw new SystemError("read", errno());
		done += Math.max(n, 0);
	}
	return bytes.subarray(0, done);
}

/** Writes all bytes. */
export function writeAll(fd: number, bytes: Uint8Array): void {
	beforeChange?.("write");
	for (let done = 0; done < bytes.length; ) {
		const rest = bytes.subarray(done);
		const n = Number(libc().write(fd, rest, rest.length));
		if (n < 0 && errno() !== EINTR) throw new SystemError("write", errno());
		done += Math.max(n, 0);
	}
}

/** Copies the contents of a file. Holes stay holes; the blocks are shared if possible. */
export function copyData(from: number, to: number, size: number): void {
	const { ioctl, lseek, copy_file_range, ftruncate } = libc();
	beforeChange?.("copy");
	if (size === 0) return;
	if (size <= SMALL) {
		copySmall(from, to);
		return;
	}
	if (ioctl(to, FICLONE, from) === 0) return;
	for (let at = 0; at < size; ) {
		const start = Number(lseek(from, at, SEEK_DATA));
		if (start < 0) {
			if (errno() === ENXIO) break; // the rest is a hole
			throw new SystemError("seek", errno());
		}
		const end = checked("seek", Number(lseek(from, start, SEEK_HOLE)));
		lseek(from, start, SEEK_SET);
		lseek(to, start, SEEK_SET);
		for (at = start; at < end; ) {
			const n = Number(copy_file_range(from, null, to, null, end - at, 0));
			if (n <= 0) {
				copySlowly(from, to, at, end);
				break;
			}
			at += n;
		}
		at = end;
	}
	checked("truncate", ftruncate(to, size));
}

/** A file up to this size is copied by two system calls. */
const SMALL = 65536;
const small = new Uint8Array(SMALL);

function copySmall(from: number, to: number): void {
	const n = checked("read", Number(libc().read(from, small, SMALL)));
	if (checked("write", Number(libc().write(to, small, n))) < n)
		throw new SystemError("write", ENOSPC);
}

/**
 * Copies bytes through this process, where the kernel cannot copy (between two kinds of file
 * systems).
 */
function copySlowly(from: number, to: number, start: number, end: number): void {
	const { lseek } = libc();
	lseek(from, start, SEEK_SET);
	lseek(to, start, SEEK_SET);
	for (let at = start; at < end; ) {
		const bytes = readAll(from, Math.min(end - at, 1 << 20));
		if (bytes.length === 0) throw new SystemError("read", 5);
		writeAll(to, bytes);
		at += bytes.length;
	}
}

const entries = new Uint8Array(65536);

/** Returns the names in an open directory, sorted by their bytes. */
export function listNames(fd: number): string[] {
	const names: Buffer[] = [];
	const view = new DataView(entries.buffer);
	libc().lseek(fd, 0, SEEK_SET);
	for (;;) {
		const size = checked("readdir", Number(libc().getdents64(fd, entries, entries.length)));
		if (size === 0) break;
		for (let at = 0; at < size; at += view.getUint16(at + 16, true)) {
			const end = entries.indexOf(0, at + 19);
			names.push(Buffer.from(entries.slice(at + 19, end)));
		}
	}
	const sorted = names.sort(Buffer.compare).map(fromBytes);
	return sorted.filter((name) => name !== "." && name !== "..");
}

export function truncate(fd: number, size: number): void {
	checked("truncate", libc().ftruncate(fd, size));
}

export function makeDirectory(directory: number, name: string, mode: number): void {
	beforeChange?.("mkdir");
	checked("mkdir", libc().mkdirat(directory, c(name), mode));
}

/** Makes a device node, a FIFO or a socket. */
export function makeNode(directory: number, name: string, mode: number, rdev: bigint): void {
	beforeChange?.("mknod");
	checked("mknod", libc().mknodat(directory, c(name), mode, Number(rdev)));
}

export function makeLink(target: Uint8Array, directory: number, name: string): void {
	beforeChange?.("symlink");
	const text = new Uint8Array(target.length + 1);
	text.set(target);
	checked("symlink", libc().symlinkat(text, directory, c(name)));
}

/** Gives an open file, which may be open with O_PATH, another name. */
export function hardLink(fd: number, directory: number, name: string): void {
	beforeChange?.("link");
	const from = ofFd(fd);
	checked("link", libc().linkat(AT_FDCWD, from, directory, c(name), AT_SYMLINK_FOLLOW));
}

export function unlink(directory: number, name: string, isDirectory = false): void {
	beforeChange?.("unlink");
	const flags = isDirectory ? AT_REMOVEDIR : 0;
	checked("unlink", libc().unlinkat(directory, c(name), flags));
}

export function rename(directory: number, from: string, to: string): void {
	beforeChange?.("rename");
	checked("rename", libc().renameat2(directory, c(from), directory, c(to), 0));
}

/** Exchanges two names of a directory. */
export function exchange(directory: number, one: string, other: string): void {
	beforeChange?.("exchange");
	checked("rename", libc().renameat2(directory, c(one), directory, c(other), RENAME_EXCHANGE));
}

/** Returns the bytes of a symbolic link. */
export function readLink(directory: number, name: string): Uint8Array {
	const bytes = new Uint8Array(4096);
	const n = Number(libc().readlinkat(directory, c(name), bytes, bytes.length));
	return bytes.slice(0, checked("readlink", n));
}

/** Sets the owner of an open file, which may be open with O_PATH. */
export function chown(fd: number, uid: number, gid: number): void {
	beforeChange?.("chown");
	checked("chown", libc().fchownat(fd, EMPTY, uid, gid, AT_EMPTY_PATH));
}

/** Sets the permission bits of an open file, which may be open with O_PATH. */
export function chmodPath(fd: number, mode: number): void {
	beforeChange?.("chmod");
	if (libc().fchmod(fd, mode & 0o7777) < 0) checked("chmod", libc().chmod(ofFd(fd), mode & 0o7777));
}

/** Makes another descriptor for an open file. */
export function duplicate(fd: number): number {
	return checked("dup", libc().fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/** Sets the times of an open file, which may be open with O_PATH. */
export function setTimes(fd: number, atime: bigint, mtime: bigint): void {
	beforeChange?.("utimens");
	const times = new BigInt64Array(4);
	const second = 1_000_000_000n;
	for (const [i, time] of [atime, mtime].entries()) {
		const nsec = ((time % second) + second) % second;
		times[2 * i] = (time - nsec) / second;
		times[2 * i + 1] = nsec;
	}
	checked("utimens", libc().utimensat(fd, EMPTY, times, AT_EMPTY_PATH));
}

export function fsync(fd: number): void {
	beforeChange?.("fsync");
	checked("fsync", libc().fsync(fd));
}

/** Writes all data of the file system to the disk. */
export function syncfs(fd: number): void {
	checked("syncfs", libc().syncfs(fd));
}

/** Locks an open file (flock(2)). Returns false if another process holds the lock. */
export function lock(fd: number): boolean {
	return libc().flock(fd, LOCK_EX_NB) === 0;
}

/** Sets the file mode creation mask. Returns the previous mask. */
export function umask(mask: number): number {
	return libc().umask(mask);
}

export function effectiveUid(): number {
	return libc().geteuid();
}

const ofFd = (fd: number): Uint8Array => c(`/proc/self/fd/${fd}`);

const attributes = new Uint8Array(65536);

/** Returns the extended attributes of an open file, which may be open with O_PATH. */
export function readAttributes(fd: number): Map<string, Uint8Array> {
	const all = new Map<string, Uint8Array>();
	let size = Number(libc().flistxattr(fd, attributes, attributes.length));
	if (size === 0) return all;
	const path = ofFd(fd);
	if (size < 0) size = Number(libc().listxattr(path, attributes, attributes.length));
	if (size === 0 || (size < 0 && [EOPNOTSUPP, ERANGE].includes(errno()))) return all;
	checked("listxattr", size);
	const names = Buffer.from(attributes.subarray(0, size)).toString("latin1").split("\0");
	for (const name of names.slice(0, -1)) {
		const key = Buffer.from(`${name}\0`, "latin1");
		const n = Number(libc().getxattr(path, key, attributes, attributes.length));
		if (n >= 0) all.set(name, attributes.slice(0, n));
		else if (errno() !== ENODATA) throw new SystemError("getxattr", errno());
	}
	return all;
}

export function setAttribute(fd: number, name: string, value: Uint8Array): void {
	beforeChange?.("setxattr");
	const key = Buffer.from(`${name}\0`, "latin1");
	const bytes = value.length > 0 ? value : EMPTY;
	checked("setxattr", libc().setxattr(ofFd(fd), key, bytes, value.length, 0));
}

export function removeAttribute(fd: number, name: string): void {
	beforeChange?.("removexattr");
	checked("removexattr", libc().removexattr(ofFd(fd), Buffer.from(`${name}\0`, "latin1")));
}
