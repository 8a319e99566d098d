// SPDX-License-Identifier: BSD-2-Clause
// The questions of --ask, as a state machine: each line that the user types leads from a state to
// the next state. The machine uses the trial and the terminal only through `Work`.
import { choose, PatternError, topsOf, wordsOf } from "./ask-patterns.ts";
import { nameText } from "./ask-tree.ts";

/** The changes of some paths and of everything below, or all changes that are not applied. */
export type Which = "all" | readonly string[];

/** The functions of the dialogue. No function throws an error. */
export interface Work {
	/** The paths of the changes that are not applied. */
	paths(): readonly string[];
	/** Shows a text on the terminal. */
	show(text: string): void;
	/** Shows changes as a diff, through a pager. Returns false after an error. */
	diff(which: Which): boolean;
	/** Applies changes. Shows conflicts and errors. Returns the number of applied paths. */
	apply(which: Which): number;
	/** Tells whether some changes were applied. */
	isPartly(): boolean;
	/** Tells whether an apply was interrupted, so that the tree is in neither state. */
	isHalfDone(): boolean;
	/** The directory where a relative path begins. */
	readonly base: string;
}

/** The fate of the changes that were not applied. "none": there are no such changes. */
export type Fate = "none" | "dropped" | "left";

export type State =
	| { readonly at: "menu" }
	| { readonly at: "patterns"; readonly act: "some" | "diff" }
	| { readonly at: "confirm"; readonly paths: readonly string[]; readonly count: number }
	| { readonly at: "end"; readonly fate: Fate };

export const MENU: State = { at: "menu" };
const LEFT: State = { at: "end", fate: "left" };

const HELP = `  a, all     apply all changes
  s, some    apply the changes of some paths; asks which
  d, diff    show the changes as a diff; "d PATH..." shows some
  n, none    apply nothing more, and end
  l, later   leave the changes in a directory, and end
A path can be a pattern: * and ? match any characters, also a slash, [a-z] matches one of several,
and :!PATTERN excludes. A directory stands for everything below. A relative path begins in the
working directory. Quotes or a backslash protect a blank. Example: s src '*.c' :!src/generated
`;

/** The words of a menu. A word can be typed in full, or as its first letter. */
const MENU_WORDS = ["all", "some", "diff", "none", "later", "help"] as const;
const ANSWER_WORDS = ["yes", "no", "diff"] as const;

function wordOf<const W extends string>(words: readonly W[], typed: string): W | undefined {
	const lower = typed.toLowerCase();
	return words.find((word) => word === lower || word[0] === lower);
}

const countText = (count: number): string => (count === 1 ? "1 change" : `${count} changes`);

/** Returns the question of a state. */
export function questionOf(state: State, work: Work): string {
	if (state.at === "patterns") return "Which paths? ";
	if (state.at === "confirm") return `Apply ${countText(state.count)}? [y]es, [n]o, [d]iff: `;
	const which = work.isPartly() ? "the other" : "these";
	return `Keep ${which} changes? [a]ll, [s]ome, [d]iff, [n]one, [l]ater, [?]: `;
}

/** Returns the next state. `typed` is undefined if the user can answer no more. */
export function next(state: State, typed: string | undefined, work: Work): State {
	if (typed === undefined) return LEFT;
	switch (state.at) {
		case "menu":
			return fromMenu(typed, work);
		case "patterns":
			return typed.trim() === "" ? MENU : chosen(typed, state.act, work);
		case "confirm":
			return confirmed(state, typed, work);
		case "end":
			return state;
	}
}

function fromMenu(typed: string, work: Work): State {
	const [, first = "", rest = ""] = /^\s*(\S*)\s*([^]*)$/.exec(typed) ?? [];
	if (first === "") return MENU;
	const word = first === "?" ? "help" : wordOf(MENU_WORDS, first);
	const takesPaths = word === "some" || word === "diff";
	if (word === undefined || (rest.trim() !== "" && !takesPaths)) {
		work.show(`${nameText(typed.trim())}: not an answer; ? explains the answers\n`);
		return MENU;
	}
	if (takesPaths && rest.trim() !== "") return chosen(rest, word, work);
	switch (word) {
		case "all":
			return applied("all", work);
		case "some":
			return { at: "patterns", act: "some" };
		case "diff":
			work.diff("all");
			return MENU;
		case "none":
			return dropped(work);
		case "later":
			return LEFT;
		case "help":
			work.show(HELP);
			return MENU;
	}
}

/** Ends without the other changes, unless an interrupted step must first be finished or undone. */
function dropped(work: Work): State {
	if (!work.isHalfDone()) return { at: "end", fate: "dropped" };
	work.show("An apply was interrupted: a finishes it, and l leaves the changes.\n");
	return MENU;
}

function chosen(typed: string, act: "some" | "diff", work: Work): State {
	try {
		const paths = choose(work.paths(), wordsOf(typed), work.base);
		if (paths.length === 0) throw new PatternError("the patterns exclude all changes");
		const tops = topsOf(work.paths(), paths);
		if (tops.length === 0)
			throw new PatternError("a directory is not applied without the changes in the directory");
		const isShown = work.diff(tops);
		return act === "some" && isShown ? { at: "confirm", paths: tops, count: paths.length } : MENU;
	} catch (error) {
		if (!(error instanceof PatternError)) throw error;
		work.show(`${error.message}\n`);
		return { at: "patterns", act };
	}
}

function confirmed(state: State & { at: "confirm" }, typed: string, work: Work): State {
	switch (wordOf(ANSWER_WORDS, typed.trim())) {
		case "yes":
			return applied(state.paths, work);
		case "no":
			return MENU;
		case "diff":
			work.diff(state.paths);
			return state;
		default:
			return state;
	}
}

function applied(which: Which, work: Work): State {
	const count = work.apply(which);
	if (count > 0) work.show(`applied ${countText(count)}\n`);
	return work.paths().length === 0 ? { at: "end", fate: "none" } : MENU;
}
