// SPDX-License-Identifier: BSD-2-Clause
// With a fake make, .ci/run prints its last line, and fails if a part fails.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";

const root = `${import.meta.dir}/../..`;

const GOOD = "echo '3 passed, 0 failed' >build/test/summary";
const BAD = "echo '2 passed, 1 failed' >build/test/summary; exit 1";
const MACHINE = "echo in the machine; echo '4 passed, 0 failed' >build/test/summary-machine";

/** Runs .ci/run with the given scripts as "make lint", "make test" and "make test-vm". */
function runCi(t: Test, lint: string, test: string, machine: string = MACHINE) {
	const directory = mkdtempSync("/tmp/pftest-ci-");
	t.teardown(() => rmSync(directory, { recursive: true }));
	mkdirSync(`${directory}/.ci`);
	mkdirSync(`${directory}/bin`);
	cpSync(`${root}/.ci/run`, `${directory}/.ci/run`);
	const cases = `lint) ${lint};; test) ${test};; test-vm) ${machine};;`;
	writeFileSync(`${directory}/bin/make`, `#!/bin/sh\ncase $1 in ${cases} esac\n`);
	chmodSync(`${directory}/bin/make`, 0o755);
	const { stdout, exitCode } = Bun.spawnSync([`${directory}/.ci/run`], {
		env: { PATH: `${directory}/bin:${process.env.PATH}` },
	});
	return { lines: stdout.toString().trimEnd().split("\n"), exitCode };
}

t.test("lint and tests pass, and the last line adds up the tests of both machines", async (t) => {
	const { lines, exitCode } = runCi(t, "echo quiet", GOOD);
	t.same([lines, exitCode], [["in the machine", "7 passed, 0 failed"], 0]);
});

t.test("lint fails, and says so right before the last line", async (t) => {
	const { lines, exitCode } = runCi(t, "sleep 0.2; echo bad style >&2; exit 2", GOOD);
	const said = ["in the machine", "bad style", "make lint failed", "7 passed, 0 failed"];
	t.same([lines, exitCode], [said, 1]);
});

t.test("a test fails", async (t) => {
	const { lines, exitCode } = runCi(t, "true", BAD);
	t.same([lines, exitCode], [["in the machine", "6 passed, 1 failed"], 1]);
});

t.test("a test fails in the virtual machine", async (t) => {
	const bad = "echo '2 passed, 2 failed' >build/test/summary-machine; exit 1";
	const { lines, exitCode } = runCi(t, "true", GOOD, bad);
	t.same([lines, exitCode], [["make test-vm failed", "5 passed, 2 failed"], 1]);
});

t.test("skipped tests are counted", async (t) => {
	const skipped = "echo '2 passed, 0 failed, 5 skipped' >build/test/summary-machine";
	const { lines, exitCode } = runCi(t, "true", GOOD, skipped);
	t.same([lines, exitCode], [["5 passed, 0 failed, 5 skipped"], 0]);
});

t.test("the build fails", async (t) => {
	const { lines, exitCode } = runCi(t, "true", "exit 2", "exit 2");
	t.same([lines, exitCode], [["make test-vm failed", "0 passed, 2 failed"], 2]);
});

t.test("no test has run", async (t) => {
	const { lines, exitCode } = runCi(t, "true", "true", "true");
	t.same([lines, exitCode], [["0 passed, 2 failed"], 1]);
});
