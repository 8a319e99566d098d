// SPDX-License-Identifier: BSD-2-Clause
// The state machine of --ask asks the right questions.
import t, { type Test } from "tap";
import { MENU, next, questionOf, type State, type Which, type Work } from "../src/ask-dialogue.ts";

/** A trial that only records the calls. */
class Fake implements Work {
	readonly base = "/";
	readonly log: string[] = [];
	isBroken = false;
	fails = false;
	#paths = ["/a", "/d", "/d/x", "/d/y", "/with blank"];
	#isPartly = false;

	paths = () => this.#paths;
	isPartly = () => this.#isPartly;
	isHalfDone = () => this.isBroken;
	show = (text: string) => void this.log.push(`show ${text.trim()}`);

	diff(which: Which): boolean {
		this.log.push(`diff ${which}`);
		return !this.fails;
	}

	apply(which: Which): number {
		this.log.push(`apply ${which}`);
		if (this.fails) return 0;
		const isDone = (path: string) =>
			which === "all" || which.some((top) => path === top || path.startsWith(`${top}/`));
		const rest = this.#paths.filter((path) => !isDone(path));
		const count = this.#paths.length - rest.length;
		this.#paths = rest;
		this.#isPartly = true;
		return count;
	}
}

/** Types lines. Checks the recorded calls, and returns the last state. */
function typed(t: Test, work: Fake, lines: readonly (string | undefined)[], log: string[]): State {
	let state: State = MENU;
	for (const line of lines) state = next(state, line, work);
	t.same(work.log, log, lines.join(" / "));
	return state;
}

t.test("the answers of the menu", async (t) => {
	const end = (fate: string) => ({ at: "end", fate });
	const all = ["apply all", "show applied 5 changes"];
	for (const word of ["a", "all", " A ", "ALL"])
		t.same(typed(t, new Fake(), [word], all), end("none"));
	for (const word of ["n", "none"]) t.same(typed(t, new Fake(), [word], []), end("dropped"));
	for (const word of ["l", "later", undefined])
		t.same(typed(t, new Fake(), [word], []), end("left"));
	for (const word of ["d", "diff"]) t.same(typed(t, new Fake(), [word], ["diff all"]), MENU);
	t.same(typed(t, new Fake(), ["", "  "], []), MENU);
	for (const word of ["?", "h", "help"]) {
		const work = new Fake();
		t.same(next(MENU, word, work), MENU);
		t.match(work.log, [/^show a, all/]);
	}
	for (const word of ["x", "al", "alll", "n x", "a /a", "\x1b[A"])
		t.match(next(MENU, word, new Fake()), MENU, word);
	typed(t, new Fake(), ["\x1b[A"], ["show \\x1b[A: not an answer; ? explains the answers"]);
});

t.test("some: the diff comes first", async (t) => {
	const diff = "diff /d,/with blank";
	const work = new Fake();
	const state = typed(t, work, ["s", "d 'with blank'"], [diff]);
	t.same(state, { at: "confirm", paths: ["/d", "/with blank"], count: 4 });
	t.equal(questionOf(state, work), "Apply 4 changes? [y]es, [n]o, [d]iff: ");
	const applied = ["apply /d,/with blank", "show applied 4 changes"];
	t.same(typed(t, new Fake(), ["s", "d 'with blank'", "y"], [diff, ...applied]), MENU);
	t.same(typed(t, new Fake(), ["s d with\\ blank", "d", "no"], [diff, diff]), MENU);
	const last = typed(t, new Fake(), ["s /", "x", "", undefined], ["diff /a,/d,/with blank"]);
	t.same(last, { at: "end", fate: "left" });
	t.same(typed(t, new Fake(), ["s", " "], []), MENU, "an empty line goes back");
	t.same(typed(t, new Fake(), ["d d :!*x"], ["diff /d/y"]), MENU);
});

t.test("the rest is asked for again, and no more at the end", async (t) => {
	const work = new Fake();
	t.equal(questionOf(MENU, work).slice(0, 20), "Keep these changes? ");
	t.same(next(next(MENU, "s d", work), "y", work), MENU);
	t.equal(questionOf(MENU, work).slice(0, 24), "Keep the other changes? ");
	t.same(next(next(MENU, "s *", work), "y", work), { at: "end", fate: "none" });
});

t.test("mistakes are explained, and the question comes again", async (t) => {
	const again = { at: "patterns", act: "some" };
	t.same(typed(t, new Fake(), ["s", "nope"], ["show nope: no change has this path"]), again);
	t.same(typed(t, new Fake(), ["s", "'"], ["show the quote ' is not closed"]), again);
	const nothing = "show the patterns exclude all changes";
	t.same(typed(t, new Fake(), ["s a :!a"], [nothing]), again);
	const alone = "show a directory is not applied without the changes in the directory";
	t.same(typed(t, new Fake(), ["s d :!d/*"], [alone]), again);
});

t.test("after a conflict or an error the question comes again", async (t) => {
	const work = new Fake();
	work.fails = true;
	t.same(typed(t, work, ["a"], ["apply all"]), MENU);
	const other = new Fake();
	other.fails = true;
	t.same(typed(t, other, ["s a"], ["diff /a"]), MENU, "nothing is applied without its diff");
	const half = new Fake();
	half.isBroken = true;
	const why = "show An apply was interrupted: a finishes it, and l leaves the changes.";
	t.same(typed(t, half, ["n"], [why]), MENU);
	t.same(next(MENU, "l", half), { at: "end", fate: "left" });
});
