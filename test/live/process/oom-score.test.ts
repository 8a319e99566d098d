// SPDX-License-Identifier: BSD-2-Clause
// --umask, --domainname and --oom-score-adj, seen from the inside, also by a command of --exec.
import { readFileSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";

const user = await account("pft-oom");
const SHOW = ["sh", "-c", "umask; cat /proc/self/oom_score_adj; domainname"];
const ARGS = ["--umask=027", "--oom-score-adj=700", "--domainname=pft.example"];
const SHOWN = "0027\n700\npft.example\n";

live("the command has the mask, the score and the name", async (t, box) => {
	const own = readFileSync("/proc/self/oom_score_adj", "utf8");
	for (const args of [[], ["--user-map=auto"], ["--as-pid1"], ["-MP"], ["--user=5", "-U"]]) {
		const run = await box.run([...args, ...ARGS, "--", ...SHOW]);
		t.equal(run.out, SHOWN, run.err);
		const without = await box.run([...args, "--", "cat", "/proc/self/oom_score_adj"]);
		t.equal(without.out, own, without.err);
	}
	const mine = await as(user, box).run([...ARGS, "--", ...SHOW]);
	t.equal(mine.out, SHOWN, mine.err);
});

live("init waits for the score before the command starts", async (t, box) => {
	for (const args of [["-MP"], [], ["--user-map=auto"]]) {
		const words = [...args, ...ARGS, "--dry-run", "--json", "--", "true"];
		const { operations } = JSON.parse((await box.run(words)).out);
		const names = operations.map(({ op }: { op: string }) => op);
		const wait = names.indexOf("await", names.indexOf("oom_score"));
		t.ok(wait > 0 && wait < names.indexOf("fork"), `${args}: ${names}`);
	}
});

live("a command of --exec has the same", async (t, box) => {
	for (const runner of [box, as(user, box)]) {
		const pid = await detach({ ...box, ...runner }, [...ARGS, "--", PROBE, "hold"]);
		const run = await runner.run([`--exec=${pid}`, "--", ...SHOW]);
		t.equal(run.out, SHOWN, run.err);
		await finish({ ...box, ...runner }, pid);
	}
});

live("a user cannot choose less than the own number", async (t, box) => {
	const via = ["choom", "-n", "300", "--"];
	const less = await as(user, box).run(["--oom-score-adj=-1", "--", "true"], { via });
	t.equal(less.status, 125);
	t.equal(
		less.err,
		"pflask: --oom-score-adj: -1: Permission denied\n" +
			"hint: cat /proc/self/oom_score_adj: only CAP_SYS_RESOURCE allows a smaller number\n",
	);
});

t.end();
