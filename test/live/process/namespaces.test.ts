// SPDX-License-Identifier: BSD-2-Clause
// The namespaces of a container, by default and with each option, seen from inside.
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import t from "tap";
import { NAMESPACES } from "../../../packages/runtime/src/abi.gen.ts";
import { live } from "../../lib/live.ts";
import { type Facts, PROBE } from "../../lib/probe.ts";
import { inNamespace } from "../../lib/propagation.ts";

const KINDS = NAMESPACES.map(([, name]) => name);

function onHost(kind: string): string {
	return String(statSync(`/proc/self/ns/${kind}`).ino);
}

/** Returns the kinds of namespaces that differ from the host's. */
function own(facts: Facts): string[] {
	return KINDS.filter((kind) => /^\d+$/.test(facts(`ns.${kind}`))).filter(
		(kind) => facts(`ns.${kind}`) !== onHost(kind),
	);
}

const DEFAULT = ["mnt", "pid", "ipc", "uts", "cgroup"];

const SWITCHES: readonly (readonly [args: string[], kinds: string[]])[] = [
	[[], DEFAULT],
	[["--netif"], ["mnt", "pid", "ipc", "uts", "net", "cgroup"]],
	[["-n"], ["mnt", "pid", "ipc", "uts", "net", "cgroup"]],
	[["-U"], DEFAULT],
	[["--no-userns"], DEFAULT],
	[["-M"], ["pid", "ipc", "uts", "cgroup"]],
	[["--no-mountns"], ["pid", "ipc", "uts", "cgroup"]],
	[["-N"], DEFAULT],
	[["--no-netns"], DEFAULT],
	[["-I"], ["mnt", "pid", "uts", "cgroup"]],
	[["--no-ipcns"], ["mnt", "pid", "uts", "cgroup"]],
	[["-H"], ["mnt", "pid", "ipc", "cgroup"]],
	[["--no-utsns"], ["mnt", "pid", "ipc", "cgroup"]],
	[["-P"], ["mnt", "ipc", "uts", "cgroup"]],
	[["--no-pidns"], ["mnt", "ipc", "uts", "cgroup"]],
	[["-UMNIHP"], ["cgroup"]],
	[
		["-n", "-MIHP"],
		["net", "cgroup"],
	],
];

live("each switch leaves out its own namespace and no other", async (t, box) => {
	for (const [args, kinds] of SWITCHES) {
		const { status, err, facts } = await box.run([...args, "--", PROBE, "ns"]);
		t.equal(status, 0, `pflask ${args.join(" ")}: ${err}`);
		t.same(own(facts), kinds, `pflask ${args.join(" ")} has ${kinds.join(" ")}`);
		t.equal(facts.all("ns.mnt").length, 1);
	}
});

live("the same switches with a root directory", async (t, box) => {
	mkdirSync(`${box.dir}/root`);
	for (const [args, kinds] of [
		[[], DEFAULT],
		[["--netif"], ["mnt", "pid", "ipc", "uts", "net", "cgroup"]],
		[["-I"], ["mnt", "pid", "uts", "cgroup"]],
		[["-H"], ["mnt", "pid", "ipc", "cgroup"]],
		[["-P"], ["mnt", "ipc", "uts", "cgroup"]],
	] as const) {
		const run = await box.run([...args, "--chroot=/", "--", PROBE, "ns"]);
		t.equal(run.status, 0, `pflask ${args.join(" ")} --chroot=/: ${run.err}`);
		t.same(own(run.facts), kinds, `pflask ${args.join(" ")} --chroot=/`);
	}
});

live("pid 1 is pflask-init, pid 2 is the command, and no other process exists", async (t, box) => {
	const { facts } = await box.run(["--", PROBE, "ids", "+", "ps"]);
	t.equal(facts("pid"), "2");
	t.equal(facts("ppid"), "1");
	const processes = facts.all("process").map((line) => line.split(" "));
	t.same(
		processes.map(([pid, parent, , name]) => [pid, parent, name]),
		[
			["1", "0", "pf-init"],
			["2", "1", "probe"],
		],
	);
});

live("ps without --chroot shows only the container's processes", async (t, box) => {
	const { status, out } = await box.run(["--", "ps", "-e", "-o", "pid=,comm="]);
	t.equal(status, 0);
	t.same(out.trim().split(/\s*\n\s*/), ["1 pf-init", "2 ps"]);
});

live("without a pid namespace the command sees the host's processes", async (t, box) => {
	const { facts } = await box.run(["--no-pidns", "--", PROBE, "ids", "+", "ps"]);
	t.match(facts("pid"), /^\d{2,}$/);
	t.ok(
		facts.all("process").some((line) => line.startsWith(`${process.pid} `)),
		"this test is among the processes",
	);
});

live("a mount made inside does not reach the host", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const words = ["mount", "tmpfs", place, "+", "create", `${place}/x`, "+", "hold"];
	const running = box.start(["--", PROBE, ...words]);
	await running.until("ready");
	t.match(running.out, `mount.${place} ok`);
	t.match(running.out, `create.${place}/x ok`);
	t.notMatch(readFileSync("/proc/self/mountinfo", "utf8"), box.dir);
	t.notOk(existsSync(`${place}/x`), "the host does not see the file on it");
	running.kill("SIGTERM");
	t.equal((await running.ended).status, 143);
});

live("a mount made inside does not reach a host with shared mounts", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const script = '"$@"; echo status $?; grep -c "$PLACE" /proc/self/mountinfo || true';
	const run = await box.run(["--", PROBE, "mount", "tmpfs", place], {
		via: inNamespace(`PLACE=${place}; ${script}`, "shared"),
	});
	t.match(run.out, `mount.${place} ok\nstatus 0\n0\n`, run.err);
});

live("later mounts of the host appear inside", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const script = `
		mkfifo "${box.dir}/fifo"
		"$@" <"${box.dir}/fifo" >"${box.dir}/out" & exec 3>"${box.dir}/fifo"
		until grep -q started "${box.dir}/out"; do sleep 0.01; done
		mount -t tmpfs seen "${place}"
		echo go >&3; wait $!; cat "${box.dir}/out"`;
	const words = ["say", "started", "+", "wait-for", "go", "+", "mounts"];
	const run = await box.run(["--", PROBE, ...words], { via: inNamespace(script, "shared") });
	const mounts = run.facts.all("mount");
	t.ok(
		mounts.some((line) => line.includes(` ${place} `)),
		"the mount is seen",
	);
	t.notOk(
		mounts.some((line) => line.includes(" shared:")),
		"no mount is shared back",
	);
});

live("--no-mountns leaves the propagation of the host's mounts alone", async (t, box) => {
	const script = `file=$1; shift
		cat /proc/self/mountinfo >"$file"; "$@"; cat /proc/self/mountinfo >"$file.after"`;
	const file = `${box.dir}/mountinfo`;
	const run = await box.run(["--no-mountns", "--", PROBE, "mounts"], {
		via: [...inNamespace(script, "shared"), file],
	});
	const before = readFileSync(file, "utf8");
	t.match(before, " shared:");
	t.equal(readFileSync(`${file}.after`, "utf8"), before, "nothing has changed");
	t.same(run.facts.all("mount").map(place), before.trim().split("\n").map(place));
});

/**
 * Returns the parts of a line of mountinfo that are equal in every mount namespace: mount point,
 * options and peer group.
 */
function place(line: string): string {
	return line.split(" ").slice(4, 7).join(" ");
}

live("a host name of its own", async (t, box) => {
	const before = hostname();
	for (const args of [["-t", "inside"], ["-tinside"], ["--hostname=inside"]]) {
		const { facts, status } = await box.run([...args, "--", PROBE, "hostname"]);
		t.equal(status, 0);
		t.equal(facts("hostname"), "inside", args.join(" "));
	}
	t.equal(hostname(), before, "the host keeps its name");
});

live("without --hostname the name is the host's, and a change stays inside", async (t, box) => {
	const before = hostname();
	const words = ["hostname", "+", "sethostname", "changed"];
	const { facts } = await box.run(["--", PROBE, ...words]);
	t.equal(facts("hostname"), before);
	t.equal(facts("sethostname"), "ok");
	t.equal(hostname(), before);
});

live("--netif gives a network with nothing but lo, which is up", async (t, box) => {
	for (const option of ["-n", "--netif"]) {
		const { facts } = await box.run([option, "--", PROBE, "net"]);
		t.same(facts.all("interface"), ["lo up"], option);
	}
});

live("lo of a network of its own works", async (t, box) => {
	const { status, out } = await box.run(["--netif", "--", "ip", "-o", "addr", "show", "lo"]);
	t.equal(status, 0);
	t.match(out, "127.0.0.1/8");
});

live("POSIX shared memory and message queues are separate", async (t, box) => {
	const { facts } = await box.run(["--chroot=/", "--", PROBE, "posix-ipc"]);
	for (const name of ["shm", "shm.file", "queue", "queue.file"]) t.equal(facts(name), "ok", name);
	t.notOk(existsSync("/dev/shm/probe-shm"), "the host does not see the shared memory");
});

live("inside, the cgroup namespace begins at the container's own cgroup", async (t, box) => {
	const { out } = await box.run(["--", PROBE, "cat", "/proc/self/cgroup"]);
	const paths = out.trim().split("\n");
	t.ok(paths.length > 0);
	for (const line of paths) t.match(line, /:\/$/, line);
});

t.end();
