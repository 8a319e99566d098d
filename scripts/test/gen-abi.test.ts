// SPDX-License-Identifier: BSD-2-Clause
// A change of pflask.h that breaks programs requires a higher PFLASK_ABI; an addition does not.
import t from "tap";
import { type Abi, fault, readRecord, recordText } from "../gen-abi.ts";

const FACTS = [
	"exit.reason 0 int32_t",
	"exit.wall_usec 8 uint64_t",
	"info.pid 0 int32_t",
	"PFLASK_EXITED 1",
	"pflask_kill(pflask_container *, int) int",
];

const BEFORE: Abi = { number: 2, facts: FACTS };

/** Returns the fault after one line was replaced and others were added. */
function said(was: string, is: string, added: readonly string[] = [], number = 2): string {
	const facts = FACTS.flatMap((fact) => (fact !== was ? fact : is === "" ? [] : is));
	return fault(BEFORE, { number, facts: [...facts, ...added] });
}

t.test("an addition keeps the number", async (t) => {
	t.equal(said("", ""), "", "no change");
	for (const added of [
		"exit.oom 16 int32_t",
		"other.first 0 int32_t",
		"PFLASK_OOM 2",
		"pflask_fd(pflask_container *) int",
	])
		t.equal(said("", "", [added]), "", added);
});

t.test("any other change raises the number", async (t) => {
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

t.test("the number does not go back", async (t) => {
	t.match(said("", "", [], 1), "would break");
});

t.test("a record is read as it was written, and not as somebody has edited it", async (t) => {
	const text = recordText(BEFORE);
	t.match(text, /^abi 2 [0-9a-f]{16}$/m);
	t.same(readRecord(text), BEFORE);
	const edited = text.replace("PFLASK_EXITED 1", "PFLASK_EXITED 2");
	t.throws(() => readRecord(edited), /its hash is [0-9a-f]{16}, not [0-9a-f]{16}/);
});

t.end();
