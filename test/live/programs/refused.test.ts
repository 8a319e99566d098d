// SPDX-License-Identifier: BSD-2-Clause
// If the kernel refuses a part of a container, the start fails. A running container has every part
// that its options name.
import { readdirSync, statSync } from "node:fs";
import t, { type Test } from "tap";
import { NAMESPACES } from "../../../packages/runtime/src/abi.gen.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Ended } from "../../lib/run.ts";
import { names } from "../../lib/tree.ts";

/** All kinds of namespaces except the user namespace, which root's containers do not have. */
const KINDS = NAMESPACES.map(([, name]) => name).filter((name) => name !== "user");
const WORDS = [
	"ids",
	"+",
	"ns",
	"+",
	"hostname",
	"+",
	"ls",
	"/",
	"+",
	"ps",
	"+",
	"write",
	"/dev/null",
	"x",
];

/** Tests that the container has every part that its options name. */
function isComplete(t: Test, run: Ended, what: string): void {
	const shared = KINDS.filter(
		(kind) => run.facts(`ns.${kind}`) === String(statSync(`/proc/self/ns/${kind}`).ino),
	);
	t.same(shared, [], `${what}: it has all its namespaces`);
	t.equal(run.facts("hostname"), "inside", what);
	t.equal(run.facts("sid"), run.facts("pid"), `${what}: it leads its session`);
	t.notOk(run.facts.all("ls./").includes("usr"), `${what}: it has its root`);
	t.equal(run.facts.all("process").length, 2, `${what}: it has its /proc`);
	t.equal(run.facts("write./dev/null"), "ok", `${what}: it has its /dev`);
}

function isError(t: Test, run: Ended, what: string): void {
	t.equal(run.status, 125, `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	t.equal(run.out, "", `${what}: nothing has run`);
}

const CALLS = [
	["unshare", "setsid", "sethostname", "pidfd_open", "pidfd_send_signal"],
	["mount", "umount2", "pivot_root", "openat2", "mknodat", "symlinkat"],
	["fsopen", "fsconfig", "fsmount", "move_mount", "open_tree", "mount_setattr"],
].flat();

const ERRORS = { EPERM: "1", ENOMEM: "12", ENOSYS: "38" };

/**
 * System calls and errors. The runtime makes threads with clone3(2) and falls back to clone(2) on
 * ENOSYS only.
 */
const FAULTS: readonly (readonly [call: string, name: string, number: string])[] = [
	["clone3", "ENOSYS", ERRORS.ENOSYS],
	...CALLS.flatMap((call) =>
		Object.entries(ERRORS).map(([name, number]) => [call, name, number] as const),
	),
];

live("a system call that fails", async (t, box) => {
	const root = tinyRoot(box);
	const before = await names(root);
	let errors = 0;
	for (const [call, name, number] of FAULTS) {
		const args = ["--netif", "--hostname=inside", `--chroot=${root}`, "--", "/bin/probe"];
		const via = [PROBE, "refuse", call, number, "+", "exec"];
		const run = await box.run([...args, ...WORDS], { via });
		const what = `${call} gives ${name}`;
		if (run.status === 0) isComplete(t, run, what);
		else isError(t, run, what);
		if (run.status !== 0) errors++;
		t.same(await names(root), before, `${what}: the root is as it was`);
	}
	t.ok(errors > CALLS.length, "most of them are needed");
});

live("an old kernel gives a hint with the required version", async (t, box) => {
	const root = tinyRoot(box);
	for (const call of ["clone3", "openat2", "fsopen", "open_tree", "mount_setattr"]) {
		const via = [PROBE, "refuse", call, ERRORS.ENOSYS, "+", "exec"];
		const run = await box.run([`--chroot=${root}`, "--", "/bin/probe", "say", "ran"], { via });
		isError(t, run, call);
		t.match(run.err, /\nhint: [^\n]*Linux 5\.12/, call);
	}
});

live("a system call that fails, on a terminal", async (t, box) => {
	const root = tinyRoot(box);
	for (const call of CALLS) {
		const via = [PROBE, "refuse", call, "1", "+", "exec"];
		const script = 'echo "before $(stty -g)"; "$@"; echo "status $?"; echo "after $(stty -g)"';
		const session = box.terminal([`--chroot=${root}`, "--", "/bin/probe", "say", "ran"], {
			via: ["sh", "-c", script, "sh", ...via],
		});
		const { out } = await session.ended;
		t.match(out, /ran\r\nstatus 0|pflask: [^\n]+\n(hint: [^\n]+\n)?status 125/, call);
		t.equal(out.match(/after (\S+)/)?.[1], out.match(/before (\S+)/)?.[1], call);
	}
});

/**
 * Returns a command prefix that sets a limit in a new user namespace, without a change of the
 * host's limits.
 */
function limited(name: string): string[] {
	const script = `echo 0 >/proc/sys/user/${name} && exec "$@"`;
	return ["unshare", "--user", "--map-root-user", "sh", "-ceu", script, "sh"];
}

live("a namespace that the kernel's limits refuse", async (t, box) => {
	const limits = readdirSync("/proc/sys/user").filter((name) => /^max_.*_namespaces$/.test(name));
	for (const kind of KINDS) {
		const limit = `max_${kind}_namespaces`;
		t.ok(limits.includes(limit), `this kernel has ${limit}`);
		const run = await box.run(["--netif", "--", PROBE, "say", "ran"], { via: limited(limit) });
		isError(t, run, limit);
		t.match(run.err, /user\.max_\w*namespaces|No space left on device/, limit);
	}
});

t.end();
