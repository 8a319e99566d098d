// SPDX-License-Identifier: BSD-2-Clause
// Reads and writes the headers of 64-bit little-endian ELF files (elf(5)).

/** Types of program headers. */
export const PT = {
	NULL: 0,
	LOAD: 1,
	DYNAMIC: 2,
	INTERP: 3,
	NOTE: 4,
	PHDR: 6,
	TLS: 7,
	GNU_STACK: 0x6474e551,
} as const;

/** Flags of program headers. */
export const PF = { X: 1, W: 2, R: 4 } as const;

/** Types of section headers. */
export const SHT = { PROGBITS: 1, NOBITS: 8 } as const;

/** Flags of section headers. */
export const SHF = { WRITE: 1, ALLOC: 2, EXEC: 4 } as const;

export const ET_EXEC = 2;
export const SEGMENT_SIZE = 56;
export const SECTION_SIZE = 64;
const HEADER_SIZE = 64;
const CLASS_64_LITTLE = "7f454c460201";

export interface Segment {
	readonly type: number;
	readonly flags: number;
	readonly offset: number;
	readonly address: number;
	readonly fileSize: number;
	readonly memorySize: number;
	readonly align: number;
}

export interface Section {
	/** The offset of the section's name in the table of names. */
	readonly name: number;
	readonly type: number;
	readonly flags: number;
	readonly address: number;
	readonly offset: number;
	readonly size: number;
	readonly link: number;
	readonly info: number;
	readonly align: number;
	readonly entrySize: number;
}

/** The header of a file, with the program headers and the sections. */
export interface Elf {
	readonly type: number;
	readonly machine: number;
	readonly entry: number;
	readonly segmentsAt: number;
	readonly sectionsAt: number;
	readonly segments: readonly Segment[];
	readonly sections: readonly Section[];
	/** The number of the section with the names of sections. */
	readonly namesIndex: number;
}

/** Reads a number of 64 bits. The result has only 53 bits, which are enough for real files. */
function word(image: Buffer, at: number): number {
	const value = Number(image.readBigUInt64LE(at));
	if (!Number.isSafeInteger(value)) throw new Error(`the number at ${at} is too large`);
	return value;
}

function readSegment(image: Buffer, at: number): Segment {
	return {
		type: image.readUInt32LE(at),
		flags: image.readUInt32LE(at + 4),
		offset: word(image, at + 8),
		address: word(image, at + 16),
		fileSize: word(image, at + 32),
		memorySize: word(image, at + 40),
		align: word(image, at + 48),
	};
}

function readSection(image: Buffer, at: number): Section {
	return {
		name: image.readUInt32LE(at),
		type: image.readUInt32LE(at + 4),
		flags: word(image, at + 8),
		address: word(image, at + 16),
		offset: word(image, at + 24),
		size: word(image, at + 32),
		link: image.readUInt32LE(at + 40),
		info: image.readUInt32LE(at + 44),
		align: word(image, at + 48),
		entrySize: word(image, at + 56),
	};
}

type Reader<T> = (image: Buffer, at: number) => T;

function table<T>(image: Buffer, at: number, count: number, size: number, read: Reader<T>): T[] {
	return Array.from({ length: count }, (_, i) => read(image, at + i * size));
}

/** Reads the headers of a file. Throws an error for any other kind of file. */
export function readElf(image: Buffer): Elf {
	if (image.length < HEADER_SIZE || image.toString("hex", 0, 6) !== CLASS_64_LITTLE)
		throw new Error("is no ELF file of 64 bits with the lowest byte first");
	const [segmentSize, segmentCount] = [image.readUInt16LE(54), image.readUInt16LE(56)];
	const [sectionSize, sectionCount] = [image.readUInt16LE(58), image.readUInt16LE(60)];
	if (segmentSize !== SEGMENT_SIZE || (sectionCount > 0 && sectionSize !== SECTION_SIZE))
		throw new Error(`has headers of ${segmentSize} and ${sectionSize} bytes`);
	const [segmentsAt, sectionsAt] = [word(image, 32), word(image, 40)];
	return {
		type: image.readUInt16LE(16),
		machine: image.readUInt16LE(18),
		entry: word(image, 24),
		segmentsAt,
		sectionsAt,
		segments: table(image, segmentsAt, segmentCount, SEGMENT_SIZE, readSegment),
		sections: table(image, sectionsAt, sectionCount, SECTION_SIZE, readSection),
		namesIndex: image.readUInt16LE(62),
	};
}

/** Returns the bytes of program headers. */
export function segmentBytes(segments: readonly Segment[]): Buffer {
	const bytes = Buffer.alloc(segments.length * SEGMENT_SIZE);
	for (const [i, one] of segments.entries()) {
		const at = i * SEGMENT_SIZE;
		bytes.writeUInt32LE(one.type, at);
		bytes.writeUInt32LE(one.flags, at + 4);
		const { offset, address, fileSize, memorySize, align } = one;
		for (const [j, value] of [offset, address, address, fileSize, memorySize, align].entries())
			bytes.writeBigUInt64LE(BigInt(value), at + 8 + j * 8);
	}
	return bytes;
}

/** Returns the bytes of section headers. */
export function sectionBytes(sections: readonly Section[]): Buffer {
	const bytes = Buffer.alloc(sections.length * SECTION_SIZE);
	for (const [i, one] of sections.entries()) {
		const at = i * SECTION_SIZE;
		bytes.writeUInt32LE(one.name, at);
		bytes.writeUInt32LE(one.type, at + 4);
		for (const [j, value] of [one.flags, one.address, one.offset, one.size].entries())
			bytes.writeBigUInt64LE(BigInt(value), at + 8 + j * 8);
		bytes.writeUInt32LE(one.link, at + 40);
		bytes.writeUInt32LE(one.info, at + 44);
		bytes.writeBigUInt64LE(BigInt(one.align), at + 48);
		bytes.writeBigUInt64LE(BigInt(one.entrySize), at + 56);
	}
	return bytes;
}
