// SPDX-License-Identifier: BSD-2-Clause
// A C program runs commands in its own containers by pflask_exec() (test/library/exec.c).
import { compile } from "../../lib/library.ts";
import { live } from "../../lib/live.ts";

const ESRCH = -3;
const ECHILD = -10;
const EINVAL = -22;
const EINPROGRESS = -115;

const STARTED = 1;
const ENDED = 2;

live("a program runs commands in the containers that it has started", async (t, box) => {
	for (const kind of ["shared", "static"] as const) {
		const ran = await box.run([], { program: await compile("exec.c", kind), bound: 120_000 });
		const { out, err } = ran;
		const lines = out.replace(/ \d+: ended/g, " ended").split("\n");
		t.same([ran.status, err], [0, ""]);
		t.same(lines.slice(0, -2), [
			"ended 0 reason 1 code 7 signal 0",
			`inside a command ${EINVAL}`,
			...Array(3).fill("ended 0 reason 1 code 8 signal 0"),
			`child ${-ECHILD}`,
			"waited reason 9",
			"held 0 reason 9 code 0 signal 9",
			`after the end ${ESRCH} ended before the command started`,
			`early ${EINPROGRESS}`,
			`step ${STARTED}`,
			`command ${STARTED}`,
			`command ${ENDED}`,
			"ended 0 reason 1 code 5 signal 0",
			"killed 0 reason 2 code 0 signal 15",
			`closed ${ESRCH} ended before the command started`,
			"exhausted: Too many open files",
			"exhausted: cannot join the container: Too many open files",
			"exhausted: runs",
		]);
		const [, before, after] = lines.at(-2)?.match(/^descriptors (\d+) (\d+)$/) ?? [];
		t.ok(before);
		t.equal(after, before, "no descriptor is left");
	}
});
