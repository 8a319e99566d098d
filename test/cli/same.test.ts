// SPDX-License-Identifier: BSD-2-Clause
// dist/pflask, which begins with the front, and build/pflask, which is Bun alone, behave alike.
// Some 500 command lines have equal exit statuses, outputs, errors, events and files, and leave
// equal things behind. PFLASK_SEED selects other random command lines.
import { account, RANGE } from "../lib/account.ts";
import { live } from "../lib/live.ts";
import { type Case, placeBoth, seeBoth } from "../lib/pair.ts";
import { CONTRADICTIONS, MALFORMED } from "./mistakes.ts";
import { combinations } from "./same-cases.ts";
import { SURROUNDINGS } from "./same-surroundings.ts";

const SEED = Number(process.env.PFLASK_SEED || 18);
const COUNT = 280;
const AT_ONCE = 3;

const user = await account("pft-same", { range: RANGE });

/**
 * The name of a case in the report. The name is sufficient to run the case by hand.
 */
function nameOf(one: Case, n: number): string {
	return `${n}: ${JSON.stringify(one)}`;
}

function compare(name: string, cases: readonly Case[]): void {
	live(name, async (t, box) => {
		placeBoth(box);
		const waiting = cases.entries();
		async function work(): Promise<void> {
			for (const [n, one] of waiting) {
				await seeBoth(box, one, n, user).then(
					([expected, found]) => t.same(found, expected, nameOf(one, n)),
					(error) => t.fail(`${nameOf(one, n)}: ${error}`),
				);
			}
		}
		await Promise.all(Array.from({ length: AT_ONCE }, work));
	});
}

const mistakes = [...MALFORMED, ...CONTRADICTIONS].map(([words]) => ({
	words: [...words.map((word) => Buffer.from(word).toString("latin1")), "--", "@DIR@/probe", "ids"],
}));

compare("mistakes", mistakes);
compare("odd surroundings", SURROUNDINGS);
compare("combinations of options", combinations(SEED, COUNT));
