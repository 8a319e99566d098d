// SPDX-License-Identifier: BSD-2-Clause
// The only importer of bun:ffi.
import type { Pointer } from "bun:ffi";

export type { Library, Pointer } from "bun:ffi";
export { dlopen, read } from "bun:ffi";

/** Makes a variable that a C function stores a pointer in. */
export function pointerVariable(): BigUint64Array {
	return new BigUint64Array(1);
}

/** Returns the pointer that a C function has returned, null for NULL. */
export function toPointer(value: Pointer | bigint | null): Pointer | null {
	return value === null ? null : (Number(value) as Pointer);
}

/** Returns the pointer that a C function has stored. */
export function storedPointer(variable: BigUint64Array): Pointer {
	return Number(variable[0]) as Pointer;
}
