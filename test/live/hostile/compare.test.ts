// SPDX-License-Identifier: BSD-2-Clause
// The columns of pflask in the tables of SECURITY.md agree with the results of the probe. The
// tables compare the modes of pflask with each other and with other sandboxes.
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, executable } from "../../lib/account.ts";
import { live } from "../../lib/live.ts";
import { TREE } from "../../lib/paths.ts";
import { type Answers, ask, prepare, QUESTIONS, type Sandbox } from "../../lib/reach.ts";
import { sandboxes } from "../../lib/reach-pflask.ts";

const user = await account("pft-compare");

/** Returns the cells of a column of the tables, by the first cells of their rows. */
function column(header: string): Map<string, string> {
	const cells = new Map<string, string>();
	let place = -1;
	for (const line of readFileSync(`${TREE}/SECURITY.md`, "utf8").split("\n")) {
		const row = line.startsWith("| ") ? line.slice(2, -2).split(" | ") : [];
		if (row[0] === "the program") place = row.indexOf(header);
		else if (row.length === 0) place = -1;
		else if (place > 0) cells.set(row[0] ?? "", row[place] ?? "");
	}
	return cells;
}

/** Returns the answer without the reason: "yes" or "no". */
function word(answers: Answers, question: string): string {
	return answers[question]?.split(" ")[0] ?? "(no answer)";
}

/** Checks the column of a mode. `bare` has the answers without a sandbox. */
function check(t: Test, name: string, answers: Answers, bare: Answers): void {
	const cells = column(name);
	for (const [question, text] of Object.entries(QUESTIONS)) {
		// An action that this machine refuses without a sandbox must get the answer "no" in each mode.
		const open = cells.get(text) === "yes" && word(bare, question) === "yes";
		t.match(cells.get(text), /^(yes|no)$/, `${name}: ${text}: the table has the cell`);
		t.equal(word(answers, question), open ? "yes" : "no", `${name}: ${answers[question]}: ${text}`);
	}
}

live("the tables of SECURITY.md are true of pflask", async (t, box) => {
	const host = await prepare(`pftr${process.pid % 100_000}`, user);
	try {
		const bare: Sandbox = { run: (...program) => program };
		const ofUser = await ask(host, bare);
		const ofRoot = await ask(host, { ...bare, byRoot: true });
		for (const [name, mode] of Object.entries(sandboxes(executable(box))))
			check(t, name, await ask(host, mode), mode.byRoot ? ofRoot : ofUser);
	} finally {
		await host.close();
	}
});

t.end();
