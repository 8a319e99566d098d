// SPDX-License-Identifier: BSD-2-Clause
// --dry-run --json and --dry-run print one plan, as data and as text. PFLASK_SEED selects other
// random command lines.
import t from "tap";
import schema from "../../docs/plan.schema.json" with { type: "json" };
import { faults } from "../../packages/cli/test/schema.ts";
import { golden } from "../lib/golden.ts";
import { anyone, type Box } from "../lib/live.ts";
import { planText } from "../lib/plan-text.ts";
import { tinyRoot } from "../lib/roots.ts";
import { combinations } from "./same-cases.ts";

const SEED = Number(process.env.PFLASK_SEED || 21);
const COUNT = 100;
/** Most random command lines contradict themselves, and have no plan. */
const TRIES = 600;

/** Returns command lines with a plan, and the text of each plan. */
async function planned(box: Box): Promise<readonly (readonly [string[], string])[]> {
	const root = tinyRoot(box);
	const found: [string[], string][] = [];
	for (const one of combinations(SEED, TRIES)) {
		if (found.length === COUNT) break;
		if (one.hasContainer) continue;
		const words = one.words.map((word) =>
			word.replaceAll("@DIR@/root", root).replaceAll("@DIR@", box.dir).replaceAll("@NAME@", "web"),
		);
		const { status, out } = await box.run(["--dry-run", ...words]);
		if (status === 0 && out.startsWith(" 0 ")) found.push([words, out]);
	}
	return found;
}

anyone("the JSON says what the text says", async (t, box) => {
	const all = await planned(box);
	t.equal(all.length, COUNT, "enough command lines have a plan");
	for (const [words, text] of all) {
		const { status, out, err } = await box.run(["--json", "--dry-run", ...words]);
		const name = JSON.stringify(words);
		t.same([status, err], [0, ""], name);
		const plan = JSON.parse(out);
		t.equal(golden(planText(plan.operations)), golden(text), name);
		t.same(faults(plan, schema), [], name);
	}
});

anyone("each byte and each field is in the JSON", async (t, box) => {
	const { out } = await box.run(["--dry-run", "--json", "--hostname=box", "--", "a\nb\u202e", "é"]);
	t.match(out, '\n{"op":"hostname","by":"init","field":"hostname","name":"box"},\n');
	t.match(out, '"field":"command","path":"a\\nb\\u202e","argv":["a\\nb\\u202e","é"]}\n]}\n');
});

anyone("--json needs an option that prints something", async (t, box) => {
	const { status, out, err } = await box.run(["--json", "--", "id"]);
	t.same([status, out], [125, ""]);
	t.equal(err, "pflask: --json: requires --list or --diff or --dry-run\nhint: pflask --help\n");
});

t.end();
