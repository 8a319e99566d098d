// SPDX-License-Identifier: BSD-2-Clause
// The module parses lines of subuid(5), and calculates with ranges of ids. An oracle that counts
// every id checks the results.
import t from "tap";
import {
	complement,
	firstFree,
	grantText,
	idsIn,
	overlap,
	parseGrants,
	type Range,
	rangeText,
} from "../src/range.ts";

/** The oracle uses small ids, so that the oracle can list sets of ids. */
const SMALL = 24;

/** Returns a pseudo-random generator. Equal seeds give equal numbers. */
function numbers(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

function someRanges(next: (below: number) => number): Range[] {
	return Array.from({ length: next(6) }, () => ({ start: next(SMALL), count: 1 + next(6) }));
}

function members(ranges: readonly Range[]): Set<number> {
	return new Set(
		ranges.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i)),
	);
}

t.test("lines of subuid(5)", async (t) => {
	t.same(parseGrants("alice:100000:65536\n1001:165536:1000\n"), [
		{ owner: "alice", start: 100000, count: 65536 },
		{ owner: "1001", start: 165536, count: 1000 },
	]);
	t.same(parseGrants("a:1:2"), [{ owner: "a", start: 1, count: 2 }], "the last line has no end");
	t.same(parseGrants("a:4294967294:1"), [{ owner: "a", start: 4294967294, count: 1 }]);
	for (const line of [
		"",
		"alice",
		"alice:1",
		"alice:1:2:3",
		":1:2",
		"alice:x:2",
		"alice:-1:2",
		"alice:1:0",
		"alice:1: 2",
		"alice:0x10:2",
		"alice:4294967295:1",
		"alice:4294967290:6",
		"alice:1:99999999999999999999",
	])
		t.same(parseGrants(line), [], line);
});

t.test("ranges as text", async (t) => {
	t.equal(rangeText({ start: 100000, count: 65536 }), "100000-165535");
	t.equal(rangeText({ start: 7, count: 1 }), "7-7");
	t.equal(grantText({ owner: "alice", start: 1, count: 2 }), "alice:1:2");
});

t.test("the overlap and the size of ranges", async (t) => {
	const next = numbers(1);
	for (let round = 0; round < 500; round++) {
		const [one = { start: 1, count: 1 }, other = one, ...more] = someRanges(next);
		const common = members([one]).intersection(members([other])).size > 0;
		if (overlap(one, other) !== common) t.fail(JSON.stringify([one, other]));
		const ranges = [one, other, ...more];
		if (idsIn(ranges) !== members(ranges).size) t.fail(JSON.stringify(ranges));
	}
	t.equal(idsIn([]), 0);
});

t.test("the first free range", async (t) => {
	const next = numbers(2);
	let found = 0;
	for (let round = 0; round < 2000; round++) {
		const taken = someRanges(next);
		const within = { start: next(8), count: 1 + next(SMALL) };
		const count = 1 + next(8);
		const free = firstFree(within, count, taken);
		const wanted = oracle(within, count, taken);
		if (free?.start !== wanted) t.fail(JSON.stringify([within, count, taken, free, wanted]));
		if (free !== undefined) found++;
	}
	t.ok(found > 200 && found < 1800, "some are found and some are not");
	t.equal(firstFree({ start: 5, count: 0 }, 1, []), undefined, "nowhere");
});

function oracle(within: Range, count: number, taken: readonly Range[]): number | undefined {
	const ids = members(taken);
	for (let start = within.start; start + count <= within.start + within.count; start++)
		if (members([{ start, count }]).isDisjointFrom(ids)) return start;
	return undefined;
}

t.test("the complement of ranges", async (t) => {
	const next = numbers(3);
	for (let round = 0; round < 500; round++) {
		const ranges = someRanges(next);
		const all = [...ranges, ...complement(ranges)];
		const disjoint = complement(ranges).every((gap) => !ranges.some((r) => overlap(gap, r)));
		if (idsIn(all) !== 0xffff_ffff || !disjoint) t.fail(JSON.stringify(ranges));
	}
	t.same(complement([{ start: 0, count: 0xffff_ffff }]), []);
	t.same(complement([]), [{ start: 0, count: 0xffff_ffff }]);
});
