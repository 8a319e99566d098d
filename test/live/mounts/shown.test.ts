// SPDX-License-Identifier: BSD-2-Clause
// Some file systems show a namespace. In a container, such file systems show the container's
// namespaces. The tests run with --chroot and with the host's root.
import { readdirSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { network } from "../../lib/network.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-shown", { range: RANGE });

/** Options of a container, and the user who starts it. */
interface Mode {
	readonly args: readonly string[];
	readonly starter: "root" | "user";
}

const ROOTS: readonly (readonly string[])[] = [
	[],
	["--user-map=auto"],
	[`--user=${user.name}`],
	["--no-userns", `--user=${user.name}`],
	["-P"],
	["-P", "--user-map=auto"],
	["--proc=bind"],
	["--as-pid1"],
	["--mount=tmp:/mnt"],
	["--read-only"],
	["--ephemeral"],
	["--ephemeral", "--user-map=auto"],
];
const USERS: typeof ROOTS = [
	[],
	["--user-map=auto"],
	["-P"],
	["--proc=bind"],
	["--mount=tmp:/mnt"],
	["--ephemeral"],
	["--ephemeral", "--user-map=auto"],
];

const MODES: readonly Mode[] = [
	...ROOTS.map((args): Mode => ({ args, starter: "root" })),
	...USERS.map((args): Mode => ({ args, starter: "user" })),
];

/** Runs the probe in a container on the host's root. */
async function inMode(
	box: Box,
	{ args, starter }: Mode,
	more: readonly string[],
	words: readonly string[],
	options: RunOptions = {},
): Promise<Ended> {
	const runner = starter === "root" ? box : as(user, box);
	return await runner.run([...args, ...more, "--", PROBE, ...words], options);
}

function nameOf({ args, starter }: Mode): string {
	return `${starter}: pflask ${args.join(" ")}`;
}

/** Lists a network's interfaces in sysfs. */
const NET = ["ls", "/sys/class/net", "/sys/devices/virtual/net"];

live("net: /sys shows the interfaces of the container's network", async (t, box) => {
	t.ok(readdirSync("/sys/class/net").length > 1, "the host has more than lo");
	for (const mode of MODES) {
		const { status, err, facts } = await inMode(box, mode, ["--netif"], NET);
		t.same([status, err], [0, ""], nameOf(mode));
		t.same(facts.all("ls./sys/class/net"), ["lo"], nameOf(mode));
		t.same(facts.all("ls./sys/devices/virtual/net"), ["lo"], nameOf(mode));
	}
});

live("net: /sys in a root directory", async (t, box) => {
	const root = await shellRoot(box);
	for (const args of [[], ["--user-map=auto"], ["--no-pidns"], ["--proc=bind"]]) {
		const words = [`--chroot=${root}`, ...args, "--netif", "--", "/bin/probe", ...NET];
		const { err, facts } = await box.run(words);
		t.same(facts.all("ls./sys/class/net"), ["lo"], `${args.join(" ")} ${err}`);
	}
});

live("net: /sys in a root directory of an ordinary user", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	for (const args of [[], ["--no-pidns"], ["--proc=bind"]]) {
		const words = [`--chroot=${root}`, ...args, "--netif", "--", "/bin/probe", ...NET];
		const { err, facts } = await as(user, box).run(words);
		t.same(facts.all("ls./sys/class/net"), ["lo"], `${args.join(" ")} ${err}`);
	}
});

live("net: /sys shows a joined network", async (t, box) => {
	const net = await network(box);
	await net.sh("ip link add pft0 type veth peer name pft1");
	const joined = `--netif=ns:${net.path}`;
	for (const mode of MODES.filter(({ starter }) => starter === "root")) {
		const { facts, err } = await inMode(box, mode, [joined], NET);
		t.same(facts.all("ls./sys/class/net").sort(), ["lo", "pft0", "pft1"], nameOf(mode) + err);
	}
	const root = await shellRoot(box);
	for (const args of [[], ["--user-map=auto"], ["-P", "--user-map=auto"]]) {
		const words = [`--chroot=${root}`, joined, ...args, "--", "/bin/probe", ...NET];
		const { facts, err } = await box.run([...words, "+", "mounts"]);
		t.same(facts.all("ls./sys/class/net").sort(), ["lo", "pft0", "pft1"], err);
		t.ok(mountAt(facts, "/sys")?.options.includes("ro"), "it is read-only in a root");
		t.ok(mountAt(facts, "/proc/sys")?.options.includes("ro"), "and so are its settings");
		t.notOk(mountAt(facts, "/proc/sys/net"));
	}
	await net.close();
});

live("net: without a network of its own /sys is the host's", async (t, box) => {
	for (const mode of MODES) {
		const { facts } = await inMode(box, mode, [], ["ls", "/sys/class/net"]);
		const host = readdirSync("/sys/class/net").sort();
		t.same(facts.all("ls./sys/class/net").sort(), host, nameOf(mode));
	}
});

live("net: without a mount namespace nothing is mounted", async (t, box) => {
	const { facts } = await box.run(["--netif", "--no-mountns", "--", PROBE, ...NET]);
	t.same(facts.all("ls./sys/class/net").sort(), readdirSync("/sys/class/net").sort());
});

/** Mounts a file system on /sys, with another file system in it. */
const ON_SYS = `
	mount -t tmpfs pftest /sys/kernel/debug
	mkdir /sys/kernel/debug/inner; mount -t tmpfs pftest /sys/kernel/debug/inner
	touch /sys/kernel/debug/inner/file
	mount -t tmpfs pftest /sys/fs/pstore; touch /sys/fs/pstore/other`;

live("net: the host's mounts on /sys stay", async (t, box) => {
	const words = ["ls", "/sys/kernel/debug/inner", "/sys/fs/pstore", "/sys/class/net"];
	for (const mode of MODES.filter(({ args }) => !args.includes("--ephemeral"))) {
		const { facts, err } = await inMode(box, mode, ["--netif"], words, { via: inMounts(ON_SYS) });
		t.same(facts.all("ls./sys/kernel/debug/inner"), ["file"], nameOf(mode) + err);
		t.same(facts.all("ls./sys/fs/pstore"), ["other"], nameOf(mode));
		t.same(facts.all("ls./sys/class/net"), ["lo"], nameOf(mode));
	}
});

live("net: /sys is read-only where the host's is", async (t, box) => {
	const via = inMounts("mount -o remount,ro,bind /sys");
	for (const starter of ["root", "user"] as const) {
		const mode = { args: [], starter };
		const { facts, err } = await inMode(box, mode, ["--netif"], ["mounts"], { via });
		t.ok(mountAt(facts, "/sys")?.options.includes("ro"), starter + err);
		const plain = await inMode(box, mode, ["--netif"], ["mounts"]);
		t.ok(mountAt(plain.facts, "/sys")?.options.includes("rw"), starter);
	}
});

live("net: an impossible /sys is an error with a working remedy", async (t, box) => {
	const via = inMounts("mount -t tmpfs pftest /sys/firmware");
	const root = await shellRoot(box, user.uid);
	const words = ["ls", "/sys", "+", "net"];
	for (const args of [[], ["--ephemeral"], [`--chroot=${root}`, "--as-pid1"]]) {
		const start = [...args, "--netif"];
		const command = ["--", args.length > 1 ? "/bin/probe" : PROBE, ...words];
		const run = await as(user, box).run([...start, ...command], { via });
		t.equal(run.status, 125, args.join(" "));
		t.match(
			run.err,
			/^pflask: cannot mount sysfs on '\/sys': Operation not permitted\nhint: .*\n$/,
		);
		const hint = run.err.match(/hint: (\S+):/)?.[1] ?? "";
		const helped = await as(user, box).run([...start, hint, ...command], { via });
		t.same([helped.status, helped.err], [0, ""], hint);
		t.same(helped.facts.all("ls./sys"), [], "nothing of the host is shown");
		t.same(helped.facts.all("interface"), ["lo up"]);
	}
});

live(
	"cgroup: /sys/fs/cgroup begins where the container's cgroup namespace does",
	async (t, box) => {
		for (const netif of [[], ["--netif"]])
			for (const mode of MODES) {
				const words = ["ids", "+", "cat", "/sys/fs/cgroup/cgroup.procs"];
				const { facts, out, err } = await inMode(box, mode, netif, words);
				const name = `${nameOf(mode)} ${netif.join(" ")}`;
				t.ok(out.split("\n").includes(facts("pid")), `${name}: the command is in it ${err}`);
			}
	},
);

/** Makes a /dev with a message queue of the host, in an ipc namespace of the test. */
const QUEUES = `
	mkdir -p "$DIR/dev"; mount --make-rprivate /dev; mount --rbind /dev "$DIR/dev"
	mount -t tmpfs pftest /dev
	for name in null zero full random urandom tty ptmx; do
		: >/dev/$name; mount --bind "$DIR/dev/$name" /dev/$name
	done
	mkdir /dev/pts /dev/shm /dev/mqueue; mount --rbind "$DIR/dev/pts" /dev/pts
	umount --lazy "$DIR/dev"
	mount -t mqueue pftest /dev/mqueue; : >/dev/mqueue/of-the-host; chmod 1777 /dev/mqueue /dev/shm`;

live("ipc: /dev/mqueue shows the container's message queues", async (t, box) => {
	const words = ["ls", "/dev/mqueue", "+", "posix-ipc"];
	const via = ["unshare", "--ipc", ...inMounts(`DIR="${box.dir}"${QUEUES}`)];
	for (const mode of MODES) {
		const own = await inMode(box, mode, [], words, { via });
		t.same(own.facts.all("ls./dev/mqueue"), [], nameOf(mode) + own.err);
		t.equal(own.facts("queue.file"), "ok", `${nameOf(mode)}: its own are there`);
		const shared = await inMode(box, mode, ["--no-ipcns"], words.slice(0, 2), { via });
		t.same(shared.facts.all("ls./dev/mqueue"), ["of-the-host"], nameOf(mode) + shared.err);
	}
});

live("uts: /proc/sys/kernel/hostname is the container's", async (t, box) => {
	for (const mode of MODES) {
		const words = ["cat", "/proc/sys/kernel/hostname"];
		const { out, err } = await inMode(box, mode, ["--hostname=inside"], words);
		t.equal(out, "inside\n", nameOf(mode) + err);
	}
});

t.end();
