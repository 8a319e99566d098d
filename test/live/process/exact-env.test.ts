// SPDX-License-Identifier: BSD-2-Clause
// --exact-env: the command gets the variables of --setenv, and no other.
import t from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";

const ENV = "/usr/bin/env";

live("the environment is exact", async (t, box) => {
	for (const args of [[], ["--user-map=auto"], ["--confine"], ["--user=5", "-U"]]) {
		const none = await box.run([...args, "--exact-env", "--", ENV]);
		t.same([none.status, none.out], [0, ""], `${args} ${none.err}`);
		const some = await box.run([...args, "--exact-env", "--setenv=B=1,A=", "--", ENV]);
		t.equal(some.out, "B=1\nA=\n", `${args} ${some.err}`);
	}
	const found = await box.run(["--exact-env", "--", "env"]);
	t.same([found.status, found.out], [0, ""], found.err);
	const pid = await detach(box, ["--exact-env", "--setenv=A=1", "--", PROBE, "hold"]);
	const run = await box.run([`--exec=${pid}`, "--setenv=B=2", "--", ENV]);
	t.equal(run.out, "A=1\nB=2\n", run.err);
	await finish(box, pid);
});

t.end();
