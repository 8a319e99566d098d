// SPDX-License-Identifier: BSD-2-Clause
// "Did you mean": the option whose name is nearest to what was typed.

/** Returns the one of some long options ("--name") that an unknown one is a slip of, if any. */
export function suggest(typed: string, options: readonly string[]): string | undefined {
	if (!typed.startsWith("--")) return undefined;
	const most = Math.ceil(typed.length / 4);
	const [nearest] = options
		.map((option) => ({ option, distance: distance(typed, option) }))
		.filter((candidate) => candidate.distance <= most)
		.sort((a, b) => a.distance - b.distance);
	return nearest?.option;
}

/** How many characters are to be put in, taken out or replaced to make one text of the other. */
export function distance(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (const [line, character] of [...from].entries()) {
		const next = [line + 1];
		for (const [column, other] of [...to].entries()) {
			const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
			const changed = Math.min(row[column + 1] ?? 0, next[column] ?? 0) + 1;
			next.push(Math.min(replaced, changed));
		}
		row = next;
	}
	return row.at(-1) ?? 0;
}
