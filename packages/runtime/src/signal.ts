// SPDX-License-Identifier: BSD-2-Clause
import { SIGNALS, SIGRTMAX, SIGRTMIN } from "./abi.gen.ts";

const NUMBERS: Readonly<Record<string, number>> = SIGNALS;

/**
 * Returns the number of a signal: a name with or without SIG ("TERM"), a real-time signal
 * ("RTMIN+3", "RTMAX-1") or a number. Returns undefined where there is no such signal.
 */
export function parseSignal(text: string): number | undefined {
	const number = /^\d+$/.test(text) ? Number(text) : fromName(text);
	return number !== undefined && number >= 1 && number <= SIGRTMAX ? number : undefined;
}

/** Returns the name of a signal, with SIG. */
export function signalName(signal: number): string {
	if (signal === SIGRTMIN) return "SIGRTMIN";
	if (signal > SIGRTMIN) return `SIGRTMIN+${signal - SIGRTMIN}`;
	const name = Object.keys(NUMBERS).find((key) => NUMBERS[key] === signal);
	return name === undefined ? `${signal}` : `SIG${name}`;
}

function fromName(text: string): number | undefined {
	const name = text.toUpperCase().replace(/^SIG/, "");
	if (Object.hasOwn(NUMBERS, name)) return NUMBERS[name];
	const [, base, offset = "0"] = /^(RTMIN(?=\+|$)|RTMAX(?=-|$))([+-]\d+)?$/.exec(name) ?? [];
	if (base === undefined) return undefined;
	const number = (base === "RTMIN" ? SIGRTMIN : SIGRTMAX) + Number(offset);
	return number >= SIGRTMIN ? number : undefined;
}
