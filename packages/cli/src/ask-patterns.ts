// SPDX-License-Identifier: BSD-2-Clause
// Chooses changes of a trial by paths and patterns, by the rules of git. `*` and `?` also match a
// slash. A path or a pattern that matches a directory also chooses everything below the directory.
// `:!PATTERN` or `:^PATTERN` excludes.
import { oneLine } from "@pflask/command";
import { fromBytes } from "@pflask/runtime/internal";
import { visibleText } from "@pflask/trial";

/** A mistake in a line of patterns. */
export class PatternError extends Error {
	override readonly name = "PatternError";
}

/** A character of a word. A plain character never acts as a wildcard. */
interface Character {
	readonly text: string;
	readonly isPlain: boolean;
}

type Word = readonly Character[];

const plain = (text: string): Character => ({ text, isPlain: true });

/** Matches one character, a part of a quoted text, or an escape: \xHH is a byte. */
const PIECE = /\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([^])|([^])/gy;

/** A byte as one character. The character stays a byte until its whole word is known. */
const byteOf = (hex: string) => plain(String.fromCharCode(0xdc00 + Number.parseInt(hex, 16)));

/**
 * Splits a line at blanks, as a shell does. Quotes and backslashes protect blanks, and a backslash
 * protects a wildcard. A name can be typed as pflask shows the name, for example "a\x0ab".
 */
export function wordsOf(line: string): Word[] {
	const words: Word[] = [];
	let word: Character[] | undefined;
	let quote = "";
	PIECE.lastIndex = 0;
	for (const [, byte, unit, code, escaped, bare = ""] of line.matchAll(PIECE)) {
		if (bare !== "" && quote === "" && /[ \t\r\n]/.test(bare)) {
			if (word !== undefined) words.push(word);
			word = undefined;
			continue;
		}
		word ??= [];
		const isQuote = quote === "" ? bare === '"' || bare === "'" : bare === quote;
		if (isQuote) quote = quote === "" ? bare : "";
		else if (byte !== undefined) word.push(byteOf(byte));
		else if (unit !== undefined) word.push(plain(String.fromCharCode(Number.parseInt(unit, 16))));
		else if (code !== undefined) word.push(plain(characterOf(code)));
		else if (escaped !== undefined) word.push(plain(escaped));
		else if (bare === "\\") throw new PatternError("a backslash at the end");
		else word.push({ text: bare, isPlain: false });
	}
	if (quote !== "") throw new PatternError(`the quote ${quote} is not closed`);
	if (word !== undefined) words.push(word);
	return words.map(joinBytes);
}

function characterOf(hex: string): string {
	const code = Number.parseInt(hex, 16);
	if (code > 0x10ffff) throw new PatternError(`\\U${hex}: no such character`);
	return String.fromCodePoint(code);
}

/** Joins bytes that are UTF-8 into characters. */
function joinBytes(word: Word): Word {
	const joined: Character[] = [];
	let bytes: number[] = [];
	const flush = () => {
		for (const text of fromBytes(Uint8Array.from(bytes))) joined.push(plain(text));
		bytes = [];
	};
	for (const character of word) {
		const code = character.text.charCodeAt(0);
		if (character.text.length === 1 && code >= 0xdc00 && code <= 0xdcff) {
			bytes.push(code & 0xff);
			continue;
		}
		flush();
		joined.push(character);
	}
	flush();
	return joined;
}

const textOf = (word: Word): string => word.map(({ text }) => text).join("");

/** A pattern for paths of the container. */
interface Pattern {
	/** The typed word, in the form that messages show. */
	readonly shown: string;
	readonly isExclusion: boolean;
	readonly matches: (path: string) => boolean;
}

/** The beginnings of a word that excludes. */
const EXCLUSION = /^:[!^]/;

function patternOf(word: Word, base: string): Pattern {
	const typed = textOf(word);
	const isExclusion = EXCLUSION.test(typed);
	if (!isExclusion && typed.startsWith(":"))
		throw new PatternError(`${shown(typed)}: only :! and :^ are known`);
	const parts = absolute(word.slice(isExclusion ? 2 : 0), base);
	const literal = parts.length === 0 ? "/" : parts.map((part) => `/${textOf(part)}`).join("");
	const source = parts.map((part) => `/${sourceOf(part)}`).join("") || "/";
	const expression = new RegExp(`^${linear(source)}$`);
	return {
		shown: shown(typed),
		isExclusion,
		matches: (path) => path === literal || literal === "/" || expression.test(path),
	};
}

const shown = (text: string): string => oneLine(visibleText(text));

/** Returns the parts of the absolute path of a word, without empty parts, "." and "..". */
function absolute(word: Word, base: string): Word[] {
	const start = word[0]?.text === "/" ? [] : [...base].map(plain);
	const parts: Word[] = [];
	let part: Character[] = [];
	for (const character of [...start, plain("/"), ...word, plain("/")]) {
		if (character.text !== "/") {
			part.push(character);
			continue;
		}
		const text = textOf(part);
		if (text === "..") parts.pop();
		else if (text !== "" && text !== ".") parts.push(part);
		part = [];
	}
	return parts;
}

/** What `*` becomes. */
const STAR = "[^]*";

/**
 * Keeps the search from trying all combinations of several `*`: a text between two `*` is searched
 * once, at its first place. Otherwise, a name with many equal characters would take hours.
 */
function linear(source: string): string {
	const [first = "", ...rest] = source.split(STAR);
	const last = rest.pop();
	if (last === undefined) return source;
	const middle = rest.map((text, i) => `(?=([^]*?${text}))\\${i + 1}`);
	return first + middle.join("") + STAR + last;
}

const ANY = "(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^])";

/** Returns the source of a regular expression for a part of a path. */
function sourceOf(part: Word): string {
	let source = "";
	for (let i = 0; i < part.length; i++) {
		const character = part[i] as Character;
		const end = isWild(character, "[") ? endOfSet(part, i) : -1;
		if (end > 0) {
			source += setOf(part.slice(i + 1, end));
			i = end;
		} else if (isWild(character, "*")) source += STAR;
		else if (isWild(character, "?")) source += ANY;
		else source += escaped(character.text);
	}
	return source;
}

const isWild = ({ text, isPlain }: Character, which: string) => !isPlain && text === which;

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/**
 * Returns the index of the bracket that ends a set, or -1. A bracket at the start is a member of
 * the set.
 */
function endOfSet(part: Word, start: number): number {
	const first = part[start + 1]?.text ?? "";
	return part.findIndex((one, i) => i > start + (/[!^]/.test(first) ? 2 : 1) && isWild(one, "]"));
}

function setOf(members: Word): string {
	const isNegative = members[0] !== undefined && /[!^]/.test(members[0].text);
	const rest = isNegative ? members.slice(1) : members;
	if (textOf(rest).includes("[:")) throw new PatternError("classes such as [:alpha:] are unknown");
	const body = rest.map((one, i) => {
		const isRange = isWild(one, "-") && i > 0 && i < rest.length - 1;
		return isRange ? "-" : escaped(one.text);
	});
	const set = `[${isNegative ? "^" : ""}${body.join("")}]`;
	try {
		new RegExp(set);
	} catch {
		throw new PatternError(`[${shown(textOf(members))}]: a range in wrong order`);
	}
	return set;
}

/** Returns the directories above a path, from below, without the root. */
function* above(path: string): Generator<string> {
	for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
		yield path.slice(0, end);
}

function isIn(path: string, matches: (path: string) => boolean): boolean {
	if (matches(path)) return true;
	for (const directory of above(path)) if (matches(directory)) return true;
	return false;
}

/**
 * Chooses paths by the words of a line. A relative word begins at `base`. Throws a PatternError for
 * a word that chooses nothing.
 */
export function choose(paths: readonly string[], words: readonly Word[], base: string): string[] {
	const patterns = words.map((word) => patternOf(word, base));
	const chosen = new Set<string>();
	for (const { shown: typed, matches } of patterns.filter((one) => !one.isExclusion)) {
		const found = paths.filter((path) => isIn(path, matches));
		if (found.length === 0) throw new PatternError(`${typed}: no change has this path`);
		for (const path of found) chosen.add(path);
	}
	const exclusions = patterns.filter((one) => one.isExclusion);
	if (exclusions.length === patterns.length) for (const path of paths) chosen.add(path);
	const isExcluded = (path: string) => exclusions.some(({ matches }) => isIn(path, matches));
	return paths.filter((path) => chosen.has(path) && !isExcluded(path));
}

/**
 * Returns the shortest list of paths that stands for the chosen paths, if each path of the list
 * stands for everything below, too. Leaves out a directory if a change below it is not chosen,
 * because the directory would stand for that change, too.
 */
export function topsOf(paths: readonly string[], chosen: readonly string[]): string[] {
	const wanted = new Set(chosen);
	const broken = new Set<string>();
	for (const path of paths)
		if (!wanted.has(path)) for (const directory of ["/", ...above(path)]) broken.add(directory);
	const whole = new Set(chosen.filter((path) => !broken.has(path)));
	const isCovered = (path: string) =>
		path !== "/" && (whole.has("/") || [...above(path)].some((directory) => whole.has(directory)));
	return [...whole].filter((path) => !isCovered(path));
}
