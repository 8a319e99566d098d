// SPDX-License-Identifier: BSD-2-Clause
// Plays the examples of a document. Types the lines behind the prompts into a shell on a terminal,
// and compares the output with the document.
import type { Session } from "./terminal.ts";
import { until } from "./until.ts";

/** A line to type, and the output of this line in the document. */
export interface Step {
	readonly prompt: string;
	/** The text to type. ^@ and ^] stand for control characters; no newline follows them. */
	readonly typed: string;
	readonly output: readonly string[];
}

export type Transcript = readonly Step[];

/** The prompt of the shell. A transcript begins and ends in this shell. */
const PROMPT = "$ ";

/** A prompt of Debian's bash, dash or login(1), and the typed text. */
const TYPED = /^((?:[\w-]+@[\w-]+:\S*)?[$#] |[\w-]+ login: )(.*)$/;
const CONTROL = /^(?:\^[@\]])+$/;

/** Returns the transcripts of a document in Markdown: the indented blocks that begin with "$". */
export function transcripts(markdown: string): Transcript[] {
	const blocks = markdown.match(/^ {4}\$ .*\n(?: {4}.*\n)*/gm) ?? [];
	return blocks.map((block) =>
		steps(
			block
				.replace(/ \\\n +/g, " ")
				.trimEnd()
				.split("\n"),
		),
	);
}

/** Returns the steps in the lines of a block. */
function steps(lines: readonly string[]): Step[] {
	const found: { prompt: string; typed: string; output: string[] }[] = [];
	for (const indented of lines) {
		const line = indented.slice(4);
		const [, prompt = "", typed] = TYPED.exec(line) ?? [];
		if (typed !== undefined) found.push({ prompt, typed, output: [] });
		else if (CONTROL.test(line)) found.push({ prompt: "", typed: line, output: [] });
		else found.at(-1)?.output.push(line);
	}
	return found;
}

/**
 * The parts of a line that may vary: parts that are left out, dates, long numbers, times, addresses
 * and spaces.
 */
const VARYING = /(\.\.\.|\b\d\d\/[A-Z][a-z]{2}\/\d{4}\b|\b\d+s\b|\d[\d.:-]{3,}| +)/;

function varied(text: string): string {
	if (text === "...") return ".*";
	if (text.includes("/")) return "\\d\\d/[A-Z][a-z]{2}/\\d{4}";
	return text.startsWith(" ") ? "[ \\t]+" : "\\d[\\d.:s-]*";
}

/** Returns a pattern for output. A line "..." stands for any lines. */
export function pattern(output: readonly string[]): RegExp {
	const lines = output.map((line) => {
		if (line === "...") return "(?:.*\n)*?";
		const parts = line.trimEnd().split(VARYING);
		return `${parts.map((part, at) => (at % 2 ? varied(part) : RegExp.escape(part))).join("")} *\n`;
	});
	return new RegExp(`^${lines.join("")}$`);
}

/** Returns output without escape sequences and carriage returns. */
function plain(out: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the function removes them.
	return out.replace(/\x1b\][^\x07]*\x07|\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()=>78c][B0]?|\r/g, "");
}

function controls(text: string): string {
	return text.replace(/\^(.)/g, (_, key: string) => String.fromCharCode(key.charCodeAt(0) & 31));
}

/**
 * Returns a pattern for a prompt at the end of the output. A shell may print the name of the
 * machine before the prompt, and prints the prompt again when the size of its terminal changes.
 */
function promptAtEnd(prompt: string): RegExp {
	return new RegExp(`(^|\n)(?:\\S*${RegExp.escape(prompt)})+$`);
}

/** Types a line, and returns the output up to the next prompt. */
async function type(session: Session, step: Step, next: Step | undefined): Promise<string> {
	const from = session.out.length;
	const isKey = CONTROL.test(step.typed);
	session.type(isKey ? controls(step.typed) : `${step.typed}\n`);
	// A key has no echo. The key is typed as soon as the preceding output has come.
	const echo = isKey ? /^\n/ : /^.*\n/;
	const output = () => plain(session.out.slice(from)).replace(echo, "");
	const prompt = next?.prompt ?? PROMPT;
	const wanted = prompt === "" ? pattern(step.output) : promptAtEnd(prompt);
	await until(`${step.typed}: ${wanted}`, () => wanted.test(output())).catch((error: Error) => {
		throw new Error(`${error.message}; there is: ${output().slice(-2000)}`);
	});
	return prompt === "" ? output() : output().replace(wanted, "$1");
}

/** Compares the output of a line with the document. */
export type Compare = (step: Step, printed: string) => void;

/**
 * Types the lines of a transcript one after the other. Types a line that matches `again`
 * repeatedly, until the output is that of the document.
 */
export async function play(
	session: Session,
	transcript: Transcript,
	compare: Compare,
	again: RegExp,
): Promise<void> {
	for (const [at, step] of transcript.entries()) {
		const next = transcript[at + 1];
		let printed = await type(session, step, next);
		if (again.test(step.typed))
			await until(step.typed, async () => {
				if (pattern(step.output).test(printed)) return true;
				printed = await type(session, step, next);
				return false;
			});
		compare(step, printed);
	}
}
