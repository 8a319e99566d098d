// SPDX-License-Identifier: BSD-2-Clause

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** What a C int holds: 24 days. */
const LONGEST = 2 ** 31 - 1;

/**
 * Returns the milliseconds of a duration: a number of seconds, or one with a unit (ms, s, m, h).
 * Returns undefined where it is none, or is too long.
 */
export function parseDuration(text: string): number | undefined {
	const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
	const milliseconds = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
	return milliseconds <= LONGEST ? milliseconds : undefined;
}
