// SPDX-License-Identifier: BSD-2-Clause
// Removes the section headers of a program, and the names of the sections:
//	scripts/bun scripts/drop-sections.ts PROGRAM
// Linkers and debuggers read sections. The kernel does not. This script is necessary because
// strip(1) of binutils before 2.41 keeps the sections.
import { readFileSync, writeFileSync } from "node:fs";
import { PT, readElf } from "./elf.ts";

/** Returns the part of a program that the kernel maps. */
export function dropSections(image: Buffer): Buffer {
	const loaded = readElf(image).segments.filter(({ type }) => type === PT.LOAD);
	const end = Math.max(...loaded.map(({ offset, fileSize }) => offset + fileSize));
	const kept = Buffer.from(image.subarray(0, end));
	kept.writeBigUInt64LE(0n, 40); // the offset of the section headers
	kept.writeUInt32LE(0, 60); // their number, and the number of the section with the names
	return kept;
}

if (import.meta.main) {
	const [path = ""] = process.argv.slice(2);
	writeFileSync(path, dropSections(readFileSync(path)));
}
