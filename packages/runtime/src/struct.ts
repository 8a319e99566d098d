// SPDX-License-Identifier: BSD-2-Clause
// Reads and writes the structures of pflask.h by the offsets in abi.gen.ts. All sizes and offsets
// are multiples of 32 bits. Bun is little-endian everywhere.
import { toCString } from "./bytes.ts";

/** The memory of one structure. */
export type Struct = Int32Array;

/** Makes a structure, or several structures in a row, filled with zeros. */
export function makeStruct({ size }: { readonly size: number }, count = 1): Struct {
	return new Int32Array((size / 4) * count);
}

/** Returns a copy of one of several structures in a row. */
export function structAt(structs: Struct, { size }: { readonly size: number }, at: number): Struct {
	return structs.slice((size / 4) * at, (size / 4) * (at + 1));
}

/** Reads a signed 32-bit number. */
export function readInt32(struct: Struct, offset: number): number {
	return struct[offset / 4] ?? 0;
}

/** Reads an unsigned 32-bit number. */
export function readUint32(struct: Struct, offset: number): number {
	return readInt32(struct, offset) >>> 0;
}

/** Reads an unsigned 64-bit number; exact up to 2 ** 53. */
export function readUint64(struct: Struct, offset: number): number {
	return readUint32(struct, offset + 4) * 2 ** 32 + readUint32(struct, offset);
}

/** Reads a NUL-terminated string; a byte that is not UTF-8 becomes U+FFFD. */
export function readString(struct: Struct, offset: number): string {
	if ((readInt32(struct, offset) & 0xff) === 0) return ""; // most strings are empty
	return new TextDecoder().decode(bytesAt(struct, offset));
}

/** Writes a signed 32-bit number. */
export function writeInt32(struct: Struct, offset: number, value: number): void {
	struct[offset / 4] = value;
}

/** Writes a NUL-terminated string to a member of `room` bytes, cut if it is too long. */
export function writeString(struct: Struct, offset: number, room: number, text: string): void {
	const bytes = new Uint8Array(struct.buffer, struct.byteOffset);
	bytes.set(toCString(text).subarray(0, room - 1), offset);
}

/** Reads NUL-terminated bytes, without the NUL. */
export function bytesAt(struct: Struct, offset: number): Uint8Array {
	const bytes = new Uint8Array(struct.buffer, struct.byteOffset);
	return bytes.subarray(offset, bytes.indexOf(0, offset));
}
