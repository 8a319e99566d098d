// SPDX-License-Identifier: BSD-2-Clause
// Limits in version 2 of cgroups, for containers that are machines and for other containers.
import { existsSync, readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { destroy, lookUp, nameIn, startWaiting } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { machinectl, machineIn, scopeOf, startMachine, untilGone } from "../lib/machinectl.ts";
import { signal } from "../lib/processes.ts";
import { service } from "../lib/unit.ts";

const MIB = 1024 * 1024;
const OOM = "pflask: killed: out of memory (limit 32M)\n";
const DISK = "/dev/vda";
const LIMITS = `--limit=memory=64M,swap=8M,pids=20,cpu=0.5,io=${DISK}:rbps=1M:wiops=50`;
const FILES = ["memory.max", "memory.swap.max", "pids.max", "cpu.max", "io.max"];

/**
 * The places of a container. A place has a name, the options of pflask, and the setting of the
 * service that runs pflask.
 */
const PLACES: readonly [name: string, options: readonly string[], delegate: string][] = [
	["no machine, in a service", ["--register=no"], "Delegate=no"],
	["no machine, alone in a delegated cgroup", ["--register=no"], "Delegate=yes"],
	["a machine", ["--register=yes"], "Delegate=no"],
	["a machine by auto", [], "Delegate=yes"],
];

/** Runs a test in each place, with a function that runs pflask there. */
function inPlaces(
	name: string,
	body: (t: Test, run: (...words: readonly string[]) => ReturnType<Box["run"]>) => Promise<void>,
): void {
	for (const [place, options, delegate] of PLACES)
		live(`${name}: ${place}`, async (t, box) => {
			let count = 0;
			await body(t, (...words) => {
				const unit = nameIn(box, `${++count}`);
				return box.run([...options, ...words], { via: service(unit, delegate) });
			});
		});
}

inPlaces("the kernel has all limits", async (t, run) => {
	const device = readFileSync(`/sys/block/${DISK.slice(5)}/dev`, "utf8").trim();
	const shown = await run(LIMITS, "--", "sh", "-c", `cd /sys/fs/cgroup; cat ${FILES.join(" ")}`);
	t.equal(shown.err, "");
	t.same(shown.out.split("\n"), [
		`${64 * MIB}`,
		`${8 * MIB}`,
		"20",
		"50000 100000",
		`${device} rbps=${MIB} wbps=max riops=max wiops=50`,
		"",
	]);
});

live("the limits of a machine hold", async (t, box) => {
	const run = (...words: string[]) => box.run(["--register=yes", ...words]);
	const forks = "for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; echo all";
	const many = await run("--limit=pids=6", "--", "sh", "-c", forks);
	t.notMatch(many.out, "all");
	t.match(many.err, /[Cc]annot fork/);
	const read = ["dd", `if=${DISK}`, "of=/dev/null", "bs=256k", "count=8", "iflag=direct"];
	const slow = await run("--stats=json", `--limit=io=${DISK}:rbps=1M`, "--", ...read);
	const { usage } = JSON.parse(slow.err.trimEnd().split("\n").at(-1) ?? "");
	t.ok(usage.ioRead >= 2 * MIB, "2 MiB were read");
	t.ok(usage.wallUsec >= 1_000_000, "at 1 MiB in a second");
	const spin = "until grep 'nr_throttled [1-9]' /sys/fs/cgroup/cpu.stat; do :; done";
	t.match((await run("--limit=cpu=0.2", "--", "sh", "-c", spin)).out, /^nr_throttled [1-9]/);
});

inPlaces("a command is killed at its memory limit", async (t, run) => {
	const words = ["--stats=json", "--limit=memory=32M,swap=0", "--", "tail", "/dev/zero"];
	const { status, err } = await run(...words);
	t.equal(status, 137);
	t.match(err, OOM);
	const ended = JSON.parse(err.trimEnd().split("\n").at(-1) ?? "");
	t.match(ended, { reason: "oom", signal: "SIGKILL", memoryLimit: 32 * MIB });
	t.ok(ended.usage.userUsec > 0 && ended.usage.systemUsec > 0);
});

inPlaces("--cgroup by hand", async (t, run) => {
	const words = ["-g", "memory:max=48M", "-g", "pids:max=9", "--cgroup=cpuset:cpus=0"];
	const cat = "cd /sys/fs/cgroup; cat memory.max pids.max cpuset.cpus.effective; nproc";
	const { out, err } = await run(...words, "--", "sh", "-c", cat);
	t.same([out, err], [`${48 * MIB}\n9\n0\n1\n`, ""]);
	const wrong = await run("-g", "memory:max=many", "--", "true");
	t.equal(wrong.status, 125);
	t.match(
		wrong.err,
		/^pflask: --cgroup: memory:max=many: cannot write 'many' to memory.max: Invalid [^\n]*\nhint: /,
	);
});

live("too little memory or too few processes to start a machine", async (t, box) => {
	const memory = await box.run(["--register=yes", "--limit=memory=4K", "--", "true"]);
	t.equal(memory.status, 125);
	t.equal(
		memory.err,
		`pflask: --limit: memory=4K: too little memory to start a container
hint: --limit=memory=16M
`,
	);
	const pids = await box.run(["--register=yes", "--limit=pids=1", "--", "true"]);
	t.equal(pids.status, 125);
	t.match(pids.err, /^pflask: [^\n]+\nhint: [^\n]*--limit=pids=COUNT\n$/);
});

live("the cgroups of a machine are in its scope, and --exec enters them", async (t, box) => {
	const machine = machineIn(box, "scope");
	const monitor = await startMachine(
		...([box, machine, "--limit=memory=32M,swap=0,pids=50", "--", "sleep", "1000"] as const),
	);
	const { leader = 0 } = (await lookUp(box, machine)) ?? {};
	const place = `/machine.slice/machine-${machine}.scope/pflask-${monitor}`;
	t.equal(readFileSync(`/proc/${leader}/cgroup`, "utf8"), `0::${place}/container\n`);
	for (const path of [place, `${place}/container`])
		t.equal(readFileSync(`/sys/fs/cgroup${path}/pids.max`, "utf8"), "50\n", path);
	const status = await machinectl("status", machine);
	t.match(status, new RegExp(`─pflask-${monitor}\\n[^\\n]*─container\\n`));
	const inside = await box.run([`--exec=${machine}`, "--", "cat", "/proc/self/cgroup"]);
	t.equal(inside.out, "0::/\n");
	const killed = await box.run([`--exec=${machine}`, "--", "tail", "/dev/zero"]);
	t.equal(killed.status, 137);
	await machinectl("terminate", machine);
	await untilGone(box, machine);
});

live("no scope is left, however a machine with limits ends", async (t, box) => {
	const start = async (...words: string[]) => {
		const machine = machineIn(box, "end");
		const limits = "--limit=memory=64M,pids=50";
		const monitor = await startMachine(box, machine, limits, ...words, "--", "sleep", "1000");
		t.ok(existsSync(scopeOf(machine)));
		return { machine, monitor, leader: (await lookUp(box, machine))?.leader ?? 0 };
	};
	for (const words of [[], ["--no-pidns"]]) {
		const inner = await start(...words);
		const waiting = await startWaiting(box, inner.monitor);
		signal(inner.leader, "SIGKILL");
		t.equal((await waiting.ended).status, 137, "the command is killed");
		await untilGone(box, inner.machine);
		const lost = await start(...words);
		await destroy(lost.monitor);
		await untilGone(box, lost.machine);
		const killed = await start(...words);
		await box.run(["--kill=KILL", killed.machine]);
		await untilGone(box, killed.machine);
	}
	const failed = await box.run([
		...["--register=yes", `--machine=${machineIn(box, "end")}`, "--limit=pids=50"],
		...["--", "/no/such/command"],
	]);
	t.equal(failed.status, 127);
	await untilGone(box, machineIn(box, "end"));
	t.equal(await sh(["find", "/sys/fs/cgroup/machine.slice", "-name", "*pflask*"]), "");
});

t.end();
