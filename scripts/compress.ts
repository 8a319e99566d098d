// SPDX-License-Identifier: BSD-2-Clause
// Compresses a file to a block of LZ4, which core-c/src/base/lz4.c decompresses:
//	scripts/bun scripts/compress.ts FILE RESULT
// lz4(1) writes a frame: a header, the size of the block, the block, and an end mark. Only the
// block is kept.
import { writeFileSync } from "node:fs";

/** The size of a header that has no size of the contents. */
const HEADER = 7;
const MAGIC = 0x184d2204;
/** The bits of the header's flags for independent blocks without checksums, version 1. */
const FLAGS = 0x60;
/** The bit of a block's size that says that the block is not compressed. */
const AS_IT_IS = 0x80000000;

/** Returns the block of a frame that has one compressed block. */
export function blockOf(frame: Buffer): Buffer {
	const start = HEADER + 4;
	const size = frame.length >= start + 4 ? frame.readUInt32LE(HEADER) : 0;
	if (
		frame.length !== start + size + 4 ||
		frame.readUInt32LE(0) !== MAGIC ||
		frame[4] !== FLAGS ||
		size >= AS_IT_IS ||
		frame.readUInt32LE(start + size) !== 0
	)
		throw new Error("lz4 has not made a frame with one compressed block");
	return frame.subarray(start, start + size);
}

if (import.meta.main) {
	const [path = "", result = ""] = process.argv.slice(2);
	const command = ["lz4", "-12", "-B7", "--no-frame-crc", "--no-content-size", "-c", path];
	const { stdout, stderr, exitCode } = Bun.spawnSync(command);
	if (exitCode !== 0) throw new Error(`lz4: ${stderr}`);
	writeFileSync(result, blockOf(stdout));
}
