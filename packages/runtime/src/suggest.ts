// SPDX-License-Identifier: BSD-2-Clause
// "Did you mean": finds the name that is nearest to the typed name.

/** The number of typed characters for which one slip is allowed. */
const PER_SLIP = 4;

/**
 * Returns the name that an unknown name probably stands for, or undefined. A short name may contain
 * one slip. A long name may contain one slip for every four characters.
 */
export function suggest(typed: string, names: readonly string[]): string | undefined {
	const most = Math.max(1, Math.floor(typed.length / PER_SLIP));
	const [nearest] = names
		.map((name) => ({ name, distance: distance(typed, name) }))
		.filter((candidate) => candidate.distance <= most)
		.sort((a, b) => a.distance - b.distance);
	return nearest?.name;
}

/**
 * Returns how many slips separate two texts. A slip inserts, removes or replaces a character, or
 * swaps two neighbours.
 */
export function distance(from: string, to: string): number {
	const [a, b] = [[...from], [...to]];
	let before: number[] = [];
	let row = Array.from({ length: b.length + 1 }, (_, column) => column);
	for (const [line, character] of a.entries()) {
		const next = [line + 1];
		for (const [column, other] of b.entries()) {
			const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
			const changed = Math.min(row[column + 1] ?? 0, next[column] ?? 0) + 1;
			const swaps = line > 0 && column > 0 && character === b[column - 1] && other === a[line - 1];
			const swapped = swaps ? (before[column - 1] ?? 0) + 1 : changed;
			next.push(Math.min(replaced, changed, swapped));
		}
		before = row;
		row = next;
	}
	return row.at(-1) ?? 0;
}
