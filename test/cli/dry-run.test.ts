// SPDX-License-Identifier: BSD-2-Clause
// --dry-run needs no privilege, prints the plan, and does nothing else.
import { readFileSync } from "node:fs";
import t from "tap";
import { anyone, live } from "../lib/live.ts";
import { debianRoot, tinyRoot } from "../lib/roots.ts";
import { tree } from "../lib/tree.ts";
import { asUser, reachable } from "../lib/user.ts";

live("nothing changes, not even for root", async (t, box) => {
	const root = tinyRoot(box, []);
	const before = await tree(root);
	const mounts = readFileSync("/proc/self/mountinfo", "utf8");
	for (const args of [[], ["--netif"], ["--tty=always"], ["--no-mountns"]]) {
		const run = await box.run(["--dry-run", ...args, `--chroot=${root}`, "--", "/bin/probe"]);
		t.same([run.status, run.err], [0, ""], args.join(" "));
		t.match(run.out, /^ *0 +\w+ +\w+/m, "it prints a plan");
		t.match(run.out, "/bin/probe");
	}
	t.same(await tree(root), before);
	t.equal(readFileSync("/proc/self/mountinfo", "utf8"), mounts);
});

live("an ordinary user gets a plan, too", async (t, box) => {
	const program = reachable(box);
	const via = await asUser();
	const root = await debianRoot();
	for (const args of [
		["--", "id"],
		["-U", "--netif", `--chroot=${root}`, "--", "/bin/id"],
	]) {
		const run = await box.run(["--dry-run", ...args], { program, via, cwd: "/" });
		t.same([run.status, run.err], [0, ""], args.join(" "));
		t.match(run.out, new RegExp(` exec +${args.at(-1)}`), args.join(" "));
	}
});

anyone("the plan is the same every time", async (t, box) => {
	const args = ["--dry-run", "--netif", "-t", "x", "-s", "A=1", "--", "id"];
	t.equal((await box.run(args)).out, (await box.run(args)).out);
});

anyone("a plan does not need the command to exist", async (t, box) => {
	const run = await box.run(["--dry-run", "--", "no-such-command"]);
	t.equal(run.status, 0, run.err);
	t.match(run.out, "no-such-command");
});

anyone("each operation is one line, whatever characters its words have", async (t, box) => {
	const run = await box.run(["--dry-run", "-s", "A=x\ny", "--", "echo", "a\nb", "\x1b[31m", "c d"]);
	t.equal(run.status, 0);
	t.notMatch(run.out, "\x1b");
	for (const line of run.out.trimEnd().split("\n"))
		t.match(line, /^ *\d+ (monitor|init) +\w/, line);
});

t.end();
