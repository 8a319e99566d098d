// SPDX-License-Identifier: BSD-2-Clause
// .ci/run with a fake make: the last line of its output, and the failures that make the run fail.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";

const root = `${import.meta.dir}/../..`;

/** Runs .ci/run with the given scripts as "make lint" and "make test". */
function runCi(t: Test, lint: string, test: string) {
	const directory = mkdtempSync("/tmp/pftest-ci-");
	t.teardown(() => rmSync(directory, { recursive: true }));
	mkdirSync(`${directory}/.ci`);
	mkdirSync(`${directory}/bin`);
	cpSync(`${root}/.ci/run`, `${directory}/.ci/run`);
	const make = `#!/bin/sh\ncase $1 in lint) ${lint};; test) ${test};; esac\n`;
	writeFileSync(`${directory}/bin/make`, make);
	chmodSync(`${directory}/bin/make`, 0o755);
	const { stdout, exitCode } = Bun.spawnSync([`${directory}/.ci/run`], {
		env: { PATH: `${directory}/bin:${process.env.PATH}` },
	});
	return { lines: stdout.toString().trimEnd().split("\n"), exitCode };
}

const GOOD = "echo '3 passed, 0 failed' >build/test/summary";
const BAD = "echo '2 passed, 1 failed' >build/test/summary; exit 1";

t.test("lint and tests pass", async (t) => {
	const { lines, exitCode } = runCi(t, "echo quiet", GOOD);
	t.same([lines, exitCode], [["3 passed, 0 failed"], 0]);
});

t.test("lint fails, and says so right before the last line", async (t) => {
	const { lines, exitCode } = runCi(t, "sleep 0.2; echo bad style >&2; exit 2", GOOD);
	t.same([lines, exitCode], [["bad style", "make lint failed", "3 passed, 0 failed"], 1]);
});

t.test("a test fails", async (t) => {
	const { lines, exitCode } = runCi(t, "true", BAD);
	t.same([lines, exitCode], [["2 passed, 1 failed"], 1]);
});

t.test("the build fails", async (t) => {
	const { lines, exitCode } = runCi(t, "true", "exit 2");
	t.same([lines, exitCode], [["0 passed, 1 failed"], 2]);
});

t.test("no test has run", async (t) => {
	const { lines, exitCode } = runCi(t, "true", "true");
	t.same([lines, exitCode], [["0 passed, 1 failed"], 1]);
});
