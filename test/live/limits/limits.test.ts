// SPDX-License-Identifier: BSD-2-Clause
// --limit and --cgroup: the kernel enforces the limits, and the container cannot escape the limits.
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmdirSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import t from "tap";
import { cgroupName, cgroups, hierarchies } from "../../lib/cgroups.ts";
import { destroy, detach, finish, isAlive, nameIn } from "../../lib/detached.ts";
import { cgroupsOf, limitOf } from "../../lib/limit-files.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, reapOrphans, signal } from "../../lib/processes.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

const MIB = 1024 * 1024;
const KILLED_FOR_MEMORY = "pflask: killed: out of memory (limit 32M)\n";
const isV1 = (controller: string) =>
	[...hierarchies().keys()].some((list) => list.split(",").includes(controller));

/** Runs a test with the pid of the command of a detached container. */
async function holding(
	box: Box,
	args: readonly string[],
	body: (pid: number, monitor: number) => Promise<void>,
): Promise<void> {
	const monitor = await detach(box, [...args, "--", PROBE, "hold"]);
	try {
		const pid = descendants().find((one) => one.name === "probe" && isAlive(one.pid))?.pid ?? 0;
		await body(pid, monitor);
	} finally {
		await finish(box, monitor);
	}
}

function cpuOf(pid: number): string {
	return isV1("cpu")
		? `${limitOf(pid, "cpu.cfs_quota_us")} ${limitOf(pid, "cpu.cfs_period_us")}`
		: limitOf(pid, "cpu.max");
}

live("the kernel has the limits; the last of two counts", async (t, box) => {
	const words = ["--limit=memory=128M,pids=7", "--limit=memory=64m,cpu=1.5", "--limit=pids=50"];
	await holding(box, words, async (pid) => {
		t.equal(limitOf(pid, "memory.max", "memory.limit_in_bytes"), `${64 * MIB}`);
		t.equal(limitOf(pid, "pids.max"), "50");
		t.equal(cpuOf(pid), "150000 100000");
	});
});

live("swap is counted beside the memory", async (t, box) => {
	await holding(box, ["--limit=swap=1M,memory=64M"], async (pid) => {
		const [memory, swap] = isV1("memory") ? [64, 65] : [64, 1];
		t.equal(limitOf(pid, "memory.max", "memory.limit_in_bytes"), `${memory * MIB}`);
		t.equal(limitOf(pid, "memory.swap.max", "memory.memsw.limit_in_bytes"), `${swap * MIB}`);
	});
});

live("the rates of a disk", async (t, box) => {
	const disk = readdirSync("/sys/block").find((name) => existsSync(`/dev/${name}`));
	if (!need(t, disk !== undefined, "the machine has no disk")) return;
	const device = readFileSync(`/sys/block/${disk}/dev`, "utf8").trim();
	await holding(box, [`--limit=io=/dev/${disk}:rbps=10M:wiops=100`], async (pid) => {
		if (isV1("blkio")) {
			t.equal(limitOf(pid, "blkio.throttle.read_bps_device"), `${device} ${10 * MIB}`);
			t.equal(limitOf(pid, "blkio.throttle.write_iops_device"), `${device} 100`);
		} else
			t.match(limitOf(pid, "io.max"), `${device} rbps=${10 * MIB} wbps=max riops=max wiops=100`);
	});
});

live("a command that needs more memory is killed, and its report says why", async (t, box) => {
	const words = ["--status-fd=1", "--limit=memory=32M,swap=0", "--", PROBE, "devour"];
	const run = await box.run(words);
	t.equal(run.status, 137);
	const ended = JSON.parse(run.out.trimEnd().split("\n").at(-1) ?? "");
	t.match(ended, { reason: "oom", signal: "SIGKILL", memoryLimit: 32 * MIB });
	t.ok(ended.usage.memoryPeak > 16 * MIB && ended.usage.memoryPeak <= 32 * MIB);
});

live(
	"a command of --exec that needs more memory is killed, and its report says why",
	async (t, box) => {
		await holding(box, ["--limit=memory=32M,swap=0"], async (_pid, monitor) => {
			const exec = `--exec=${monitor}`;
			const text = await box.run([exec, "--", PROBE, "devour"]);
			t.same([text.status, text.err], [137, KILLED_FOR_MEMORY]);
			const json = await box.run([exec, "--stats=json", "--status-fd=1", "--", PROBE, "devour"]);
			t.equal(json.status, 137);
			for (const output of [json.out, json.err.replace(KILLED_FOR_MEMORY, "")])
				t.match(JSON.parse(output.trimEnd().split("\n").at(-1) ?? ""), {
					reason: "oom",
					signal: "SIGKILL",
					memoryLimit: 32 * MIB,
				});
			const other = await box.run([exec, "--", "sh", "-c", "kill -9 $$"]);
			t.same([other.status, other.err], [137, ""], "an earlier kill says nothing");
		});
	},
);

live("a command whose child was killed ends with its own status", async (t, box) => {
	const script = `"${PROBE}" devour; echo "child $?"; exit 3`;
	const run = await box.run(["--limit=memory=32M,swap=0", "--", "sh", "-c", script]);
	t.same([run.status, run.out], [3, "child 137\n"], run.err);
});

live("too little memory or too few processes to start", async (t, box) => {
	const memory = await box.run(["--limit=memory=4K", "--", PROBE, "say", "ran"]);
	t.same([memory.status, memory.out], [125, ""]);
	t.match(memory.err, /^pflask: --limit: memory=4K: [^\n]+\nhint: --limit=memory=16M\n$/);
	const pids = await box.run(["--limit=pids=1", "--", PROBE, "say", "ran"]);
	t.same([pids.status, pids.out], [125, ""]);
	t.match(pids.err, /^pflask: [^\n]+\nhint: [^\n]*--limit=pids=COUNT\n$/);
});

live("a process more than the limit cannot be made", async (t, box) => {
	const script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; echo all; kill 0";
	const run = await box.run(["--limit=pids=6", "--", "sh", "-c", script]);
	t.notMatch(run.out, "all");
	t.match(run.err, /[Cc]annot fork/);
});

live("the cgroup namespace begins at the container's own cgroups", async (t, box) => {
	const words = ["--limit=memory=64M,pids=50", "--", PROBE, "cat", "/proc/self/cgroup"];
	const { out } = await box.run(words);
	for (const controller of ["memory", "pids"])
		t.match(out, isV1(controller) ? new RegExp(`:${controller}:/\\n`) : /0::\/\n/, out);
});

live("--exec puts a command into all cgroups of the container", async (t, box) => {
	await holding(box, ["--limit=memory=32M,swap=0,pids=20"], async (pid, monitor) => {
		const inside = await box.run([`--exec=${monitor}`, "--", PROBE, "cat", "/proc/self/cgroup"]);
		t.equal(inside.status, 0, inside.err);
		const running = box.start([`--exec=${monitor}`, "--", PROBE, "hold"]);
		await running.until("ready");
		const other = descendants().findLast((one) => one.name === "probe" && one.pid !== pid);
		t.same(cgroupsOf(other?.pid ?? 0), cgroupsOf(pid));
		running.kill("SIGTERM");
		await running.ended;
		t.equal((await box.run([`--exec=${monitor}`, "--", PROBE, "devour"])).status, 137);
	});
});

live("--cgroup makes a cgroup and writes to its files", async (t, box) => {
	const key = isV1("memory") ? "limit_in_bytes" : "max";
	for (const name of [key, `memory.${key}`])
		await holding(box, ["-g", "pids", `--cgroup=memory:${name}=64M`], async (pid) => {
			t.equal(limitOf(pid, "memory.max", "memory.limit_in_bytes"), `${64 * MIB}`);
			t.equal(limitOf(pid, "pids.max"), "max");
		});
});

live("a cpuset needs no more than its processors", async (t, box) => {
	const run = await box.run(["--cgroup=cpuset:cpus=0", "--", "nproc"]);
	t.same([run.status, run.out], [0, "1\n"], run.err);
});

live("an error of the kernel names the option, the file and the value", async (t, box) => {
	const key = isV1("memory") ? "limit_in_bytes" : "max";
	const run = await box.run([`--cgroup=memory:${key}=many`, "--", PROBE, "say", "ran"]);
	t.same([run.status, run.out], [125, ""]);
	const file = `memory.${key}`;
	const [line, hint, ...rest] = run.err.split("\n");
	t.equal(
		line,
		`pflask: --cgroup: memory:${key}=many: cannot write 'many' to ${file}: Invalid argument`,
	);
	t.match(hint, /^hint: --limit=memory=512M,pids=100: /);
	t.same(rest, [""]);
	const missing = await box.run(["--cgroup=memory:tasks=1", "--", PROBE, "say", "ran"]);
	t.match(missing.err, /^pflask: --cgroup: [^\n]*memory\.tasks: No such file[^\n]*\nhint: .*\n$/);
});

live("without a pid namespace, no process of the container is left", async (t, box) => {
	const run = await box.run(["-P", "--limit=pids=50", "--", PROBE, "daemon"]);
	t.equal(run.status, 0, run.err); // live() checks that no process is left.
});

live("a process of the host in the cgroup does not keep the cgroup", async (t, box) => {
	await holding(box, ["--limit=pids=50"], async (pid) => {
		const stray = Bun.spawn(["sleep", "1000"]);
		const own = [...cgroupsOf(pid).values()].find((path) => /pflask-\d+/.test(path));
		writeFileSync(`${own}/cgroup.procs`, `${stray.pid}`);
		t.teardown(() => stray.kill("SIGKILL"));
	});
});

live("a frozen container can be killed", async (t, box) => {
	if (!need(t, isV1("freezer"), "the freezer is not on version 1")) return;
	const monitor = await detach(box, ["--cgroup=freezer", "--", PROBE, "hold"]);
	const cgroup = cgroups().find((path) => basename(path) === cgroupName(monitor)) ?? "";
	const inner = `${cgroup}/inner`;
	mkdirSync(inner);
	const [, second = ""] = readFileSync(`${cgroup}/cgroup.procs`, "utf8").split("\n");
	writeFileSync(`${inner}/cgroup.procs`, second);
	for (const path of [inner, cgroup]) writeFileSync(`${path}/freezer.state`, "FROZEN");
	await until("it is frozen", () => /FROZEN/.test(readFileSync(`${inner}/freezer.state`, "utf8")));
	t.equal((await box.run(["--kill=KILL", `${monitor}`])).status, 0);
	await until("the end", () => !isAlive(monitor));
});

live("the caller or the next container removes what a killed monitor leaves", async (t, box) => {
	const words = ["--limit=memory=64M,pids=50", "--", PROBE, "hold"];
	const running = box.start(words);
	await running.until("ready");
	const init = descendants(running.pid).find(({ name }) => name === "pf-init");
	signal(init?.parent ?? 0, "SIGKILL");
	t.equal((await running.ended).status, 137);
	t.same(cgroups(), []);
	const monitor = await detach(box, words);
	const left = () => cgroups().filter((path) => basename(path) === cgroupName(monitor));
	mkdirSync(`${left()[0]}/a/b`, { recursive: true });
	const foreign = `${dirname(left()[0] ?? "")}/pflask-of-${monitor}`;
	mkdirSync(foreign);
	await destroy(monitor);
	await until("the next container has removed them", async () => {
		reapOrphans("pflask");
		await box.run(["--limit=memory=64M,pids=50", "--", PROBE, "exit", "0"]);
		return left().length === 0;
	});
	t.same(cgroups(), [foreign], "the cgroup of another program stays");
	rmdirSync(foreign);
	await box.run(["--list"]); // removes the socket of the killed monitor
});

live("a container in a user namespace has no cgroup to limit", async (t, box) => {
	const outer = ["--user-map=auto", "--", PFLASK];
	const limit = ["--limit=memory=64M", "--", PROBE, "say", "ran"];
	const run = await box.run([...outer, ...limit]);
	t.same([run.status, run.out], [125, ""], run.err);
	t.match(
		run.err,
		/^pflask: --limit: memory=64M: [^\n]+\nhint: [^\n]*--limits=best-effort[^\n]*\n$/,
	);
	const kept = await box.run([...outer, "--limits=best-effort", ...limit]);
	t.same([kept.status, kept.out], [0, "ran\n"], kept.err);
});

live("the system's root may make cgroups, but cannot reach its limits", async (t, box) => {
	const root = await shellRoot(box);
	await Bun.write(
		`${root}/bin/init`,
		`#!/bin/sh
		cd /sys/fs/cgroup || exit 1
		d=deep; for i in 1 2 3 4 5 6 7 8; do mkdir $d && cd $d; done; cd /sys/fs/cgroup
		mkdir "$(printf 'odd \\001 \\377')" -- threads frozen
		echo threaded >threads/cgroup.type
		echo 0 >deep/cgroup.max.depth
		sleep 1000 &
		echo $! >frozen/cgroup.procs; echo 1 >frozen/cgroup.freeze
		for file in memory.max memory.limit_in_bytes pids.max; do
			[ ! -e $file ] || ! echo max >$file || echo "escaped $file"
		done 2>/dev/null
		echo "owner $(stat -c %u . cgroup.procs | sort -u)"
		[ "$(cat cgroup.freeze)" = 0 ] && echo "is root"`,
	);
	await Bun.$`chmod 755 ${root}/bin/init`.quiet();
	const words = ["--user-map=auto", `--chroot=${root}`, "--limit=memory=64M,pids=50"];
	const run = await box.run([...words, "--", "/bin/init"]);
	t.match(run.out, /owner 0\r?\nis root/, run.err);
	t.notMatch(run.out, "escaped");
});

live("two containers at once have cgroups of their own", async (t, box) => {
	const names = [nameIn(box, "one"), nameIn(box, "two")];
	const pids = await Promise.all(
		names.map((name) => detach(box, ["--limit=pids=50", `--name=${name}`, "--", PROBE, "hold"])),
	);
	const own = new Set(cgroups().map((path) => basename(path)));
	for (const pid of pids) t.ok(own.has(cgroupName(pid)));
	for (const pid of pids) await finish(box, pid);
});

live("containers whose monitors have the same pid, in two pid namespaces", async (t, box) => {
	const via = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
	const first = box.start(["--limit=pids=50", "--", PROBE, "hold"], { via });
	await first.until("ready");
	const [own] = cgroups();
	for (let i = 0; i < 2; i++) {
		const other = await box.run(["--limit=pids=50", "--", PROBE, "say", "ran"], { via });
		t.same([other.status, other.out, other.err], [0, "ran\n", ""]);
	}
	t.equal(cgroups()[0], own, "the first container keeps the cgroup");
	const pflask = descendants(first.pid).find(({ parent }) => parent === first.pid);
	signal(pflask?.pid ?? 0, "SIGTERM"); // unshare(1) blocks the signal
	await first.ended;
	t.same(cgroups(), []);
});

t.end();
