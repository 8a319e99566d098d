// SPDX-License-Identifier: BSD-2-Clause

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** The largest C int: 24 days in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * Returns the milliseconds of a duration: a number of seconds, or a number with a unit (ms, s, m,
 * h). A duration above 0 is at least a millisecond, because --timeout=0 means no limit. Returns
 * undefined for any other text, and for a duration that is too long.
 */
export function parseDuration(text: string): number | undefined {
	const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
	const exact = Number(number) * (UNITS[unit] ?? Number.NaN);
	const milliseconds = exact > 0 ? Math.max(Math.round(exact), 1) : exact;
	return milliseconds <= LONGEST ? milliseconds : undefined;
}
