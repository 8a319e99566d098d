// SPDX-License-Identifier: BSD-2-Clause
// A container with --chroot has the expected contents, and leaves only the expected files on disk.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { type Box, live } from "../../lib/live.ts";
import { mountTable } from "../../lib/mount-table.ts";
import { type Facts, facts } from "../../lib/probe.ts";
import { debianRoot, MOUNT_POINTS, tinyRoot } from "../../lib/roots.ts";
import { names, tree } from "../../lib/tree.ts";

/** Runs the probe inside a tiny root. Returns its output. */
async function inside(box: Box, words: readonly string[], args: string[] = []): Promise<Facts> {
	const root = `${box.dir}/root`;
	if (!existsSync(root)) tinyRoot(box);
	const run = await box.run([`--chroot=${root}`, ...args, "--", "/bin/probe", ...words]);
	if (run.status !== 0) throw new Error(`status ${run.status}: ${run.err}${run.out}`);
	return run.facts;
}

live("the directory is the root, and nothing above can be reached", async (t, box) => {
	const facts = await inside(box, ["ls", "/", "/..", "+", "escape"]);
	const expected = ["bin", "dev", "etc", "proc", "root", "run", "sys"];
	t.same(facts.all("ls./").sort(), expected);
	t.same(facts.all("ls./..").sort(), expected);
	t.equal(facts("escape"), "caught", "chroot(2) does not lead out");
});

live("pid 1 is below the same root", async (t, box) => {
	const facts = await inside(box, ["where", "/", "/proc/1/root", "/proc/1/cwd", "/proc/self/root"]);
	for (const path of ["/proc/1/root", "/proc/self/root", "/proc/1/cwd"])
		t.equal(facts(`where.${path}`), facts("where./"), path);
});

live("only the mounts of the container are left in its mount namespace", async (t, box) => {
	const table = mountTable(await inside(box, ["mounts"]));
	t.equal(table.filter(({ point }) => point === "/").length, 1, "one root");
	for (const { point } of table)
		t.match(point, /^\/($|(dev|proc|sys|run)($|\/))/, `${point} is the container's`);
	for (const point of ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/proc", "/sys", "/run"])
		t.ok(
			table.some((mount) => mount.point === point),
			`${point} is a mount of its own`,
		);
	t.ok(
		table.some(({ point, type }) => point.startsWith("/sys/fs/cgroup") && /cgroup/.test(type)),
		"/sys/fs/cgroup has cgroups",
	);
});

live("no mount leads to more of the host than the root directory", async (t, box) => {
	const facts = await inside(box, ["mounts"]);
	const host = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
	const device = host.findLast((line) => line.split(" ")[4] === "/")?.split(" ")[2];
	const same = facts.all("mount").filter((line) => line.split(" ")[2] === device);
	t.equal(same.length, 1, "the file system of the host's root is mounted once");
	t.match(same[0]?.split(" ")[3], /\/root$/, "and what is mounted of it is the directory");
});

const HIDDEN = ["kcore", "keys", "timer_list", "latency_stats", "sched_debug", "acpi", "scsi"];

live("files of /proc that describe the host are hidden", async (t, box) => {
	const paths = HIDDEN.map((name) => `/proc/${name}`).filter(existsSync);
	const facts = await inside(box, ["read", ...paths, "+", "ls", ...paths]);
	t.ok(paths.length >= 2, `this kernel has ${paths.join(" ")}`);
	for (const path of paths) {
		t.notMatch(facts(`read.${path}`), /^ok [1-9]/, `${path} gives nothing to read`);
		t.same(facts.all(`ls.${path}`), [], `${path} has no entries`);
	}
});

live("files of /proc that change the host are read-only", async (t, box) => {
	const paths = [
		"/proc/sysrq-trigger",
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/printk",
		"/proc/sys/vm/drop_caches",
		"/proc/sys/fs/binfmt_misc/register",
		"/proc/irq/default_smp_affinity",
	].filter(existsSync);
	const words = paths.flatMap((path) => ["write", path, "+"]).slice(0, -1);
	const facts = await inside(box, words);
	t.ok(paths.length >= 4);
	for (const path of paths) t.match(facts(`write.${path}`), /^E(ROFS|ACCES|NOENT)$/, path);
	const table = mountTable(await inside(box, ["mounts"]));
	for (const point of ["/proc/sys", "/proc/sysrq-trigger"].filter(existsSync)) {
		const mount = table.findLast((mount) => mount.point === point);
		t.ok(mount?.options.includes("ro"), `${point} is a read-only mount`);
	}
});

live("/proc shows the container's processes and is not read-only as a whole", async (t, box) => {
	const facts = await inside(box, ["ps", "+", "write", "/proc/self/oom_score_adj", "0"]);
	t.same(
		facts.all("process").map((line) => line.split(" ")[3]),
		["pf-init", "probe"],
	);
	t.equal(facts("write./proc/self/oom_score_adj"), "ok");
});

live("/sys is read-only", async (t, box) => {
	const facts = await inside(box, ["create", "/sys/x", "+", "mkdir", "/sys/y", "+", "mounts"]);
	t.equal(facts("create./sys/x"), "EROFS");
	t.equal(facts("mkdir./sys/y"), "EROFS");
	const sys = mountTable(facts).find(({ point }) => point === "/sys");
	for (const option of ["ro", "nosuid"]) t.ok(sys?.options.includes(option), option);
});

live("/sys exists without a network namespace, too", async (t, box) => {
	const facts = await inside(box, ["ls", "/sys/class/net"], ["--netif"]);
	t.same(facts.all("ls./sys/class/net"), ["lo"], "with --netif it is that of its network");
	const shared = await inside(box, ["ls", "/sys/class/net"]);
	t.same(shared.all("ls./sys/class/net").sort(), readdirSync("/sys/class/net").sort());
});

const NODES: readonly (readonly [name: string, device: string])[] = [
	["full", "1:7"],
	["null", "1:3"],
	["random", "1:8"],
	["tty", "5:0"],
	["urandom", "1:9"],
	["zero", "1:5"],
];

const LINKS: readonly (readonly [name: string, target: string])[] = [
	["fd", "/proc/self/fd"],
	["stdin", "/proc/self/fd/0"],
	["core", "/proc/kcore"],
	["stdout", "/proc/self/fd/1"],
	["stderr", "/proc/self/fd/2"],
];

live("/dev has the standard devices and none of the host's", async (t, box) => {
	const paths = [...NODES, ...LINKS].map(([name]) => `/dev/${name}`);
	const facts = await inside(box, ["ls", "/dev", "+", "stat", ...paths, "/dev/shm"]);
	const expected = [...NODES, ...LINKS].map(([name]) => name);
	t.same(
		facts.all("ls./dev").sort(),
		[...expected, "mqueue", "ptmx", "pts", "shm"].sort(),
		"these and no other entries",
	);
	for (const [name, device] of NODES)
		t.equal(facts(`stat./dev/${name}`), `character 0666 0:0 ${device}`, name);
	for (const [name, target] of LINKS)
		t.match(facts(`stat./dev/${name}`), new RegExp(`^link .* ${target}$`), name);
	t.match(facts("stat./dev/shm"), /^directory 1777 0:0 /);
});

live("the device nodes have these modes under any umask", async (t, box) => {
	tinyRoot(box);
	for (const mask of ["0", "0777"]) {
		const words = ["stat", ...NODES.map(([name]) => `/dev/${name}`), "/dev/shm", "/run"];
		const run = await box.run([`--chroot=${box.dir}/root`, "--", "/bin/probe", ...words], {
			via: [`${box.dir}/root/bin/probe`, "umask", mask, "+", "exec"],
		});
		t.equal(run.status, 0, run.err);
		for (const [name] of NODES)
			t.match(run.facts(`stat./dev/${name}`), /^character 0666 /, `${name}, umask ${mask}`);
		t.match(run.facts("stat./dev/shm"), /^directory 1777 /);
		t.match(run.facts("stat./run"), /^directory 0755 0:0 /);
	}
});

live("the devices work", async (t, box) => {
	const facts = await inside(box, [
		...["read", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/full", "+"],
		...["write", "/dev/null", "x", "+", "write", "/dev/full", "x", "+"],
		...["new-terminal", "+", "posix-ipc"],
	]);
	t.match(facts("read./dev/null"), /^ok 0/);
	for (const name of ["zero", "urandom", "full"]) t.match(facts(`read./dev/${name}`), /^ok 127/);
	t.equal(facts("write./dev/null"), "ok");
	t.equal(facts("write./dev/full"), "ENOSPC");
	t.match(facts("ptmx"), /^ok \/dev\/pts\/\d+$/, "a terminal can be opened");
	t.equal(facts("pts"), "ok");
	for (const name of ["shm", "shm.file", "queue", "queue.file"]) t.equal(facts(name), "ok", name);
});

live("without a terminal there is no /dev/console", async (t, box) => {
	const facts = await inside(box, ["stat", "/dev/console"]);
	t.equal(facts("stat./dev/console"), "ENOENT");
});

live("with a terminal, /dev/console is the container's terminal", async (t, box) => {
	tinyRoot(box);
	const words = ["same-terminal", "/dev/console", "/dev/tty", "+", "stat", "/dev/console"];
	const session = box.terminal([`--chroot=${box.dir}/root`, "--", "/bin/probe", ...words]);
	const { status, out } = await session.ended;
	t.equal(status, 0, out);
	t.equal(facts(out)("same./dev/console"), "yes");
	t.match(facts(out)("stat./dev/console"), /^character /);
});

live("/run is new and writable, and its files do not reach the disk", async (t, box) => {
	const root = tinyRoot(box);
	writeFileSync(`${root}/run/old`, "");
	const facts = await inside(box, ["ls", "/run", "+", "create", "/run/new"]);
	t.same(facts.all("ls./run").sort(), ["host", "lock"]);
	t.equal(facts("create./run/new"), "ok");
	t.same(readdirSync(`${root}/run`), ["old"]);
});

live("files outside /run are written to the disk", async (t, box) => {
	const root = tinyRoot(box);
	t.equal((await inside(box, ["create", "/etc/new"]))("create./etc/new"), "ok");
	t.ok(existsSync(`${root}/etc/new`));
});

live("a root with all mount points is left exactly as it was found", async (t, box) => {
	const root = tinyRoot(box);
	for (const name of MOUNT_POINTS) writeFileSync(`${root}/${name}/kept`, name);
	const before = await tree(root);
	await inside(box, ["say", "hello"]);
	await inside(box, ["say", "hello"], ["--netif"]);
	const session = box.terminal([`--chroot=${root}`, "--", "/bin/probe", "say", "hello"]);
	t.equal((await session.ended).status, 0);
	t.same(await tree(root), before);
});

live("a real Debian is left exactly as it was found", async (t, box) => {
	const root = await debianRoot();
	const before = await tree(root);
	const run = await box.run([`--chroot=${root}`, "--", "ls", "-la", "/", "/dev", "/proc/1"]);
	t.equal(run.status, 0, run.err);
	t.same(await tree(root), before);
});

live("only missing mount points are created", async (t, box) => {
	const root = tinyRoot(box, []);
	const before = await names(root);
	const facts = await inside(box, ["ls", "/", "/dev", "+", "read", "/proc/self/stat"]);
	t.same(facts.all("ls./").sort(), ["bin", "dev", "etc", "proc", "root", "run", "sys"]);
	t.match(facts("read./proc/self/stat"), /^ok /);
	t.ok(facts.all("ls./dev").includes("null"));
	t.same((await names(root)).filter(isNoMountPoint), before);
});

/**
 * Tells whether a line describes a file that is not a mount point of pflask. A mount point of
 * pflask is an empty directory of root with mode 0700.
 */
function isNoMountPoint(line: string): boolean {
	return !/^(dev|proc|run|sys) d 700 0:0 $/.test(line);
}

live("only missing mount points are created if pflask is killed", async (t, box) => {
	const root = tinyRoot(box, ["sys"]);
	const before = (await names(root)).filter(isNoMountPoint);
	for (const victim of ["SIGKILL", "SIGTERM"] as const) {
		const running = box.start([`--chroot=${root}`, "--", "/bin/probe", "hold"]);
		await running.until("ready");
		running.kill(victim);
		await running.ended;
		t.same((await names(root)).filter(isNoMountPoint), before, victim);
	}
});

live("a mount point is not removed under another container", async (t, box) => {
	const root = tinyRoot(box, []);
	const first = box.start([`--chroot=${root}`, "--", "/bin/probe", "hold"]);
	await first.until("ready");
	const second = box.start([`--chroot=${root}`, "--", "/bin/probe", "wait-for", "go", "+", "ps"], {
		stdin: "pipe",
	});
	await second.write("g");
	first.kill("SIGTERM");
	await first.ended;
	await second.write("o");
	const run = await second.ended;
	t.equal(run.status, 0, run.err);
	t.equal(run.facts.all("process").length, 2, "/proc of the second still works");
	for (const name of MOUNT_POINTS)
		t.same(existsSync(`${root}/${name}`) ? readdirSync(`${root}/${name}`) : [], []);
});

live("--chdir, and the working directory without it", async (t, box) => {
	for (const args of [["-c", "/etc"], ["-c/etc"], ["--chdir=/etc"], ["--chdir", "/etc"]])
		t.equal((await inside(box, ["tell"], args))("cwd"), "/etc", args.join(" "));
	t.equal((await inside(box, ["tell"]))("cwd"), "/", "with --chroot it is the root");
});

live("--chdir is resolved inside the root", async (t, box) => {
	symlinkSync("/etc", `${tinyRoot(box)}/link`);
	t.equal((await inside(box, ["tell"], ["--chdir=/link"]))("cwd"), "/etc");
	t.equal((await inside(box, ["tell"], ["--chdir=/../../etc"]))("cwd"), "/etc");
});

live("DIR may be relative, a symbolic link, or end in a slash", async (t, box) => {
	const root = tinyRoot(box);
	symlinkSync(root, `${box.dir}/link`);
	for (const [directory, cwd] of [
		["root", box.dir],
		["./root/", box.dir],
		[".", root],
		["../root", root],
		[`${box.dir}/link`, "/"],
		["link", box.dir],
	] as const) {
		const args = ["-r", directory, "--", "/bin/probe", "ls", "/"];
		const run = await box.run(args, { cwd });
		t.equal(run.status, 0, `${directory} in ${cwd}: ${run.err}`);
		t.ok(run.facts.all("ls./").includes("bin"));
	}
});

live("--no-mountns with --chroot is plain chroot(2), without any mount", async (t, box) => {
	const root = tinyRoot(box);
	const before = await tree(root);
	const words = ["ls", "/", "/dev", "/proc", "/sys", "/run", "+", "ids"];
	const facts = await inside(box, words, ["--no-mountns"]);
	t.same(facts.all("ls./").sort(), ["bin", "dev", "etc", "proc", "root", "run", "sys"]);
	for (const point of MOUNT_POINTS) t.same(facts.all(`ls./${point}`), [], `${point} is empty`);
	t.equal(facts("pid"), "2");
	t.same(await tree(root), before);
});

live("a root that other users may not read works", async (t, box) => {
	const root = tinyRoot(box);
	chmodSync(root, 0o700);
	mkdirSync(`${box.dir}/link`);
	t.equal((await inside(box, ["tell"]))("cwd"), "/");
});

t.end();
