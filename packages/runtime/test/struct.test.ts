// SPDX-License-Identifier: BSD-2-Clause
// The runtime reads numbers and strings in the form in which C programs write them.
import t from "tap";
import {
	makeStruct,
	readInt32,
	readString,
	readUint32,
	readUint64,
	type Struct,
	structAt,
} from "../src/struct.ts";

function structOf(bytes: Buffer): Struct {
	const struct = makeStruct({ size: bytes.length });
	new Uint8Array(struct.buffer).set(bytes);
	return struct;
}

t.test("numbers", async (t) => {
	const bytes = Buffer.alloc(16);
	bytes.writeInt32LE(-2, 0);
	bytes.writeBigUInt64LE(2n ** 53n - 1n, 4);
	const struct = structOf(bytes);
	t.equal(readInt32(struct, 0), -2);
	t.equal(readUint32(struct, 0), 2 ** 32 - 2);
	t.equal(readUint64(struct, 4), 2 ** 53 - 1);
	t.equal(readUint64(struct, 8), 2 ** 21 - 1);
});

t.test("strings end at their NUL", async (t) => {
	const struct = structOf(Buffer.from("abcd\0\0\0\0\u00e9\0x"));
	t.equal(readString(struct, 0), "abcd");
	t.equal(readString(struct, 4), "");
	t.equal(readString(struct, 8), "\u00e9");
});

t.test("one structure of an array", async (t) => {
	const structs = makeStruct({ size: 8 }, 3);
	t.equal(structs.byteLength, 24);
	structs.set([0, 0, 7, 0x6261]);
	const second = structAt(structs, { size: 8 }, 1);
	t.equal(second.byteLength, 8);
	t.equal(readInt32(second, 0), 7);
	t.equal(readString(second, 4), "ab");
});
