// SPDX-License-Identifier: BSD-2-Clause
// An operation without an option can fail, too. The error of such an operation is a sentence, not a
// line of the plan.
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { nameIn } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-sentences");

/** A script that makes a directory of the host read-only. */
const readOnly = (path: string) =>
	`mount --rbind ${path} ${path}; mount -o remount,bind,ro ${path}; `;

live("a control directory that cannot be created", async (t, box) => {
	const via = inMounts(readOnly("/tmp") + readOnly("/run"));
	const name = nameIn(box, "ro");
	const run = await box.run(["--detach", `--name=${name}`, "--", "/bin/true"], { via });
	t.same([run.status, run.out], [125, ""]);
	const what = "cannot use the control directory '/tmp/pflask-0': Read-only file system";
	const hint = "XDG_RUNTIME_DIR=DIR pflask ..., with a writable DIR of your own";
	t.equal(run.err, `pflask: --detach: ${what}\nhint: ${hint}\n`);
});

live("a cgroup that cannot be created", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	const run = await as(user, box).run([`--chroot=${root}`, "--", "/bin/init"]);
	t.same([run.status, run.out], [125, ""]);
	const what = String.raw`/bin/init: cannot create a cgroup in \S+ \(cgroup2\): Permission denied`;
	// The hint must not be sudo, because a system that root started would leave files of root in the
	// user's directory.
	t.match(run.err, new RegExp(`^pflask: ${what}\nhint: pflask-userns check\n$`));
});

live("a user namespace that cannot be set up", async (t, box) => {
	const via = inMounts(readOnly("/proc"));
	const run = await as(user, box).run(["--", "/bin/true"], { via });
	t.same([run.status, run.out], [125, ""]);
	const what = "cannot deny setgroups(2) in the user namespace: Read-only file system";
	t.equal(run.err, `pflask: ${what}\nhint: mount -o remount,rw /proc\n`);
});

live("the message names the malformed value", async (t, box) => {
	for (const [option, why, remedy] of [
		["size=-1", "must be size=NUMBER, optionally followed by k, m, g or %", "size=64m"],
		["mode=9", "must be mode=OCTAL, from 0 to 7777", "mode=1777"],
	]) {
		const run = await box.run([`--mount=tmp:/x:${option}`, "--", "/bin/true"]);
		const line = `pflask: --mount: tmp:/x:${option}: ${option}: ${why}`;
		t.same([run.status, run.err], [125, `${line}\nhint: --mount=tmp:/x:${remedy}\n`]);
	}
});

t.end();
