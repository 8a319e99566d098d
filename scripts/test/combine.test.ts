// SPDX-License-Identifier: BSD-2-Clause
// dist/pflask is a correct ELF file, and scripts/combine.ts refuses every unexpected file.
import { readFileSync } from "node:fs";
import t from "tap";
import { combine } from "../combine.ts";
import { ET_EXEC, PF, PT, readElf, SEGMENT_SIZE, type Segment } from "../elf.ts";

const root = `${import.meta.dir}/../..`;
const bun = readFileSync(`${root}/build/pflask`);
const front = readFileSync(`${root}/build/pflask-front`);
const before = readElf(bun);

function loads(segments: readonly Segment[]): Segment[] {
	return segments.filter(({ type }) => type === PT.LOAD);
}

t.test("the executable is an ELF file as it should be", async (t) => {
	const image = readFileSync(`${root}/dist/pflask`);
	const { type, entry, segments, sections } = readElf(image);
	t.equal(type, ET_EXEC);
	t.notOk(
		segments.some(({ type }) => type === PT.INTERP),
		"the kernel starts the front",
	);
	const loaded = loads(segments);
	t.equal(loaded.length, loads(before.segments).length + 2);
	for (const [i, one] of loaded.entries()) {
		const what = `the segment at ${one.address}`;
		t.ok((one.flags & (PF.W | PF.X)) !== (PF.W | PF.X), `${what} is not writable and executable`);
		t.equal(one.offset % one.align, one.address % one.align, `${what} is aligned`);
		t.ok(one.offset + one.fileSize <= image.length, `${what} is in the file`);
		const last = loaded[i - 1];
		t.ok(!last || last.address + last.memorySize <= one.address, `${what} follows the last`);
	}
	const code = loaded.find((one) => one.address <= entry && entry < one.address + one.fileSize);
	t.equal(code?.flags, PF.R | PF.X, "the entry is code");
	const stack = segments.filter(({ type }) => type === PT.GNU_STACK);
	t.same(
		stack.map(({ flags }) => flags),
		[PF.R | PF.W],
		"the stack is not executable",
	);
	const inFile = sections.filter(({ type, flags }) => type === 1 && flags & 2);
	const stray = inFile.filter(
		({ address, size }) =>
			!loaded.some((one) => one.address <= address && address + size <= one.address + one.fileSize),
	);
	t.same(stray, [], "each section that is loaded is in a segment");
});

t.test("Bun's part stays as it is", async (t) => {
	const image = readFileSync(`${root}/dist/pflask`);
	const from = before.segmentsAt + before.segments.length * SEGMENT_SIZE;
	t.ok(image.subarray(from, before.sectionsAt).equals(bun.subarray(from, before.sectionsAt)));
	const after = readElf(image).sections.slice(0, before.sections.length);
	const same = after.filter((_, i) => i !== before.namesIndex);
	t.same(
		same,
		before.sections.filter((_, i) => i !== before.namesIndex),
	);
});

/** Returns the error of combine() after some bytes of a file were changed. */
function refusal(image: Buffer, changes: readonly (readonly [at: number, byte: number])[]): string {
	const kept = changes.map(([at]) => [at, image[at] ?? 0] as const);
	for (const [at, byte] of changes) image[at] = byte;
	try {
		combine(bun, front);
		return "";
	} catch (error) {
		return String(error);
	} finally {
		for (const [at, byte] of kept) image[at] = byte;
	}
}

/** Returns the offset of the first program header of a type. */
function headerOf(image: Buffer, type: number): number {
	const { segments, segmentsAt } = readElf(image);
	return segmentsAt + segments.findIndex((one) => one.type === type) * SEGMENT_SIZE;
}

t.test("an unknown layout is refused", async (t) => {
	const record = front.indexOf("pflask's record\0");
	const cases: readonly (readonly [RegExp, Buffer, readonly (readonly [number, number])[]])[] = [
		[/is no ELF file/, bun, [[0, 0]]],
		[/is no ELF file/, front, [[4, 1]]],
		[/Bun is not linked to a fixed address/, bun, [[16, 3]]],
		[/the front is not linked to a fixed address/, front, [[16, 3]]],
		[/for another processor/, front, [[18, 0]]],
		[/Bun has a program header of type 7\d/, bun, [[headerOf(bun, PT.NOTE), 77]]],
		[/Bun has no two program headers to replace/, bun, [[headerOf(bun, PT.NOTE), PT.TLS]]],
		[/0 of PT_PHDR of Bun, not 1/, bun, [[headerOf(bun, PT.PHDR), PT.NULL]]],
		[/Bun has an executable stack/, bun, [[headerOf(bun, PT.GNU_STACK) + 4, 7]]],
		[/Bun has a segment that is writable and executable/, bun, [[headerOf(bun, PT.LOAD) + 4, 7]]],
		[/the front is not static/, front, [[headerOf(front, PT.LOAD), PT.INTERP]]],
		[/the front has other segments than two/, front, [[headerOf(front, PT.LOAD) + 4, PF.R]]],
		[/the front is where Bun is/, front, [[headerOf(front, PT.LOAD) + 18, 0x20]]],
		[/the record is not once in the front/, front, [[record, 0]]],
		[/the record has \d+ bytes, not \d+/, front, [[record + 16, 1]]],
	];
	for (const [wanted, image, changes] of cases)
		t.match(refusal(image, changes), wanted, String(wanted));
	t.equal(refusal(bun, []), "", "and the layout as it is");
});
