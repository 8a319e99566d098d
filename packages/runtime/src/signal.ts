// SPDX-License-Identifier: BSD-2-Clause
import { PflaskError } from "./error.ts";
import { SIGRTMAX, SIGRTMIN, signals } from "./numbers.gen.ts";
import { suggest } from "./suggest.ts";

/** A signal by its name. */
export type Signal =
	| NodeJS.Signals
	| `SIGRTMIN${"" | `+${number}`}`
	| `SIGRTMAX${"" | `-${number}`}`;

/**
 * Returns the number of a signal: a name with or without SIG ("TERM"), a real-time signal
 * ("RTMIN+3", "RTMAX-1") or a number. Returns undefined if no such signal exists.
 */
export function parseSignal(text: string): number | undefined {
	const number = /^\d+$/.test(text) ? Number(text) : fromName(text);
	return number !== undefined && number >= 1 && number <= SIGRTMAX ? number : undefined;
}

/**
 * Returns the number of a signal that is given by number or name. Throws a PflaskError if no such
 * signal exists. 0 is no signal, and allowed.
 */
export function signalNumber(signal: number | string): number {
	const number = signal === 0 ? 0 : parseSignal(`${signal}`);
	if (number !== undefined) return number;
	const shown = typeof signal === "string" ? `'${signal}'` : `${signal}`;
	const name = `${signal}`.toUpperCase().replace(/^SIG/, "");
	const near = suggest(name, Object.keys(signals())) ?? "TERM";
	const details = { code: "invalid", field: "signal", hint: `SIG${near}` } as const;
	throw new PflaskError(`signal: ${shown}: no such signal`, details);
}

/** Returns the name of a signal, with SIG. */
export function signalName(signal: number): string {
	if (signal === SIGRTMIN) return "SIGRTMIN";
	if (signal > SIGRTMIN) return `SIGRTMIN+${signal - SIGRTMIN}`;
	const [name] = Object.entries(signals()).find(([, number]) => number === signal) ?? [];
	return name === undefined ? `${signal}` : `SIG${name}`;
}

function fromName(text: string): number | undefined {
	const name = text.toUpperCase().replace(/^SIG/, "");
	const numbers = signals();
	if (Object.hasOwn(numbers, name)) return numbers[name];
	const [, base, offset = "0"] = /^(RTMIN(?=\+|$)|RTMAX(?=-|$))([+-]\d+)?$/.exec(name) ?? [];
	if (base === undefined) return undefined;
	const number = (base === "RTMIN" ? SIGRTMIN : SIGRTMAX) + Number(offset);
	return number >= SIGRTMIN ? number : undefined;
}
