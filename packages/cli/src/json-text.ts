// SPDX-License-Identifier: BSD-2-Clause
// Parses JSON (RFC 8259) and tells where a mistake is. JSON.parse() gives no place, and takes the
// last of two equal keys.

/** A mistake in a text. */
export class JsonFault extends Error {
	/** The place of the mistake; placeIn() explains the form. */
	readonly place: string;

	constructor(place: string, why: string) {
		super(why);
		this.place = place;
	}
}

/** Deep nesting must not use up the stack. */
const DEEPEST = 32;

const BLANKS = /[ \t\r\n]*/y;
const WORD = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const CHARACTERS = /[ !#-[\]-\u{10ffff}]*/uy;
const ESCAPED = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Returns the value of a text. The objects of the value have no prototype, so that no key has a
 * special meaning. Throws a JsonFault.
 */
export function parseJson(text: string): unknown {
	const reader = new Reader(text);
	const value = reader.value(0);
	reader.end();
	return value;
}

class Reader {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	value(depth: number): unknown {
		this.#take(BLANKS);
		const next = this.#text[this.#at];
		if (depth > DEEPEST) throw this.#fault("nested too deeply");
		if (next === "{") return this.#object(depth);
		if (next === "[") return this.#list(depth);
		if (next === '"') return this.#string();
		const number = this.#take(NUMBER);
		if (number !== undefined) return Number(number);
		const word = this.#take(WORD);
		if (word === undefined) throw this.#unexpected("a value");
		return word === "null" ? null : word === "true";
	}

	end(): void {
		this.#take(BLANKS);
		if (this.#at < this.#text.length) throw this.#unexpected("the end");
	}

	#object(depth: number): object {
		const object: Record<string, unknown> = Object.create(null);
		this.#at++;
		if (this.#takeOne("}")) return object;
		do {
			this.#take(BLANKS);
			const start = this.#at;
			if (this.#text[start] !== '"') throw this.#unexpected("a key in double quotes");
			const key = this.#string();
			if (key in object) throw this.#fault(`the key ${JSON.stringify(key)} occurs twice`, start);
			if (!this.#takeOne(":")) throw this.#unexpected("':'");
			object[key] = this.value(depth + 1);
		} while (this.#takeOne(","));
		if (!this.#takeOne("}")) throw this.#unexpected("',' or '}'");
		return object;
	}

	#list(depth: number): unknown[] {
		const list: unknown[] = [];
		this.#at++;
		if (this.#takeOne("]")) return list;
		do list.push(this.value(depth + 1));
		while (this.#takeOne(","));
		if (!this.#takeOne("]")) throw this.#unexpected("',' or ']'");
		return list;
	}

	#string(): string {
		const parts: string[] = [];
		this.#at++;
		for (;;) {
			parts.push(this.#take(CHARACTERS) ?? "");
			const next = this.#text[this.#at];
			if (next === '"') break;
			if (next !== "\\") throw this.#unexpected("'\"' at the end of a string");
			const escaped = this.#take(ESCAPED);
			if (escaped === undefined) throw this.#fault("not an escape of JSON");
			parts.push(JSON.parse(`"${escaped}"`));
		}
		this.#at++;
		return parts.join("");
	}

	/** Takes the text that the pattern matches at this place, if there is such a text. */
	#take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#at;
		const found = pattern.exec(this.#text)?.[0];
		this.#at += found?.length ?? 0;
		return found;
	}

	/** Takes blanks, and then the character if it comes next. */
	#takeOne(character: string): boolean {
		this.#take(BLANKS);
		const is = this.#text[this.#at] === character;
		if (is) this.#at++;
		return is;
	}

	#unexpected(wanted: string): JsonFault {
		const point = this.#text.codePointAt(this.#at);
		const found = point === undefined ? "the end" : JSON.stringify(String.fromCodePoint(point));
		return this.#fault(`expected ${wanted}, not ${found}`);
	}

	#fault(why: string, at = this.#at): JsonFault {
		return new JsonFault(placeIn(this.#text, at), why);
	}
}

/** Returns the line and the column of a place in a text: "LINE:COLUMN", from 1 on. */
export function placeIn(text: string, at: number): string {
	const lines = text.slice(0, at).split("\n");
	return `${lines.length}:${[...(lines.at(-1) ?? "")].length + 1}`;
}
