// SPDX-License-Identifier: BSD-2-Clause
// System calls on files, each relative to an open directory. Node's own functions take only paths,
// and a path can lead elsewhere as soon as another process replaces a part of the path. A failed
// call throws a SystemError.
import { fromBytes, toCString } from "./bytes.ts";
import { errorText } from "./error.ts";
import { dlopen, type Library, type Pointer, read } from "./ffi.ts";
import { EAGAIN, EINTR, ENOENT } from "./numbers.gen.ts";

export { EISDIR, EPERM } from "./numbers.gen.ts";

const ARM = process.arch === "arm64";
export const O_RDONLY = 0;
export const O_DIRECTORY: number = ARM ? 0o40000 : 0o200000;
export const O_NOFOLLOW: number = ARM ? 0o100000 : 0o400000;
export const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;

const RESOLVE_NO_XDEV = 1;
const RESOLVE_NO_SYMLINKS = 4;
const RESOLVE_BENEATH = 8;

const SEEK_SET = 0;
const SYS_openat2 = 437;

const NAMES = {
	syscall: { args: ["i64", "i32", "buffer", "buffer", "u64"], returns: "i32" },
	close: { args: ["i32"], returns: "i32" },
	faccessat: { args: ["i32", "buffer", "i32", "i32"], returns: "i32" },
	lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
	unlinkat: { args: ["i32", "buffer", "i32"], returns: "i32" },
	chmod: { args: ["buffer", "u32"], returns: "i32" },
	getdents64: { args: ["i32", "buffer", "u64"], returns: "i64" },
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

function errno(): number {
	return read.i32(libc().__errno_location() as Pointer, 0);
}

function checked(call: string, result: number): number {
	if (result < 0) throw new SystemError(call, errno());
	return result;
}

const how = new BigUint64Array(3);
const OPEN_TRIES = 100;

function openResolved(directory: number, path: string, flags: number, resolve: number): number {
	how[0] = BigInt(flags | O_CLOEXEC);
	how[2] = BigInt(resolve);
	for (let tries = 0; ; tries++) {
		const fd = libc().syscall(SYS_openat2, directory, toCString(path), how, 24);
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

export function close(fd: number): void {
	libc().close(fd);
}

/** Tells whether a directory has a name. */
export function exists(directory: number, name: string): boolean {
	if (libc().faccessat(directory, toCString(name), 0, AT_SYMLINK_NOFOLLOW) === 0) return true;
	const number = errno();
	if (number === ENOENT) return false;
	throw new SystemError("access", number);
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

export function unlink(directory: number, name: string, isDirectory = false): void {
	const flags = isDirectory ? AT_REMOVEDIR : 0;
	checked("unlink", libc().unlinkat(directory, toCString(name), flags));
}

/** Sets the permission bits of an open file, which may be open with O_PATH. */
export function chmodPath(fd: number, mode: number): void {
	checked("chmod", libc().chmod(toCString(`/proc/self/fd/${fd}`), mode & 0o7777));
}
