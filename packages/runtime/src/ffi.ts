// SPDX-License-Identifier: BSD-2-Clause
// The only user of Bun's FFI.
import type * as Ffi from "bun:ffi";

export type { Library, Pointer } from "bun:ffi";

/**
 * What bun:ffi hands on. That module is compiled anew in every program that imports it, which takes
 * a tenth of a start (0.3 ms): it is where a release of Bun does not have this object any more.
 */
const ffi: typeof Ffi = (Bun as { FFI?: typeof Ffi }).FFI ?? require("bun:ffi");

/** Reads memory at an address. */
export const read: typeof Ffi.read = ffi.read;

/** Functions of a library by their names. */
export type Symbols = Readonly<Record<string, Ffi.FFIFunction>>;

/** Loads a shared library. Throws where it, or one of the functions, is not to be had. */
export function dlopen<const S extends Symbols>(path: string, symbols: S): Ffi.Library<S> {
	const library: Ffi.Library<S> | Error = ffi.dlopen(path, symbols);
	if (library instanceof Error) throw library;
	return library;
}

/** Makes a variable that a C function stores a pointer in. */
export function pointerVariable(): BigUint64Array {
	return new BigUint64Array(1);
}

/** Returns the pointer that a C function has returned, null for NULL. */
export function toPointer(value: Ffi.Pointer | bigint | null): Ffi.Pointer | null {
	return value === null ? null : (Number(value) as Ffi.Pointer);
}

/** Returns the pointer that a C function has stored. */
export function storedPointer(variable: BigUint64Array): Ffi.Pointer {
	return Number(variable[0]) as Ffi.Pointer;
}
