// SPDX-License-Identifier: BSD-2-Clause
// The JSON of a plan follows docs/plan.schema.json, and has the same facts as the text, for every
// row of ops.def.
import t from "tap";
import schema from "../../docs/plan.schema.json" with { type: "json" };
import { faults } from "../../packages/cli/test/schema.ts";
import type { Operation } from "../../packages/runtime/src/operation.gen.ts";
import { readOperations } from "../../scripts/gen-plan.ts";
import { planText } from "../../test/lib/plan-text.ts";

const PROGRAM = `${import.meta.dir}/../../build/unit/every_operation`;

function plans(): readonly string[] {
	const { exitCode, stdout, stderr } = Bun.spawnSync([PROGRAM]);
	if (exitCode !== 0) throw new Error(`${stderr}`);
	return `${stdout}`.split("\0");
}

const [text = "", json = "", oddText = "", oddJson = ""] = plans();
const names = readOperations().map(({ name }) => name);

for (const [name, asText, asJson] of [
	["small", text, json],
	["odd", oddText, oddJson],
] as const)
	t.test(`every operation with ${name} arguments`, async (t) => {
		const plan: { operations: readonly Operation[] } = JSON.parse(asJson);
		t.same(
			plan.operations.map(({ op }) => op),
			names,
		);
		t.same(faults(plan, schema), []);
		t.equal(planText(plan.operations), asText);
		const lines = asJson.split("\n");
		t.equal(lines.length, names.length + 3, "an operation a line");
		t.notMatch(asJson.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}]/u, "nothing is invisible");
	});

t.test("the schema refuses other plans", async (t) => {
	const [first, ...others] = JSON.parse(json).operations;
	const refuses = (operations: unknown, version = 1) =>
		t.not(faults({ version, operations }, schema).length, 0, JSON.stringify(operations));
	refuses([first], 2);
	refuses([{ ...first, op: "nonesuch" }]);
	refuses([{ ...first, by: "init" }]);
	refuses([{ ...first, field: "nonesuch" }]);
	refuses([{ ...first, more: 1 }]);
	refuses([{ ...first, signal: 15 }]);
	t.same(faults({ version: 1, operations: others }, schema), []);
});
