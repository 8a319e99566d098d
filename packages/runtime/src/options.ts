// SPDX-License-Identifier: BSD-2-Clause
// The options of spawn(), and the checks of their types.
import { PflaskError } from "./error.ts";
import type { Exit } from "./exit.ts";
import { type Signal, signalNumber } from "./signal.ts";
import { checkKeys, OPTION_NAMES } from "./spec-check.ts";
import type { Input, Output } from "./streams.ts";
import { suggest } from "./suggest.ts";
import type { TerminalOptions } from "./terminal.ts";

/** The options of spawn(). */
export interface SpawnOptions<
	I extends Input = "ignore",
	O extends Output = "pipe",
	E extends Output = "inherit",
> {
	/**
	 * The input of the command: "pipe", a pipe that this program writes to; "inherit", the input of
	 * this program; "ignore", no bytes; a descriptor; or bytes, a Blob or a stream. Default:
	 * "ignore".
	 */
	readonly stdin?: I;
	/**
	 * Where the command's output goes: "pipe", a stream that this program reads; "inherit", the
	 * output of this program; "ignore", nowhere; or a descriptor. Default: "pipe".
	 */
	readonly stdout?: O;
	/** Where the command's error messages go. `stdout` explains the values. Default: "inherit". */
	readonly stderr?: E;
	/**
	 * Gives the command a terminal of its own as standard input, output and error. With `stderr`,
	 * standard error stays separate.
	 */
	readonly terminal?: TerminalOptions;
	/** When this signal is aborted, the container ends with the reason "abort". */
	readonly signal?: AbortSignal;
	/**
	 * The time that the command may run, milliseconds. Then the container ends with the reason
	 * "timeout". 0 means no limit. Default: `timeout` of the spec, or else 0.
	 */
	readonly timeout?: number;
	/**
	 * The signal that ends the command, for `signal`, `timeout`, `maxBuffer` and kill(). A command
	 * that does not end is killed after `killAfter` of the spec. Default: `killSignal` of the spec,
	 * or else SIGTERM.
	 */
	readonly killSignal?: Signal | number;
	/**
	 * The most bytes of the output, and of the error messages, that this program takes from the
	 * command. A command that writes more ends with the reason "maxBuffer". Default: no limit.
	 */
	readonly maxBuffer?: number;
	/** Is called with the end of the container, before `exited` resolves. */
	readonly onExit?: (exit: Exit) => void;
}

/** The options of spawn(), for all types of streams. */
export type AnyOptions = SpawnOptions<Input, Output, Output>;

const NAMES = [...OPTION_NAMES, "terminal", "timeout", "killSignal"];
const MOST_MSEC = 2 ** 31 - 1;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Checks the options of spawn(). Throws a PflaskError that names the wrong key. */
export function checkOptions(options: AnyOptions): void {
	checkKeys(options, NAMES);
	const { stdin, stdout, stderr, terminal, signal, killSignal, timeout, maxBuffer } = options;
	checkStream("stdin", stdin, isContents);
	checkStream("stdout", stdout);
	checkStream("stderr", stderr);
	if (terminal !== undefined) checkTerminal(terminal, options);
	if (signal !== undefined && !(signal instanceof AbortSignal))
		throw mistake("signal", "must be an AbortSignal", signalHint(signal));
	if (killSignal !== undefined) signalNumber(killSignal);
	if (timeout !== undefined) checkTime(timeout);
	if (maxBuffer !== undefined) checkNumber("maxBuffer", maxBuffer, 2 ** 53, 1 << 20);
	if (options.onExit !== undefined && typeof options.onExit !== "function")
		throw mistake("onExit", "must be a function", "");
}

function isContents(value: unknown): boolean {
	return value instanceof Uint8Array || value instanceof Blob || value instanceof ReadableStream;
}

function checkStream(name: string, value: unknown, isOther = (_: unknown) => false): void {
	const words = ["pipe", "inherit", "ignore"];
	if (value === undefined || words.includes(value as string) || isOther(value)) return;
	if (Number.isInteger(value) && Number(value) >= 0) return;
	const more = name === "stdin" ? ", bytes, a Blob, a ReadableStream" : "";
	const why = `must be "pipe", "inherit", "ignore"${more} or the number of a descriptor`;
	const near = value === null ? "ignore" : (suggest(`${value}`, words) ?? "pipe");
	const isText = name === "stdin" && typeof value === "string" && near === "pipe";
	const hint = isText ? "stdin: new TextEncoder().encode(text)" : `${name}: "${near}"`;
	throw mistake(name, why, hint);
}

/** Checks the option `terminal`. Refuses `stdin` and `stdout` beside `terminal`. */
export function checkTerminal(terminal: TerminalOptions, { stdin, stdout }: AnyOptions = {}): void {
	if (typeof terminal !== "object") throw mistake("terminal", "must be an object", "terminal: {}");
	checkKeys(terminal, ["cols", "rows", "data"], "terminal");
	for (const name of ["cols", "rows"] as const)
		if (terminal[name] !== undefined)
			checkNumber(`terminal.${name}`, terminal[name], 65535, name === "cols" ? 80 : 24);
	if (terminal.data !== undefined && typeof terminal.data !== "function")
		throw mistake("terminal.data", "must be a function", "terminal: { data(bytes) {} }");
	for (const [name, value] of Object.entries({ stdin, stdout }))
		if (value !== undefined) throw mistake(name, "contradicts terminal", `leave out ${name}`);
}

function checkTime(value: unknown): void {
	const [, number, unit] = /^([\d.]+) *(ms|s|m|h)$/.exec(`${value}`) ?? [];
	const msec = unit === undefined ? 5000 : Number(number) * (UNITS[unit] ?? 1);
	checkNumber("timeout", value, MOST_MSEC, msec, " of milliseconds");
}

function checkNumber(name: string, value: unknown, most: number, example: number, unit = ""): void {
	if (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most) return;
	const [key = "", member] = name.split(".");
	const hint = member === undefined ? `${key}: ${example}` : `${key}: { ${member}: ${example} }`;
	throw mistake(name, `must be a whole number${unit}`, hint);
}

function signalHint(signal: unknown): string {
	const isName = typeof signal === "string" || typeof signal === "number";
	return isName ? `killSignal: ${JSON.stringify(signal)}` : "new AbortController().signal";
}

function mistake(name: string, why: string, hint: string): PflaskError {
	const [field = name] = name.split(".");
	return new PflaskError(`${name}: ${why}`, { code: "invalid", field, hint });
}
