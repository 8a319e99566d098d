// SPDX-License-Identifier: BSD-2-Clause

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/**
 * Returns the bytes of a size: a number, perhaps with a unit (K, M, G). Returns undefined for any
 * other text.
 */
export function parseSize(text: string): number | undefined {
	const [, number, unit = ""] = /^(\d+)([KMG])?$/i.exec(text) ?? [];
	const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
	return Number.isSafeInteger(bytes) ? bytes : undefined;
}
