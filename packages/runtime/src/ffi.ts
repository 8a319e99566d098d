// SPDX-License-Identifier: BSD-2-Clause
// The only module that uses Bun's FFI.
import type * as Ffi from "bun:ffi";

export type { Library, Pointer } from "bun:ffi";

/**
 * The object behind the module bun:ffi. An import compiles the module anew in every program. This
 * takes 0.3 ms, 10 % of the time of a start. The import is the fallback for a release of Bun
 * without the object.
 */
const ffi: typeof Ffi = (Bun as { FFI?: typeof Ffi }).FFI ?? require("bun:ffi");

/** Reads memory at an address. */
export const read: typeof Ffi.read = ffi.read;

/** Functions of a library by their names. */
export type Symbols = Readonly<Record<string, Ffi.FFIFunction>>;

/**
 * The dynamic linker. Bun is linked with this library, so the library is always loaded, even on a
 * musl system.
 */
const LINKER = "libdl.so.2";
const RTLD_NOW = 2;
const RTLD_NOLOAD = 4;
const LINKER_FUNCTIONS = { dlopen: { args: ["cstring", "i32"], returns: "ptr" } } as const;

/**
 * Loads a shared library. Throws if the library or one of the functions cannot be loaded. Use
 * dlopenByName() for a library that has no path and may be missing.
 */
export function dlopen<const S extends Symbols>(path: string, symbols: S): Ffi.Library<S> {
	const library: Ffi.Library<S> | Error = ffi.dlopen(path, symbols);
	if (library instanceof Error) throw library;
	return library;
}

/**
 * Loads a shared library of the system by its name, for example libm.so.6. If the system does not
 * have a library, Bun loads a file of this name in the current directory. So the dynamic linker
 * loads the library first, because the dynamic linker never searches the current directory.
 */
export function dlopenByName<const S extends Symbols>(name: string, symbols: S): Ffi.Library<S> {
	const linker = dlopen(LINKER, LINKER_FUNCTIONS).symbols;
	if (linker.dlopen(name, RTLD_NOW) === null) throw new Error(`${name}: cannot be loaded`);
	return dlopen(name, symbols);
}

/**
 * Tells whether this process has loaded a library with this name (DT_SONAME). dlopen() then returns
 * this library for the name, and reads no file.
 */
export function isLoaded(name: string): boolean {
	const linker = dlopen(LINKER, LINKER_FUNCTIONS).symbols;
	return linker.dlopen(name, RTLD_NOW | RTLD_NOLOAD) !== null;
}

/** Returns the text that a pointer in memory points to. `address` is the address of the pointer. */
export function textBehind(address: Ffi.Pointer): string {
	return `${new ffi.CString(read.ptr(address, 0) as Ffi.Pointer)}`;
}

/** Returns the address of memory, which must live as long as the address is used. */
export const addressOf: typeof Ffi.ptr = ffi.ptr;

/** Returns a copy of the bytes at an address. */
export function bytesAt(address: Ffi.Pointer, size: number): Uint8Array {
	return new Uint8Array(ffi.toArrayBuffer(address, 0, size)).slice();
}

/**
 * Returns the text at an address, which ends with a NUL. `bytes` returns its bytes, because a byte
 * that is not UTF-8 becomes U+FFFD.
 */
export function textAt(address: Ffi.Pointer): { text: string; bytes(): Uint8Array } {
	const bytes = (): Uint8Array => {
		let size = 0;
		while (read.u8(address, size) !== 0) size++;
		return bytesAt(address, size);
	};
	return { text: `${new ffi.CString(address)}`, bytes };
}

/** Makes a variable that a C function stores a pointer in. */
export function pointerVariable(): BigUint64Array {
	return new BigUint64Array(1);
}

/**
 * Returns numbers in memory that C code has allocated. C code also frees this memory.
 */
export function numbersAt(address: Ffi.Pointer, count: number): BigInt64Array {
	const bytes = count * BigInt64Array.BYTES_PER_ELEMENT;
	return new BigInt64Array(ffi.toArrayBuffer(address, 0, bytes));
}

/** Converts a pointer that a C function returned; NULL becomes null. */
export function toPointer(value: Ffi.Pointer | bigint | null): Ffi.Pointer | null {
	return value === null ? null : (Number(value) as Ffi.Pointer);
}

/** Returns the pointer that a C function stored in a variable. */
export function storedPointer(variable: BigUint64Array): Ffi.Pointer {
	return Number(variable[0]) as Ffi.Pointer;
}

/**
 * The program of a worker that calls one function of a library for each message. The program is a
 * text, because other people's programs are compiled and bundled without a file for a worker.
 */
export const CALLER = `
	const { dlopen } = Bun.FFI ?? require("bun:ffi");
	self.onmessage = ({ data: { path, name, symbol, values } }) => {
		const result = dlopen(path, { [name]: symbol }).symbols[name](...values);
		postMessage({ result: Number(result), values });
	};`;
