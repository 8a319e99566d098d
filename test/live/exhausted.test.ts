// SPDX-License-Identifier: BSD-2-Clause
// Too few descriptors, from hardly any up to enough. A start works, or says in one line why it does
// not, and leaves nothing behind (live.ts looks).
import t, { type Test } from "tap";
import { type Account, account, as, RANGE } from "../lib/account.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { descendants } from "../lib/processes.ts";
import { tinyRoot } from "../lib/roots.ts";
import { until } from "../lib/until.ts";

const user: Account = await account("pft-exhausted", { range: RANGE });

/** Below the first of these the runtime that the program is compiled with cannot start. */
const COUNTS = [...Array.from({ length: 30 }, (_, index) => 5 + index), 64];

/** A start that hangs is an error long before this. */
const MOST = 20_000;

/** Starts a container under each limit; some of the starts work, and some do not. */
async function sweep(t: Test, runner: Pick<Box, "run">, args: readonly string[]): Promise<void> {
	let [worked, refused] = [0, 0];
	for (const count of COUNTS) {
		const via = ["sh", "-c", `ulimit -n ${count}; exec "$@"`, "sh"];
		const command = [...args, "--", "/bin/probe", "say", "ran"];
		const run = await runner.run(command, { via, bound: MOST });
		const what = `${count} descriptors ${args.join(" ")}: ${run.status} ${run.err}`;
		if (run.status === 0) worked++;
		else refused++;
		if (run.status === 0) t.equal(run.out, "ran\n", what);
		else t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, what);
		if (run.status !== 0) t.equal(run.status, 125, what);
		await until(`${what}: the end of all`, () => descendants().length === 0);
	}
	t.ok(worked > 0 && refused > 0, `${worked} starts have worked, ${refused} have not`);
}

for (const args of [[], ["--mount=tmp:/miss/ing"], ["--netif", "--ephemeral"], ["-P"]])
	live(`few descriptors: ${args.join(" ")}`, async (t, box) => {
		const root = tinyRoot(box);
		await sh(["chown", "-R", `${user.uid}:${user.gid}`, root]);
		await sweep(t, box, [`--chroot=${root}`, ...args]);
		await sweep(t, as(user, box), [`--chroot=${root}`, ...args]);
	});

t.end();
