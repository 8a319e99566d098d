// SPDX-License-Identifier: BSD-2-Clause
// The built libraries have the binary interfaces that the committed dumps describe. After an
// intended change, UPDATE=1 writes the dumps again.
import { readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { dumpOf } from "../abi-dump.ts";

const root = `${import.meta.dir}/../..`;
const RECORD = `${root}/core-c/defs/abi.xml`;
const TRIAL_RECORD = `${root}/core-c/defs/abi-trial.xml`;
/** The libraries with their debugging information, and their records. */
const LIBRARIES = {
	"libpflask.so.0": RECORD,
	"libpflask-trial.so.0": TRIAL_RECORD,
} as const;

/** Compares a dump with the committed dump by abidiff(1). */
function compare(t: Test, record: string, dump: string) {
	const path = `${t.testdir()}/abi.xml`;
	writeFileSync(path, dump);
	const { stdout, stderr, exitCode } = Bun.spawnSync(["abidiff", record, path]);
	return { text: `${stdout}${stderr}`, exitCode };
}

for (const [library, record] of Object.entries(LIBRARIES))
	t.test(`${library} has the recorded interface`, async (t) => {
		const dump = dumpOf(`${root}/build/lib/${library}`);
		if (process.env.UPDATE === "1") writeFileSync(record, dump);
		const { text, exitCode } = compare(t, record, dump);
		t.same([text, exitCode], ["", 0], "a wanted change: UPDATE=1, and read the difference");
	});

t.test("the comparison finds changes", async (t) => {
	const record = readFileSync(RECORD, "utf8");
	const changes = {
		"another type of a parameter": [
			/(<parameter )type-id='\w+'( name='signal')/,
			"$1type-id='95e97e5f'$2",
		],
		"a member at another place": [/(?<=layout-offset-in-bits=)'32'/, "'64'"],
		"a function that is gone": [/^ *<elf-symbol name='pflask_kill'.*\n/m, ""],
		"a handle that is another": [
			/(<typedef-decl name='pflask_plan' )type-id='\w+'/,
			"$1type-id='95e97e5e'",
		],
	} as const;
	for (const [name, [pattern, text]] of Object.entries(changes)) {
		const changed = record.replace(pattern, text);
		t.not(changed, record, name);
		t.not(compare(t, RECORD, changed).exitCode, 0, `${name} is found`);
	}
});

t.test("the handles are opaque in the dump", async (t) => {
	const record = readFileSync(RECORD, "utf8");
	for (const handle of ["spec", "plan", "container"])
		t.match(record, new RegExp(`'pflask_${handle}' is-struct='yes' .*is-declaration-only='yes'`));
	t.notMatch(record, "'pf_", "no internal type is in the dump");
	const trial = readFileSync(TRIAL_RECORD, "utf8");
	t.match(trial, /'pflask_trial' is-struct='yes' .*is-declaration-only='yes'/);
	t.notMatch(trial, "'pf_", "nor in the dump of libpflask-trial");
});
