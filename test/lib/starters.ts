// SPDX-License-Identifier: BSD-2-Clause
// Makes users for tests in which a payload attacks. The users start the containers.
import { type Account, account, as, RANGE } from "./account.ts";
import type { Box } from "./live.ts";
import { FIRST } from "./shell-root.ts";

/** A user who starts a container. */
export interface Starter {
	readonly name: string;
	readonly args: readonly string[];
	/** The owner of the root directory. */
	readonly owner: number;
	runner(box: Box): Pick<Box, "run" | "start">;
}

/** The starters of a test file, and the two ordinary users among them. */
export interface Starters {
	readonly ranged: Account;
	readonly plain: Account;
	readonly oneIdAsRoot: Starter;
	readonly oneId: Starter;
	readonly rangedAsRoot: Starter;
	readonly rangedAsSubordinate: Starter;
	readonly root: Starter;
	readonly mappedRoot: Starter;
}

/** Creates the user accounts for a test file. Each test file needs its own `name`. */
export async function starters(name: string): Promise<Starters> {
	const ranged = await account(`pft-${name}-r`, { range: RANGE });
	const plain = await account(`pft-${name}-p`);
	const byPlain = (box: Box) => as(plain, box);
	const byRanged = (box: Box) => as(ranged, box);
	const byRoot = (box: Box) => box;
	const map = `--user-map=0:${plain.uid}:1`;
	return {
		ranged,
		plain,
		oneIdAsRoot: {
			name: "a user with one id, who is root inside",
			args: [map],
			owner: plain.uid,
			runner: byPlain,
		},
		oneId: { name: "a user with one id", args: [], owner: plain.uid, runner: byPlain },
		rangedAsRoot: {
			name: "a user with subordinate ids, who is root inside",
			args: [],
			owner: ranged.uid,
			runner: byRanged,
		},
		rangedAsSubordinate: {
			name: "a user whose subordinate id is root inside",
			args: [],
			owner: FIRST,
			runner: byRanged,
		},
		root: { name: "root", args: [], owner: 0, runner: byRoot },
		mappedRoot: {
			name: "root with a user namespace",
			args: ["--user-map=auto"],
			owner: 0,
			runner: byRoot,
		},
	};
}
