// SPDX-License-Identifier: BSD-2-Clause
// Structures of pflask.h, by the offsets in abi.gen.ts: all of their members, and their sizes, are
// multiples of 32 bits. Bun is little-endian everywhere.

/** The memory of one. */
export type Struct = Int32Array;

/** Makes one, or several that follow each other, of zeros. */
export function makeStruct({ size }: { readonly size: number }, count = 1): Struct {
	return new Int32Array((size / 4) * count);
}

/** Returns one of several that follow each other. */
export function structAt(structs: Struct, { size }: { readonly size: number }, at: number): Struct {
	return structs.slice((size / 4) * at, (size / 4) * (at + 1));
}

/** Reads the signed number of 32 bits at an offset. */
export function readInt32(struct: Struct, offset: number): number {
	return struct[offset / 4] ?? 0;
}

/** Reads the unsigned number of 32 bits at an offset. */
export function readUint32(struct: Struct, offset: number): number {
	return readInt32(struct, offset) >>> 0;
}

/** Reads the unsigned number of 64 bits at an offset; it is exact up to 2 ** 53. */
export function readUint64(struct: Struct, offset: number): number {
	return readUint32(struct, offset + 4) * 2 ** 32 + readUint32(struct, offset);
}

/** Reads the NUL-terminated string at an offset; a byte that is not UTF-8 becomes U+FFFD. */
export function readString(struct: Struct, offset: number): string {
	if ((readInt32(struct, offset) & 0xff) === 0) return ""; // as nearly all are, without a decoder
	return new TextDecoder().decode(bytesAt(struct, offset));
}

/** Reads the NUL-terminated bytes at an offset. */
export function bytesAt(struct: Struct, offset: number): Uint8Array {
	const bytes = new Uint8Array(struct.buffer, struct.byteOffset);
	return bytes.subarray(offset, bytes.indexOf(0, offset));
}
