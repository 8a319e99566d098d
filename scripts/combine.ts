// SPDX-License-Identifier: BSD-2-Clause
// Puts the front (core-c/front) into an executable of Bun:
//	scripts/bun scripts/combine.ts EXECUTABLE FRONT RESULT
//
// The result contains all of Bun; only the headers of Bun's file change. The two segments of the
// front follow Bun. They take the places of the program headers PT_INTERP and PT_NOTE. Without
// PT_INTERP the kernel starts the front, and no dynamic loader. The front can replace PT_NOTE,
// because only tools read PT_NOTE, and tools also find the notes by their sections. The record in
// the front has the numbers that the front needs to enter Bun. This script refuses every file with
// an unknown layout, so that a developer checks a new release of Bun first.
import {
	chmodSync,
	closeSync,
	copyFileSync,
	ftruncateSync,
	openSync,
	readFileSync,
	renameSync,
	writeSync,
} from "node:fs";
import {
	type Elf,
	ET_EXEC,
	PF,
	PT,
	readElf,
	SECTION_SIZE,
	SEGMENT_SIZE,
	type Section,
	type Segment,
	SHF,
	SHT,
	sectionBytes,
	segmentBytes,
} from "./elf.ts";

/** The layout of struct pf_record in core-c/front/record.h. */
const RECORD = {
	magic: "pflask's record\0",
	sizeAt: 16,
	entryAt: 24,
	headersAt: 32,
	countAt: 40,
	interpreterAt: 48,
	interpreterSize: 80,
	originalAt: 128,
	headers: 16,
} as const;
const CHANGED_AT = RECORD.originalAt + RECORD.headers * SEGMENT_SIZE;
const RECORD_SIZE = CHANGED_AT + RECORD.headers * SEGMENT_SIZE;

function must(holds: boolean, what: string): asserts holds {
	if (!holds) throw new Error(`${what}: look at the layout before you change scripts/combine.ts`);
}

function only<T>(found: readonly T[], what: string): T {
	const [one] = found;
	must(one !== undefined && found.length === 1, `${found.length} of ${what}, not 1`);
	return one;
}

function roundUp(value: number, align: number): number {
	return Math.ceil(value / align) * align;
}

function loads(elf: Elf): readonly Segment[] {
	return elf.segments.filter(({ type }) => type === PT.LOAD);
}

/** Returns the addresses of the start and the end of a segment, rounded out to whole pages. */
function range({ address, memorySize, align }: Segment): readonly [number, number] {
	return [address - (address % align), roundUp(address + memorySize, align)];
}

function checkCommon(elf: Elf, whose: string): void {
	must(elf.type === ET_EXEC, `${whose} is not linked to a fixed address`);
	const writable = loads(elf).filter(({ flags }) => flags & PF.W && flags & PF.X);
	must(writable.length === 0, `${whose} has a segment that is writable and executable`);
	const stack = elf.segments.find(({ type }) => type === PT.GNU_STACK);
	must(stack !== undefined && !(stack.flags & PF.X), `${whose} has an executable stack`);
}

function checkBun(elf: Elf, image: Buffer): void {
	checkCommon(elf, "Bun");
	const known: readonly number[] = Object.values(PT);
	const unknown = elf.segments.filter(({ type }) => !known.includes(type));
	must(unknown.length === 0, `Bun has a program header of type ${unknown[0]?.type}`);
	must(elf.segments.length <= RECORD.headers, "Bun has more program headers than the record");
	const table = only(
		elf.segments.filter(({ type }) => type === PT.PHDR),
		"PT_PHDR of Bun",
	);
	const size = elf.segments.length * SEGMENT_SIZE;
	must(table.offset === elf.segmentsAt && table.fileSize === size, "PT_PHDR is another table");
	const end = elf.sectionsAt + elf.sections.length * SECTION_SIZE;
	must(end === image.length, "Bun's section headers are not at the end of the file");
}

function checkFront(elf: Elf, bun: Elf): void {
	const dynamic = elf.segments.some(({ type }) => type === PT.INTERP || type === PT.DYNAMIC);
	must(!dynamic, "the front is not static");
	checkCommon(elf, "the front");
	must(elf.machine === bun.machine, "the front is for another processor than Bun");
	const flags = loads(elf).map(({ flags }) => flags);
	must(flags.join() === `${PF.R | PF.X},${PF.R | PF.W}`, "the front has other segments than two");
	for (const ours of loads(elf).map(range))
		for (const other of loads(bun).map(range))
			must(ours[1] <= other[0] || other[1] <= ours[0], "the front is where Bun is");
}

/**
 * Returns the program headers of Bun and the front. The front's file begins at the offset `base`.
 * The loaded segments are in the order of their addresses.
 */
function withFront(bun: Elf, front: Elf, base: number): readonly Segment[] {
	const align = Math.max(...loads(bun).map(({ align }) => align));
	const added = loads(front).map((one) => ({ ...one, offset: one.offset + base, align }));
	const loaded = [...loads(bun), ...added].sort((a, b) => a.address - b.address);
	const replaced: readonly number[] = [PT.LOAD, PT.INTERP, PT.NOTE];
	const others = bun.segments.filter(({ type }) => !replaced.includes(type));
	const first = others.filter(({ type }) => type === PT.PHDR);
	const all = [...first, ...loaded, ...others.filter((one) => !first.includes(one))];
	must(all.length === bun.segments.length, "Bun has no two program headers to replace");
	return all;
}

/** Fills in the record in the image of the front. */
function fillRecord(image: Buffer, bun: Elf, bunImage: Buffer, changed: readonly Segment[]): void {
	const at = image.indexOf(RECORD.magic);
	must(at >= 0 && image.indexOf(RECORD.magic, at + 1) < 0, "the record is not once in the front");
	const record = image.subarray(at, at + RECORD_SIZE);
	const size = Number(record.readBigUInt64LE(RECORD.sizeAt));
	must(size === RECORD_SIZE, `the record has ${size} bytes, not ${RECORD_SIZE}`);
	const holder = loads(readElf(image)).find(
		({ offset, fileSize }) => offset <= at && at + size <= offset + fileSize,
	);
	must(holder !== undefined, "the record is in no segment");
	const address = holder.address + at - holder.offset;
	const table = only(
		bun.segments.filter(({ type }) => type === PT.PHDR),
		"PT_PHDR of Bun",
	);
	const name = only(
		bun.segments.filter(({ type }) => type === PT.INTERP),
		"PT_INTERP of Bun",
	);
	must(name.fileSize < RECORD.interpreterSize, "the loader's path is too long for the record");
	const original = bun.segments.map((one) =>
		one === table ? { ...one, address: address + RECORD.originalAt } : one,
	);
	record.writeBigUInt64LE(BigInt(bun.entry), RECORD.entryAt);
	record.writeBigUInt64LE(BigInt(table.address), RECORD.headersAt);
	record.writeBigUInt64LE(BigInt(changed.length), RECORD.countAt);
	bunImage.copy(record, RECORD.interpreterAt, name.offset, name.offset + name.fileSize);
	segmentBytes(original).copy(record, RECORD.originalAt);
	segmentBytes(changed).copy(record, CHANGED_AT);
}

/**
 * Returns sections for the segments of the front, and the names of the sections. Without sections,
 * tools that rewrite the file would drop the front.
 */
function sectionsOf(front: Elf, base: number, namesSize: number): readonly [Section[], string] {
	const names = "\0.front\0.front.data\0.front.bss\0";
	const [code, data] = loads(front);
	must(code !== undefined && data !== undefined, "the front has other segments than two");
	const section = (name: string, type: number, flags: number, from: Segment): Section => ({
		name: namesSize + names.indexOf(`\0${name}\0`) + 1,
		type,
		flags: flags | SHF.ALLOC,
		address: from.address,
		offset: from.offset + base,
		size: from.fileSize,
		link: 0,
		info: 0,
		align: 16,
		entrySize: 0,
	});
	const zeros = {
		...section(".front.bss", SHT.NOBITS, SHF.WRITE, data),
		address: data.address + data.fileSize,
		offset: data.offset + base + data.fileSize,
		size: data.memorySize - data.fileSize,
	};
	const sections = [
		section(".front", SHT.PROGBITS, SHF.EXEC, code),
		section(".front.data", SHT.PROGBITS, SHF.WRITE, data),
		zeros,
	];
	return [sections, names];
}

/** Returns the end of the file: the names of all sections and the section headers. */
function sectionTable(bun: Elf, image: Buffer, front: Elf, base: number, at: number) {
	const names = bun.sections[bun.namesIndex];
	must(names !== undefined, "Bun has no names of sections");
	const [added, addedNames] = sectionsOf(front, base, names.size);
	const text = Buffer.concat([
		image.subarray(names.offset, names.offset + names.size),
		Buffer.from(addedNames),
	]);
	const sections = bun.sections.map((one, i) =>
		i === bun.namesIndex ? { ...one, offset: at, size: text.length } : one,
	);
	const padding = Buffer.alloc(roundUp(at + text.length, 8) - at - text.length);
	const all = [...sections, ...added];
	return { bytes: Buffer.concat([text, padding, sectionBytes(all)]), count: all.length };
}

/** Returns the executable with the front in it. */
export function combine(bunImage: Buffer, frontImage: Buffer): Buffer {
	const [bun, front] = [readElf(bunImage), readElf(frontImage)];
	checkBun(bun, bunImage);
	checkFront(front, bun);
	const aligns = [...loads(bun), ...loads(front)].map(({ align }) => align);
	const base = roundUp(bun.sectionsAt, Math.max(...aligns));
	const segments = withFront(bun, front, base);
	const filled = Buffer.from(frontImage);
	fillRecord(filled, bun, bunImage, segments);
	const end = Math.max(...loads(front).map(({ offset, fileSize }) => offset + fileSize));
	const table = sectionTable(bun, bunImage, front, base, base + end);
	const result = Buffer.alloc(base + end + table.bytes.length);
	bunImage.copy(result, 0, 0, bun.sectionsAt);
	filled.copy(result, base, 0, end);
	table.bytes.copy(result, base + end);
	segmentBytes(segments).copy(result, bun.segmentsAt);
	result.writeBigUInt64LE(BigInt(front.entry), 24);
	result.writeBigUInt64LE(BigInt(result.length - table.count * SECTION_SIZE), 40);
	result.writeUInt16LE(table.count, 60);
	return result;
}

/**
 * Writes the result. The kernel copies the unchanged parts, because an executable that a program
 * writes in pieces may start 20 % more slowly while the kernel has the file in memory. The result
 * is a new file, because the kernel refuses to write to a running program (ETXTBSY).
 */
function write(executable: string, image: Buffer, result: string): void {
	const { segmentsAt, segments, sectionsAt } = readElf(readFileSync(executable));
	const head = segmentsAt + segments.length * SEGMENT_SIZE;
	const part = `${result}.part`;
	copyFileSync(executable, part);
	chmodSync(part, 0o755);
	const file = openSync(part, "r+");
	try {
		writeSync(file, image, 0, head, 0);
		writeSync(file, image, sectionsAt, image.length - sectionsAt, sectionsAt);
		ftruncateSync(file, image.length);
	} finally {
		closeSync(file);
	}
	renameSync(part, result);
}

if (import.meta.main) {
	const [executable, front, result] = process.argv.slice(2);
	if (executable === undefined || front === undefined || result === undefined)
		throw new Error("usage: combine.ts EXECUTABLE FRONT RESULT");
	write(executable, combine(readFileSync(executable), readFileSync(front)), result);
}
