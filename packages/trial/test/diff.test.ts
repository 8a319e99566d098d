// SPDX-License-Identifier: BSD-2-Clause
// Differences of texts, and names that are not UTF-8.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";
import { closeTrial, differences, diffText, openTrial, select } from "../src/index.ts";
import { makeLab } from "./lab.ts";

/** Returns the differences of texts that the trial has changed, by name. */
function patchesOf(texts: Readonly<Record<string, readonly [string, string]>>) {
	const lab = makeLab((root, upper) => {
		for (const [name, [before, after]] of Object.entries(texts)) {
			writeFileSync(`${root}/${name}`, before);
			writeFileSync(`${upper}/${name}`, after);
		}
		return Object.keys(texts).map((name) => `M /${name}`);
	});
	const trial = openTrial(lab.trial);
	const found = [...differences(trial, select(trial, []).changes)];
	closeTrial(trial);
	return { lab, found };
}

/** Returns the hunks of a difference. */
function hunksOf(before: string, after: string): string {
	const { lab, found } = patchesOf({ f: [before, after] });
	lab.remove();
	return (found[0]?.patch ?? "").replace(/^(diff|---|\+\+\+) .*\n/gm, "");
}

t.test("one changed line", async (t) => {
	t.equal(hunksOf("a\nb\nc\n", "a\nB\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
});

t.test("texts without an end of line, empty texts, equal texts", async (t) => {
	const none = "\\ No newline at end of file\n";
	t.equal(hunksOf("a", "b"), `@@ -1 +1 @@\n-a\n${none}+b\n${none}`);
	t.equal(hunksOf("", "b\n"), "@@ -0,0 +1 @@\n+b\n");
	t.equal(hunksOf("b\n", ""), "@@ -1 +0,0 @@\n-b\n");
	t.equal(hunksOf("b\n", "b\n"), "");
	t.equal(hunksOf("b", "b\n"), `@@ -1 +1 @@\n-b\n${none}+b\n`);
});

t.test("edits that are more than two contexts apart stand in two hunks", async (t) => {
	const lines = (count: number) => Array.from({ length: count }, (_, i) => `${i}\n`).join("");
	const hunks = (gap: number) => hunksOf(`x\n${lines(gap)}y\n`, `X\n${lines(gap)}Y\n`);
	t.equal(hunks(6).match(/^@@/gm)?.length, 1);
	t.equal(hunks(7), "@@ -1,4 +1,4 @@\n-x\n+X\n 0\n 1\n 2\n@@ -6,4 +6,4 @@\n 4\n 5\n 6\n-y\n+Y\n");
});

/** Returns numbers that look random, the same in each run. */
function* numbers(seed: number): Generator<number> {
	for (let x = seed; ; ) {
		x = (x * 1103515245 + 12345) % 2147483648;
		yield Math.floor(x / 65536);
	}
}

t.test("patch(1) turns the first texts into the second", async (t) => {
	const random = numbers(7);
	const next = (most: number) => (random.next().value as number) % most;
	const text = (count: number) =>
		Array.from({ length: count }, () => `${next(8)}\n`).join("") + (next(2) ? "end" : "");
	const texts = Object.fromEntries(
		Array.from({ length: 100 }, (_, i) => [`f${i}`, [text(next(60)), text(next(60))] as const]),
	);
	const { lab, found } = patchesOf(texts);
	const input = Buffer.from(found.map(diffText).join(""), "latin1");
	const run = Bun.spawnSync(["patch", "-s", "-d", lab.root, "-p1"], { stdin: input });
	t.equal(run.exitCode, 0, `${run.stdout}${run.stderr}`);
	for (const [name, [, after]] of Object.entries(texts))
		t.equal(readFileSync(`${lab.root}/${name}`, "utf8"), after, name);
	lab.remove();
});

t.test("two texts that differ in everything become one hunk", async (t) => {
	const lines = (mark: string) => Array.from({ length: 5000 }, (_, i) => `${mark}${i}\n`).join("");
	const { lab, found } = patchesOf({ f: [lines("a"), lines("b")] });
	lab.remove();
	t.same(found[0]?.lines, { added: 5000, removed: 5000 });
	t.equal(found[0]?.patch.match(/^@@/gm)?.length, 1);
});

t.test("only the wanted changes, and names that are not UTF-8", async (t) => {
	const lab = makeLab((root, upper) => {
		mkdirSync(`${root}/gone`);
		writeFileSync(`${root}/gone/file`, "old\n");
		writeFileSync(`${upper}/one`, "1\n");
		writeFileSync(`${upper}/two`, "2\n");
		return ["D /gone", "A /one", "A /two"];
	});
	const manifest = `${lab.trial}/manifest`;
	writeFileSync(manifest, readFileSync(manifest, "utf8").replaceAll("/two", "/t\\udce9wo"));
	Bun.spawnSync(["sh", "-c", 'mv "$1/two" "$(printf "$1/t\\351wo")"', "sh", `${lab.trial}/upper`]);
	const trial = openTrial(lab.trial);
	const { changes } = select(trial, []);
	t.same(
		changes.map(({ kind, path }) => `${kind} ${path}`),
		["D /gone", "A /one", "A /t\udce9wo"],
	);
	const wanted = changes.filter(({ path }) => path !== "/one");
	const found = [...differences(trial, wanted)];
	t.same(
		found.map(({ kind, path, sizes }) => `${kind} ${path} ${sizes}`),
		["D /gone 0,0", "D /gone/file 4,0", "A /t\udce9wo 0,2"],
	);
	t.match(found[2]?.patch, '+++ "b/t\\351wo"\n');
	t.same([...differences(trial, [])], []);
	closeTrial(trial);
	rmSync(lab.dir, { recursive: true });
});
