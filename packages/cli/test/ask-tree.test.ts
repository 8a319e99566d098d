// SPDX-License-Identifier: BSD-2-Clause
// The tree that --ask shows.
import t from "tap";
import { type Item, nameText, sizeText, summaryText, treeText } from "../src/ask-tree.ts";

const file = (kind: Item["kind"], path: string, before: number, after: number): Item => ({
	path,
	kind,
	sizes: [before, after],
});

const ITEMS: readonly Item[] = [
	{ ...file("M", "/home/al/a", 4, 1234), lines: { added: 3, removed: 1 } },
	{ ...file("D", "/home/al/old", 0, 0), type: "directory" },
	file("D", "/home/al/old/x", 10, 0),
	{ ...file("A", "/home/al/new", 0, 0), type: "directory" },
	{ ...file("A", "/home/al/new/link", 0, 0), type: "link" },
	file("A", "/home/al/new/\x1b[2J", 0, 5),
];

t.test("a tree", async (t) => {
	t.equal(
		treeText(ITEMS, 20),
		[
			"  /home/al/",
			"M   a          4 B -> 1.2 kB  +3 -1",
			"D   old/       2 deleted, 10 B",
			"A   new/",
			"A     link     link",
			"A     \\x1b[2J  5 B",
			"",
		].join("\n"),
	);
	t.equal(
		summaryText(ITEMS),
		"6 paths: 3 added, 1 modified, 2 deleted, 14 B -> 1.2 kB; 3 lines added, 1 lines removed\n",
	);
});

t.test("a tree that does not fit shows sums", async (t) => {
	t.equal(
		treeText(ITEMS, 5),
		[
			"  /home/al/",
			"M   a        4 B -> 1.2 kB  +3 -1",
			"D   old/     2 deleted, 10 B",
			"A   new/     3 added, 5 B",
			"",
		].join("\n"),
	);
	const many = Array.from({ length: 500 }, (_, i) => file("A", `/d/f${i}`, 0, 1000));
	const lines = treeText(many, 10).trimEnd().split("\n");
	t.equal(lines.length, 10);
	t.equal(lines.at(-1), "  ... and 492 more");
	const two = [...many, file("M", "/e", 1, 2)];
	t.equal(treeText(two, 10), "  /\n    d/  500 added, 500 kB\nM   e   1 B -> 2 B\n");
});

t.test("one path, and the root", async (t) => {
	t.equal(treeText([file("A", "/x", 0, 1)], 20), "A /x  1 B\n");
	t.equal(treeText([{ ...file("M", "/", 0, 0), type: "directory" }], 20), "M /  directory\n");
	t.equal(summaryText([file("A", "/x", 0, 1)]), "1 path: 1 added, 1 B\n");
});

t.test("sizes and names", async (t) => {
	const sizes = [0, 999, 1000, 9949, 9950, 999_499, 999_500, 3.1e6, 2 ** 40];
	t.same(sizes.map(sizeText), [
		"0 B",
		"999 B",
		"1.0 kB",
		"9.9 kB",
		"10 kB",
		"999 kB",
		"1.0 MB",
		"3.1 MB",
		"1.1 TB",
	]);
	t.equal(nameText("a\u202e\x9b\udce9\nb"), "a\\u202e\\xc2\\x9b\\xe9\\x0ab");
});
