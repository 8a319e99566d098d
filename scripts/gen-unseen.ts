// SPDX-License-Identifier: BSD-2-Clause
// Makes core-c/src/explain/unseen.gen.h: the invisible characters, from the Unicode tables of Bun.
//	scripts/bun scripts/gen-unseen.ts >core-c/src/explain/unseen.gen.h

/** Control characters, and invisible characters that change how other characters are shown. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const END = 0x110000;

/** Returns the text of the file. */
export function unseenText(): string {
	const rows = ranges().map(([first, last]) => `\t{${hex(first)}, ${hex(last)}},`);
	return [
		"/* SPDX-License-Identifier: BSD-2-Clause */",
		"/* Made by scripts/gen-unseen.ts from Unicode; not to be edited. */",
		"/* clang-format off */",
		"",
		"/* The characters of the categories Cc, Cf, Zl and Zp. */",
		"static const struct {",
		"\tuint32_t first, last;",
		"} unseen[] = {",
		...rows,
		"};",
		"",
	].join("\n");
}

/** Returns the first and the last character of each range, without U+0000. */
function ranges(): [first: number, last: number][] {
	const found: [number, number][] = [];
	for (let code = 1; code < END; code++) {
		if (!UNSEEN.test(String.fromCodePoint(code))) continue;
		const last = found.at(-1);
		if (last?.[1] === code - 1) last[1] = code;
		else found.push([code, code]);
	}
	return found;
}

function hex(code: number): string {
	return `0x${code.toString(16)}`;
}

if (import.meta.main) process.stdout.write(unseenText());
