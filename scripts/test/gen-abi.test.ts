// SPDX-License-Identifier: BSD-2-Clause
// A change of pflask.h that breaks programs requires a higher PFLASK_ABI. An addition requires no
// higher number. Any change of the messages of clients requires a higher PF_CONTROL_VERSION.
import { readFileSync } from "node:fs";
import t from "tap";
import { CODES, REASONS } from "../../packages/runtime/src/abi.gen.ts";
import { controlFault, declarations } from "../control-facts.ts";
import { type Abi, fault, readRecord, recordText } from "../gen-abi.ts";
import { readHeader, typesOf } from "../header.ts";

const FACTS = [
	"exit.reason 0 int32_t",
	"exit.wall_usec 8 uint64_t",
	"info.pid 0 int32_t",
	"PFLASK_EXITED 1",
	"pflask_kill(pflask_container *, int) int",
];

const BEFORE: Abi = { number: 2, facts: FACTS };

/**
 * Returns the fault that gen-abi.ts finds if one line of a record is replaced and other lines are
 * added.
 */
function said(was: string, is: string, added: readonly string[] = [], number = 2): string {
	const facts = FACTS.flatMap((fact) => (fact !== was ? fact : is === "" ? [] : is));
	return fault(BEFORE, { number, facts: [...facts, ...added] });
}

t.test("an addition keeps the ABI number", async (t) => {
	t.equal(said("", ""), "", "no change");
	for (const added of [
		"exit.oom 16 int32_t",
		"other.first 0 int32_t",
		"PFLASK_OOM 2",
		"pflask_fd(pflask_container *) int",
	])
		t.equal(said("", "", [added]), "", added);
});

t.test("any other change must raise the ABI number", async (t) => {
	const changes = [
		["exit.wall_usec 8 uint64_t", "exit.wall_usec 16 uint64_t"],
		["exit.wall_usec 8 uint64_t", "exit.wall_usec 8 int64_t"],
		["exit.wall_usec 8 uint64_t", "exit.time_usec 8 uint64_t"],
		["info.pid 0 int32_t", ""],
		["PFLASK_EXITED 1", "PFLASK_EXITED 2"],
		["pflask_kill(pflask_container *, int) int", "pflask_kill(pflask_container *) int"],
		["pflask_kill(pflask_container *, int) int", ""],
	] as const;
	for (const [was, is] of changes) {
		const text = said(was, is);
		t.match(text, `\twas: ${was}\n`, `${was} -> ${is}`);
		t.match(text, 'Set PFLASK_ABI to 3 in core-c/include/pflask.h and run "make gen"');
		t.equal(said(was, is, [], 3), "", "a new number allows it");
	}
	t.match(said("", "", ["exit.gap 4 int32_t"]), "\tnew: exit.gap 4 int32_t\n", "not at the end");
});

t.test("the ABI number never decreases", async (t) => {
	t.match(said("", "", [], 1), "would break");
});

t.test("an edited record is refused", async (t) => {
	const text = recordText(BEFORE);
	t.match(text, /^abi 2 [0-9a-f]{16}$/m);
	t.same(readRecord(text), BEFORE);
	const edited = text.replace("PFLASK_EXITED 1", "PFLASK_EXITED 2");
	t.throws(() => readRecord(edited), /the hash is [0-9a-f]{16}, not [0-9a-f]{16}/);
});

t.test("any change of the messages of clients raises the version of the protocol", async (t) => {
	const path = `${import.meta.dir}/../../core-c/defs/control.txt`;
	const before = readRecord(readFileSync(path, "utf8"), path);
	t.equal(controlFault(before, before), "", "no change");
	for (const name of ["struct pflask_exit", "struct pflask_record", "struct pf_keyboard"]) {
		const facts = before.facts.map((fact) =>
			fact.startsWith(`${name} {`) ? fact.replace(" }", " int32_t oom; }") : fact,
		);
		const text = controlFault(before, { ...before, facts });
		t.match(text, `\tnew: ${name} {`, "also at the end of a structure");
		t.match(text, `Set PF_CONTROL_VERSION to ${before.number + 1} in`);
		t.equal(controlFault(before, { number: before.number + 1, facts }), "");
	}
	t.match(controlFault(before, { ...before, number: before.number - 1 }), "PF_CONTROL_VERSION");
});

t.test("a declaration is read without its comments", async (t) => {
	const text =
		"/* struct a {\n */\nstruct b {\n\tint c; /* d */\n\tint e;\n};\nenum f {\n\tG\n};\n";
	t.same(
		[...declarations(text)],
		[
			["struct b", "int c; int e;"],
			["enum f", "G"],
		],
	);
});

t.test("every code and reason of pflask.h has a name in TypeScript", async (t) => {
	const header = readHeader();
	const values = (name: string) =>
		typesOf(header).find((type) => type.name === name)?.members.length;
	t.equal(Object.keys(CODES).length, values("code"));
	t.equal(CODES[4], "not-found");
	t.equal(Object.keys(REASONS).length, values("reason"));
	t.same([REASONS[1], REASONS[2], REASONS[5]], ["exit", "signal", "lost"]);
});

t.end();
