// SPDX-License-Identifier: BSD-2-Clause
// Checks the style of all files: limits of their sizes, and banned text.
import { readFileSync } from "node:fs";
import t from "tap";

const MOST_COLUMNS = 100;
const MOST_FUNCTION_LINES = 70;
const MOST_FILE_LINES = 500;

const C = "core-c/**/*.{c,h,S,def}";
// Bun.Glob has no braces in braces.
const TYPESCRIPT = ["packages/*/{src,test}/**/*.ts", "{scripts,test,bench,core-c}/**/*.ts"];
const REST = [
	"{scripts,bench,.ci}/*",
	"debian/{rules,pflask.postinst,pflask.postrm}",
	"debian/apparmor/*",
	"test/**/*.{c,h,sh}",
	"Makefile",
	"bunfig.toml",
];

/** Text that is banned from some files, and the replacement. */
const BANNED: readonly { files: string; except?: RegExp; pattern: RegExp; instead: string }[] = [
	{ files: "**", pattern: /\b(FIX[M]E|TO[D]O|XX[X])\b/, instead: "do it, or file an issue" },
	{ files: "**/*.ts", pattern: /(: |as |<)any\b/, instead: "name the type, or unknown" },
	{ files: "**/*.ts", pattern: /@ts-(ignore|nocheck)/, instead: "mend the type" },
	{ files: "**/*.test.ts", pattern: /\.(only|skip|todo)\(/, instead: "run every test" },
	{
		files: "packages/*/src/*.ts",
		except: /runtime\/src\/ffi\.ts$/,
		pattern: /["']bun:ffi["']|\bBun\.FFI\b/,
		instead: "import ffi.ts",
	},
	{
		files: "packages/*/src/*.ts",
		except: /\/cold[^/]*$/,
		pattern: /process\.std(in|out|err)|["'](node:)?(tty|net|stream)["']/,
		instead: "console.log, or a file cold*.ts: it costs milliseconds at every start",
	},
	{
		files: "core-c/{src,common}/**/*.c",
		pattern: /\b(_?exit|abort|printf|puts|perror)\s*\(|\b(stdin|stdout|stderr)\b/,
		instead: "return an error: libraries never print or exit",
	},
	{
		files: "core-c/{init,common}/**/*.c",
		pattern: /\b([cm]alloc|realloc|v?[fds]?n?printf|fopen)\s*\(/,
		instead: "pflask-init has no memory to allocate and no stdio",
	},
	{
		files: "core-c/**/*.{c,h}",
		pattern: /\b(system|popen|strtou?ll?|strto[df]|ato[il]+|v?sprintf|gets)\s*\(/,
		instead: "posix_spawn, a parser with an error, snprintf",
	},
];

/**
 * A comment that a script writes into a file. Such a comment does not count as a part of the file's
 * size.
 */
const MADE = /^\/\*\n(?: \*.*\n)* \* Made by .*; not to be edited here\.\n(?: \*.*\n)*? \*\/\n/gm;

function list(patterns: readonly string[]): string[] {
	const scan = (pattern: string) => {
		const files = [...new Bun.Glob(pattern).scanSync({ dot: true })];
		if (files.length === 0) throw new Error(`${pattern}: matches no file`);
		return files;
	};
	const made = /node_modules|\.gen\.(ts|h)$/;
	return [...new Set(patterns.flatMap(scan))].filter((file) => !made.test(file)).sort();
}

/** Removes the comments and strings of a C file, because they may name banned calls. */
function codeOf(file: string, text: string): string {
	if (!/\.[chS]$/.test(file)) return text;
	return text.replace(/\/\*[^]*?\*\/|"(\\.|[^"\\\n])*"/g, (gone) => gone.replace(/[^\n]/g, ""));
}

/** Returns the width of a line. The width of a tab is that of the language's formatter. */
function width(file: string, line: string): number {
	const tab = file.endsWith(".ts") ? "  " : "        ";
	return [...line.replaceAll("\t", tab)].length;
}

function longLines(file: string, lines: readonly string[]): string[] {
	const long = (line: string, index: number) =>
		width(file, line) > MOST_COLUMNS
			? [`${file}:${index + 1}: more than ${MOST_COLUMNS} columns`]
			: [];
	return lines.flatMap(long);
}

/**
 * Returns the functions that are too long. A function begins with a line that looks like the
 * beginning of a function, and ends at a brace with the indentation of this line.
 */
function longFunctions(file: string, lines: readonly string[]): string[] {
	const start = file.endsWith(".ts")
		? /^(\t*)(?!\t|.*\b(?:if|for|while|switch|catch|class|interface)\b).*(?:\) |=> |: \S.* )\{$/
		: /^(\{)$/;
	return lines.flatMap((line, index) => {
		const begin = line.match(start);
		if (!begin) return [];
		const indentation = begin[1]?.replace("{", "") ?? "";
		const length = lines.slice(index).findIndex((last) => last.startsWith(`${indentation}}`)) + 1;
		if (length <= MOST_FUNCTION_LINES) return [];
		return [`${file}:${index + 1}: a function of ${length} lines`];
	});
}

function banned(file: string, lines: readonly string[]): string[] {
	return BANNED.flatMap(({ files, except, pattern, instead }) => {
		if (!new Bun.Glob(files).match(file) || except?.test(file)) return [];
		return lines.flatMap((line, index) =>
			pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}: ${instead}`] : [],
		);
	});
}

function problems(file: string): string[] {
	const text = readFileSync(file, "utf8");
	const lines = text.split("\n").slice(0, -1);
	const found = [
		...longLines(file, lines),
		...longFunctions(file, lines),
		...banned(file, codeOf(file, text).split("\n")),
	];
	if (!lines.slice(0, 2).some((line) => line.includes("SPDX-License-Identifier: BSD-2-Clause")))
		found.push(`${file}: has no SPDX header`);
	const written = text.replace(MADE, "").split("\n").length - 1;
	if (written > MOST_FILE_LINES) found.push(`${file}: ${written} lines`);
	if (!text.endsWith("\n")) found.push(`${file}: does not end with a line`);
	return found;
}

process.chdir(`${import.meta.dir}/../..`);

t.test("every source keeps the limits and uses no banned word or call", async (t) => {
	const files = list([C, ...TYPESCRIPT, ...REST]);
	t.ok(files.length > 50, "the sources are found");
	for (const { files: pattern, instead } of BANNED)
		t.ok(
			files.some((file) => new Bun.Glob(pattern).match(file)),
			`${pattern}: ${instead}`,
		);
	t.same(files.flatMap(problems), []);
});

t.test("the rules find what they must find", async (t) => {
	const long = ["{", ..."x".repeat(MOST_FUNCTION_LINES - 1), "}"];
	t.same(longFunctions("core-c/src/a.c", long).length, 1);
	t.same(longFunctions("core-c/src/a.c", long.slice(1)), []);
	t.equal(
		"/*\n * a\n * Made by b; not to be edited here.\n *\n * c\n */\n/*\n */\n".replace(MADE, ""),
		"/*\n */\n",
	);
	const typescript = ["\tasync run(): Promise<void> {", ...long.slice(1, -1), "\t}"];
	t.same(longFunctions("packages/cli/src/a.ts", typescript).length, 1);
	t.same(longLines("a.c", ["\t".repeat(12), "\t".repeat(12) + "x".repeat(5)]).length, 1);
	t.same(banned("packages/cli/src/a.ts", ['import "node:tty";', "process.stdout"]).length, 2);
	t.same(banned("packages/cli/src/cold.ts", ["process.stdout"]), []);
	t.same(banned("core-c/src/a.c", ["exit(1);", "return fputs(s, stderr);"]).length, 2);
	t.same(banned("core-c/init/a.c", ["p = malloc(1);", 'snprintf(a, 1, "");']).length, 2);
	t.throws(() => list(["{a/{b,c}}/*.ts"]), /matches no file/);
	t.same(codeOf("a.c", "a /* exit(1)\n */ b"), "a \n b");
});

/** Banned spellings, and superfluous words, in all texts. */
const SPELLINGS: readonly { pattern: RegExp; instead: string }[] = [
	{ pattern: /(?<!Documentation\/)\b[Ff]ilesystems?\b(?![/=]|: \{)/, instead: "file system" },
	{ pattern: /\b([Ii]n|[Oo]ut)side of\b/, instead: "inside, outside" },
];

function misspelt(file: string, text: string): string[] {
	return text.split("\n").flatMap((line, index) => {
		const found = SPELLINGS.filter(({ pattern }) => pattern.test(line));
		return found.map(({ instead }) => `${file}:${index + 1}: ${line.trim()}: ${instead}`);
	});
}

t.test("a word has one spelling", async (t) => {
	const texts = ["*.md", "docs/*", "packages/*/*.md", "packages/*/man/*", "core-c/man/*"];
	const files = list([C, ...TYPESCRIPT, ...REST, ...texts]);
	t.ok(files.includes("README.md") && files.includes("packages/cli/man/options.mdoc"));
	t.same(
		files.flatMap((file) => misspelt(file, readFileSync(file, "utf8"))),
		[],
	);
	t.same(misspelt("a", `a ${"file"}system\nin${"side"} of\nfilesystems_of(a)`).length, 2);
});

t.test("the lockfile names no host", async (t) => {
	t.notMatch(readFileSync("bun.lock", "utf8"), /:\/\//);
});
