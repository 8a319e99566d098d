// SPDX-License-Identifier: BSD-2-Clause
// Any bytes become a text, and the text becomes the original bytes again.
import t from "tap";
import { fromBytes, toCString } from "../src/bytes.ts";

/** The first and the last byte of each kind of UTF-8 sequence. */
const EDGES = [
	0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
	0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
];

/** Returns every sequence of `length` bytes among the edges. */
function sequences(length: number): number[][] {
	if (length === 0) return [[]];
	return sequences(length - 1).flatMap((start) => EDGES.map((byte) => [...start, byte]));
}

function isUtf8(bytes: Uint8Array): boolean {
	try {
		new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}

t.test("decoding after encoding", async (t) => {
	const all = [1, 2, 3].flatMap(sequences).map((bytes) => Buffer.from(bytes));
	const changed = all.filter(
		(bytes) => !Buffer.concat([bytes, Buffer.of(0)]).equals(toCString(fromBytes(bytes))),
	);
	t.same(changed.slice(0, 5), []);
});

t.test("only valid UTF-8 becomes text", async (t) => {
	const all = [1, 2, 3].flatMap(sequences).map((bytes) => Buffer.from(bytes));
	const wrong = all.filter((bytes) => {
		const text = fromBytes(bytes);
		return isUtf8(bytes) ? text !== bytes.toString() : text.isWellFormed();
	});
	t.same(wrong.slice(0, 5), []);
});

t.test("sequences of four bytes, and malformed ones", async (t) => {
	t.equal(fromBytes(Buffer.from("\u{10000}\u{1f600}\u{10ffff}")), "\u{10000}\u{1f600}\u{10ffff}");
	t.equal(fromBytes(Buffer.of(0xf4, 0x90, 0x80, 0x80)), "\udcf4\udc90\udc80\udc80");
	t.equal(fromBytes(Buffer.of(0xf0, 0x8f, 0xbf, 0xbf)), "\udcf0\udc8f\udcbf\udcbf");
});
