// SPDX-License-Identifier: BSD-2-Clause
// The directory of an interrupted step must stay, because the directory has the replaced files.
import { writeFileSync } from "node:fs";
import t from "tap";
import { isHalfDone } from "../src/index.ts";
import { disturbed, everything, makeLab, snapshot } from "./lab.ts";

t.test("a step that was interrupted at each change is half done", async (t) => {
	const lab = makeLab(everything);
	const start = `${snapshot(lab.root)}`;
	const isChanged = () => `${snapshot(lab.root)}` !== start;
	t.notOk(isHalfDone(lab.trial), "no step");
	let at = 1;
	for (; ; at++) {
		// A call can fail without consequences. Then there is no error, and the step is done.
		const applied = disturbed("apply", lab.trial, "fail", `${at}`);
		if (applied.status === 0) break;
		if (applied.err !== "" && isChanged()) t.ok(isHalfDone(lab.trial), `apply, change ${at}`);
		disturbed("revert", lab.trial, "fail", `${1 + (at % 20)}`);
		disturbed("revert", lab.trial);
		t.notOk(isHalfDone(lab.trial), `reverted, change ${at}`);
	}
	t.ok(at > 50, `${at} changes`);
	t.notOk(isHalfDone(lab.trial), "applied");
	lab.remove();
});

t.test("journals", async (t) => {
	const dir = t.testdir({ journal: "" });
	for (const [text, isHalf] of [
		["", false],
		['{"apply":[', false],
		['{"apply":[]}\n', true],
		['{"apply":[]}\n{"made":[]}\n', true],
		['{"apply":[]}\n{"applied":[', true],
		['{"apply":[]}\n{"applied":[]}\n', false],
		['{"apply":[]}\n{"applied":[]}\n{"revert":[]}\n', true],
		['{"revert":[]}\n{"reverted":[]}\n', false],
	] as const) {
		writeFileSync(`${dir}/journal`, text);
		t.equal(isHalfDone(dir), isHalf, text);
	}
	t.ok(isHalfDone(`${dir}/journal`), "a journal that cannot be read");
});
