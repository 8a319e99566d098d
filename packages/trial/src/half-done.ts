// SPDX-License-Identifier: BSD-2-Clause
// Tells whether the directory of a trial is needed to finish or to undo an interrupted step.
import { readFileSync } from "node:fs";

/**
 * Tells whether a step was interrupted. The last complete line of the journal of a finished step is
 * `applied` or `reverted`. A step writes its first line before it changes the root. Without a
 * journal, there was no step. A journal that cannot be read may be the journal of such a step.
 */
export function isHalfDone(dir: string): boolean {
	let text: string;
	try {
		text = readFileSync(`${dir}/journal`, "latin1");
	} catch (error) {
		return !(error instanceof Error && "code" in error && error.code === "ENOENT");
	}
	const last = text.split("\n").slice(0, -1).at(-1);
	return last !== undefined && !/^\{"(applied|reverted)":/.test(last);
}
