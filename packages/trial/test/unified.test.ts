// SPDX-License-Identifier: BSD-2-Clause
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import t from "tap";
import { unified } from "../src/unified.ts";

t.test("one changed line", async (t) => {
	t.same(unified("a\nb\nc\n", "a\nB\nc\n"), {
		text: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
		added: 1,
		removed: 1,
	});
});

t.test("texts without an end of line, empty texts, equal texts", async (t) => {
	const none = "\\ No newline at end of file\n";
	t.equal(unified("a", "b").text, `@@ -1 +1 @@\n-a\n${none}+b\n${none}`);
	t.equal(unified("", "b\n").text, "@@ -0,0 +1 @@\n+b\n");
	t.equal(unified("b\n", "").text, "@@ -1 +0,0 @@\n-b\n");
	t.equal(unified("b\n", "b\n").text, "");
	t.equal(unified("b", "b\n").text, `@@ -1 +1 @@\n-b\n${none}+b\n`);
});

/** Returns pseudo-random numbers. Equal seeds give equal numbers. */
function* numbers(seed: number): Generator<number> {
	for (let x = seed; ; ) {
		x = (x * 1103515245 + 12345) % 2147483648;
		yield Math.floor(x / 65536);
	}
}

t.test("patch(1) turns the first text into the second", async (t) => {
	const dir = mkdtempSync(`${tmpdir()}/unified-`);
	const random = numbers(7);
	const next = (most: number) => (random.next().value as number) % most;
	for (let i = 0; i < 60; i++) {
		const text = (count: number) =>
			Array.from({ length: count }, () => `${next(8)}\n`).join("") + (next(2) ? "end" : "");
		const [a, b] = [text(next(60)), text(next(60))];
		if (a === b) continue;
		writeFileSync(`${dir}/f`, a);
		const input = `--- a/f\n+++ b/f\n${unified(a, b).text}`;
		const run = Bun.spawnSync(["patch", "-s", "-E", "-d", dir, "-p1"], {
			stdin: Buffer.from(input),
		});
		t.equal(run.exitCode, 0, `${run.stdout}${run.stderr}${input}`);
		const result = b === "" ? "" : readFileSync(`${dir}/f`, "utf8");
		t.equal(result, b);
	}
	rmSync(dir, { recursive: true });
});

t.test("two texts that differ in everything become one hunk", async (t) => {
	const a = Array.from({ length: 5000 }, (_, i) => `a${i}\n`).join("");
	const b = Array.from({ length: 5000 }, (_, i) => `b${i}\n`).join("");
	const { text, added, removed } = unified(a, b);
	t.same([added, removed, text.match(/^@@/gm)?.length], [5000, 5000, 1]);
});
