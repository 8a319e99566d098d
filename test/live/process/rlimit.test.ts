// SPDX-License-Identifier: BSD-2-Clause
// --rlimit, seen from the inside: the limits of the command, of --exec and of pid 1.
import { readFileSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { reachable } from "../../lib/user.ts";

const user = await account("pft-rlimit");

/** Whether root may raise hard limits here (CAP_SYS_RESOURCE). */
const MAY_RAISE =
	(BigInt(`0x${readFileSync("/proc/self/status", "latin1").match(/CapEff:\s+(\w+)/)?.[1]}`) >>
		24n) &
	1n;

const LIMITS = ["--rlimit=nofile=40:50", "--rlimit=RLIMIT_CORE=0", "--rlimit=cpu=100:unlimited"];

live("the limits of the command", async (t, box) => {
	for (const args of [[], ["--as-pid1"], ["--user-map=auto"], ["-MIHP"], ["--user=5", "-U"]]) {
		const run = await box.run([...args, ...LIMITS, "--", PROBE, "limits"]);
		t.equal(run.status, 0, run.err);
		t.equal(run.facts("rlimit.nofile"), "40 50", args.join(" "));
		t.equal(run.facts("rlimit.core"), "0 0", args.join(" "));
		t.equal(run.facts("rlimit.cpu"), "100 -1", args.join(" "));
	}
	const mine = await as(user, box).run([...LIMITS, "--", "sh", "-c", "ulimit -n; ulimit -Hn"]);
	t.equal(mine.out, "40\n50\n", mine.err);
	const last = await box.run(["--rlimit=core=9", "--rlimit=core=8", "--", PROBE, "limits"]);
	t.equal(last.facts("rlimit.core"), "8 8", "the last option counts");
});

live("a command of --exec has the same limits", async (t, box) => {
	for (const args of [[], ["--user-map=auto"]]) {
		const pid = await detach(box, [...args, ...LIMITS, "--", PROBE, "hold"]);
		for (const more of [[], ["--user=5"]]) {
			const run = await box.run([`--exec=${pid}`, ...more, "--", PROBE, "limits"]);
			t.equal(run.facts("rlimit.nofile"), "40 50", run.err);
			t.equal(run.facts("rlimit.cpu"), "100 -1");
		}
		await finish(box, pid);
	}
});

live("init works with any limit of open files", async (t, box) => {
	for (const number of [0, 1, 2, 3, 4, 15, 17]) {
		const run = await box.run([`--rlimit=nofile=${number}`, "--", PROBE, "limits"]);
		t.equal(run.status, 0, run.err);
		t.equal(run.facts("rlimit.nofile"), `${number} ${number}`);
	}
});

live("only a privileged caller gets more than the hard limit", async (t, box) => {
	const via = ["prlimit", "--nofile=90:100", "--core=0:0"];
	const most = await box.run(["--rlimit=nofile=100", "--", PROBE, "limits"], { via });
	t.equal(most.facts("rlimit.nofile"), "100 100", most.err);
	const more = ["--rlimit=nofile=100:200", "--rlimit=core=unlimited", "--", PROBE, "limits"];
	for (const args of [[], ["--user-map=auto"]]) {
		const run = await box.run([...args, ...more], { via });
		if (MAY_RAISE) {
			t.equal(run.facts("rlimit.nofile"), "100 200", run.err);
			t.equal(run.facts("rlimit.core"), "-1 -1");
		} else {
			t.equal(run.status, 125);
			t.match(run.err, /^pflask: --rlimit: core=unlimited: higher than the hard limit of the/);
		}
	}
	const options = { program: reachable(box), via: [...via, ...user.become], env: user.env };
	const mine = await box.run(["--rlimit=nofile=101", "--", "true"], options);
	t.same([mine.status, mine.out], [125, ""]);
	t.equal(
		mine.err,
		"pflask: --rlimit: nofile=101: higher than the hard limit of the caller, 100\n" +
			"hint: --rlimit=nofile=100, or sudo pflask ...\n",
	);
});

t.end();
