// SPDX-License-Identifier: BSD-2-Clause
// As root, each type of --mount has the expected result in the container and on the host.
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt, mountTable } from "../../lib/mount-table.ts";
import { inMounts } from "../../lib/private.ts";
import type { Facts } from "../../lib/probe.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { tree } from "../../lib/tree.ts";

/** Runs the probe with mounts in a root of the box. */
async function mounted(
	box: Box,
	mounts: readonly string[],
	words: readonly string[],
	options: RunOptions = {},
): Promise<Ended> {
	const root = `${box.dir}/root`;
	if (!existsSync(root)) await shellRoot(box);
	const args = [...mounts.map((mount) => `--mount=${mount}`), "--", "/bin/probe", ...words];
	return await box.run([`--chroot=${root}`, ...args], options);
}

/** Runs the probe with mounts. Returns only its output. */
async function factsOf(
	box: Box,
	mounts: readonly string[],
	words: readonly string[],
	options: RunOptions = {},
): Promise<Facts> {
	const run = await mounted(box, mounts, words, options);
	if (run.status !== 0) throw new Error(`${mounts.join(" ")}: ${run.status} ${run.err}${run.out}`);
	return run.facts;
}

/** Makes a directory of the host with a file in it. */
function source(box: Box, name = "source"): string {
	const directory = `${box.dir}/${name}`;
	mkdirSync(directory, { recursive: true });
	writeFileSync(`${directory}/file`, "from the host\n");
	return directory;
}

live("bind: a directory, in both directions", async (t, box) => {
	const host = source(box);
	const words = ["cat", "/in/file", "+", "create", "/in/new", "+", "rm", "/in/file"];
	const run = await mounted(box, [`bind:${host}:/in`], words);
	t.equal(run.status, 0, run.err);
	t.match(run.out, /^from the host\n/);
	t.same([run.facts("create./in/new"), run.facts("rm./in/file")], ["ok", "ok"]);
	t.same(readdirSync(host), ["new"], "what the container did has happened on the host");
});

live("bind: a file", async (t, box) => {
	const host = source(box);
	const words = ["stat", "/etc/in", "+", "write", "/etc/in", "changed", "+", "cat", "/etc/in"];
	const facts = await factsOf(box, [`bind:${host}/file:/etc/in`], words);
	t.match(facts("stat./etc/in"), /^file /);
	t.equal(facts("write./etc/in"), "ok");
	t.equal(readFileSync(`${host}/file`, "utf8"), "changede host\n", "the host's file");
});

const SUBMOUNTS = `
	mount -t tmpfs -o nosuid,nodev,noexec,mode=755 none "$HOST/sub"
	mkdir "$HOST/sub/deep"; echo sub >"$HOST/sub/file"
	mount -t tmpfs -o nodev,mode=755 none "$HOST/sub/deep"; echo deep >"$HOST/sub/deep/file"`;

/** Returns options that run pflask with mounts below the bound directory. */
function withSubmounts(host: string): RunOptions {
	mkdirSync(`${host}/sub`);
	return { via: ["env", `HOST=${host}`, ...inMounts(SUBMOUNTS)] };
}

/** Tests that the mounts below a bind mount have the options that they have on the host. */
function keepTheirOptions(t: Test, facts: Facts): void {
	const options = mountAt(facts, "/in/sub")?.options ?? [];
	for (const kept of ["nosuid", "nodev", "noexec"]) t.ok(options.includes(kept), kept);
	t.ok(mountAt(facts, "/in/sub/deep")?.options.includes("nodev"));
}

live("bind: includes the mounts below, which keep their flags", async (t, box) => {
	const host = source(box);
	const words = ["read", "/in/sub/file", "/in/sub/deep/file", "+", "mounts", "+"];
	words.push("create", "/in/new", "/in/sub/new", "/in/sub/deep/new");
	const facts = await factsOf(box, [`bind:${host}:/in`], words, withSubmounts(host));
	t.equal(facts("read./in/sub/file"), "ok 4 sub");
	t.equal(facts("read./in/sub/deep/file"), "ok 5 deep");
	for (const name of ["/in/new", "/in/sub/new", "/in/sub/deep/new"])
		t.equal(facts(`create.${name}`), "ok", `${name} can be made`);
	keepTheirOptions(t, facts);
	t.notOk(mountAt(facts, "/in")?.options.includes("nosuid"));
});

live("bind-ro: the mounts below are read-only, too, and keep other flags", async (t, box) => {
	const host = source(box);
	const words = ["read", "/in/sub/file", "/in/sub/deep/file", "+", "mounts", "+"];
	words.push("create", "/in/new", "/in/sub/new", "/in/sub/deep/new", "+", "write", "/in/file");
	const facts = await factsOf(box, [`bind-ro:${host}:/in`], words, withSubmounts(host));
	t.equal(facts("read./in/sub/file"), "ok 4 sub");
	t.equal(facts("read./in/sub/deep/file"), "ok 5 deep");
	for (const name of ["/in/new", "/in/sub/new", "/in/sub/deep/new"])
		t.equal(facts(`create.${name}`), "EROFS", `${name} can not be made`);
	t.equal(facts("write./in/file"), "EROFS");
	for (const point of ["/in", "/in/sub", "/in/sub/deep"])
		t.ok(mountAt(facts, point)?.options.includes("ro"), `${point} is read-only`);
	keepTheirOptions(t, facts);
});

live("bind-ro: a file; the host can still write to it", async (t, box) => {
	const host = source(box);
	const root = await shellRoot(box);
	const args = [`--chroot=${root}`, `-m`, `bind-ro:${host}/file:/etc/in`, "--", "/bin/sh", "-c"];
	const script = "echo x >/etc/in || echo refused; echo ready; read line; cat /etc/in";
	const running = box.start([...args, script], { stdin: "pipe" });
	await running.until("ready");
	writeFileSync(`${host}/file`, "written meanwhile\n");
	await running.write("\n");
	await running.closeStdin();
	t.equal((await running.ended).out, "refused\nready\nwritten meanwhile\n");
});

live("bind: devices, fifos and sockets", async (t, box) => {
	const fifo = `${box.dir}/fifo`;
	await sh(["mkfifo", fifo]);
	const server = Bun.listen({ unix: `${box.dir}/socket`, socket: { data() {} } });
	const mounts = [`bind:${fifo}:/in/fifo`, `bind:${box.dir}/socket:/in/socket`];
	mounts.push("bind:/dev/null:/in/null", "bind:/dev/full:/dev/more");
	const words = ["stat", "/in/fifo", "/in/socket", "/in/null", "+", "write", "/in/null", "x"];
	const facts = await factsOf(box, mounts, [...words, "+", "write", "/dev/more", "x"]);
	server.stop(true);
	t.match(facts("stat./in/fifo"), /^fifo /);
	t.match(facts("stat./in/socket"), /^socket /);
	t.match(facts("stat./in/null"), /^character 0666 \S+ 1:3/);
	t.same([facts("write./in/null"), facts("write./dev/more")], ["ok", "ENOSPC"]);
});

live("bind: the host's root, and a directory that holds the new root", async (t, box) => {
	const facts = await factsOf(
		box,
		["bind:/:/host", `bind:${box.dir}:/box`],
		[
			"read",
			"/host/proc/1/comm",
			"+",
			"ls",
			"/host/etc",
			`/host${box.dir}/root/host`,
			"/box/root/box",
		],
	);
	t.equal(facts("read./host/proc/1/comm").slice(0, 2), "ok");
	t.ok(facts.all("ls./host/etc").includes("passwd"));
	t.same(facts.all(`ls./host${box.dir}/root/host`), [], "it is not in itself");
	t.same(facts.all("ls./box/root/box"), []);
});

live("bind: /etc/resolv.conf of a root that leads into its empty /run", async (t, box) => {
	const root = await shellRoot(box);
	const host = source(box);
	symlinkSync("../run/systemd/resolve/stub-resolv.conf", `${root}/etc/resolv.conf`);
	symlinkSync("/no/such/place", `${root}/etc/dangling`);
	const mounts = [`bind-ro:${host}/file:/etc/resolv.conf`, `bind-ro:${host}:/etc/dangling`];
	for (const args of [[], ["--ephemeral"]]) {
		const options = mounts.map((mount) => `--mount=${mount}`);
		const words = ["read", "/etc/resolv.conf", "/etc/dangling/file"];
		const run = await box.run([
			`--chroot=${root}`,
			...args,
			...options,
			"--",
			"/bin/probe",
			...words,
		]);
		t.equal(run.facts("read./etc/resolv.conf"), "ok 14 from the host", run.err);
		t.equal(run.facts("read./etc/dangling/file"), "ok 14 from the host");
		t.notOk(existsSync(`${root}/no`));
	}
});

live("a terminal under a mount on /dev", async (t, box) => {
	const root = await shellRoot(box);
	for (const mount of ["bind:/dev:/dev", "tmp:/dev", "dev:/dev"]) {
		const args = [`--chroot=${root}`, `-m${mount}`, "--", "/bin/probe", "say", "seen", "+", "tty"];
		const session = await box.terminal(args).ended;
		t.equal(session.status, 0, session.out);
		t.match(session.out, /^seen\r\nisatty\.0 1\r\n/, mount);
	}
});

live("bind: symbolic links of the source are followed on the host", async (t, box) => {
	const host = source(box);
	symlinkSync(host, `${box.dir}/absolute`);
	symlinkSync("absolute/../source", `${box.dir}/relative`);
	symlinkSync("source/file", `${box.dir}/to-file`);
	const mounts = ["absolute:/a", "relative:/b", "to-file:/c"].map(
		(mount) => `bind-ro:${box.dir}/${mount}`,
	);
	const facts = await factsOf(box, mounts, ["read", "/a/file", "/b/file", "/c"]);
	for (const path of ["/a/file", "/b/file", "/c"])
		t.equal(facts(`read.${path}`), "ok 14 from the host", path);
});

live("bind: the source may be relative to the working directory", async (t, box) => {
	const host = source(box);
	const cases = { ".": host, file: host, "../source": host, "source/./file": box.dir };
	for (const [path, cwd] of Object.entries(cases)) {
		const facts = await factsOf(box, [`bind:${path}:/in`], ["read", "/in", "/in/file"], { cwd });
		const text = [facts("read./in"), facts("read./in/file")].find((line) => /^ok/.test(line));
		t.equal(text, "ok 14 from the host", `bind:${path}:/in`);
	}
});

live("tmp: an empty directory whose files are lost at the end", async (t, box) => {
	const words = ["stat", "/t", "+", "ls", "/t", "+", "create", "/t/new", "+", "mounts"];
	const facts = await factsOf(box, ["tmp:/t"], words);
	t.match(facts("stat./t"), /^directory (0755|1777) 0:0 /);
	t.same(facts.all("ls./t"), []);
	t.equal(facts("create./t/new"), "ok");
	t.equal(mountAt(facts, "/t")?.type, "tmpfs");
});

live("tmp: size= and mode=, in any order, with flags", async (t, box) => {
	for (const options of [
		"size=1m,mode=0700",
		"mode=700,size=1024k",
		"nosuid,size=1048576,mode=0700",
	]) {
		const facts = await factsOf(box, [`tmp:/t:${options}`], ["stat", "/t", "+", "mounts"]);
		t.match(facts("stat./t"), /^directory 0700 0:0 /, options);
		t.ok(mountAt(facts, "/t")?.superOptions.includes("size=1024k"), options);
	}
	const sticky = await factsOf(box, ["tmp:/t:mode=1777"], ["stat", "/t"]);
	t.match(sticky("stat./t"), /^directory 1777 /);
	const script = "dd if=/dev/zero of=/t/big bs=64k count=32 2>/dev/null; wc -c </t/big";
	const root = `${box.dir}/root`;
	const args = [`--chroot=${root}`, "-m", "tmp:/t:size=1m", "--", "/bin/sh", "-c", script];
	t.equal((await box.run(args)).out, "1048576\n", "more does not fit");
});

live("proc: the processes of the container", async (t, box) => {
	const facts = await factsOf(
		box,
		["proc:/p"],
		["read", "/p/1/comm", "/p/self/comm", "+", "mounts"],
	);
	t.equal(facts("read./p/1/comm"), "ok 8 pf-init");
	t.equal(facts("read./p/self/comm"), "ok 6 probe");
	const mount = mountAt(facts, "/p");
	t.equal(mount?.type, "proc");
	t.same(
		["nosuid", "nodev", "noexec"].filter((option) => !mount?.options.includes(option)),
		[],
	);
});

live("dev: the standard devices, and none of the host's", async (t, box) => {
	const nodes = ["full", "null", "random", "tty", "urandom", "zero"].map((name) => `/d/${name}`);
	const words = ["stat", ...nodes, "+", "ls", "/d", "/dev", "+", "write", "/d/null", "x"];
	const facts = await factsOf(box, ["dev:/d"], words);
	for (const node of nodes) t.match(facts(`stat.${node}`), /^character 0666 /, node);
	t.same(facts.all("ls./d").sort(), facts.all("ls./dev").sort(), "as in /dev");
	t.equal(facts("write./d/null"), "ok");
});

live("mqueue: the message queues of the container", async (t, box) => {
	const facts = await factsOf(box, ["mqueue:/q"], ["posix-ipc", "+", "ls", "/q", "+", "mounts"]);
	t.same([facts("queue"), facts.all("ls./q")], ["ok", ["probe-queue"]]);
	t.equal(mountAt(facts, "/q")?.type, "mqueue");
});

live("symlink: the target is unchanged", async (t, box) => {
	const targets = ["target", "/absolute/one", "../../../etc/passwd", "with space"];
	for (const target of targets) {
		const facts = await factsOf(box, [`symlink:${target}:/a/link`], ["stat", "/a/link", "/a"]);
		t.match(facts("stat./a/link"), /^link /);
		t.equal(facts("stat./a/link").split(" ").slice(4).join(" "), target);
		t.match(facts("stat./a"), /^directory 0755 /);
	}
});

live("proc: host files are protected as in /proc of the root", async (t, box) => {
	const words = ["write", "/p/sys/kernel/printk", "4", "+", "write", "/p/sysrq-trigger", "x", "+"];
	words.push("write", "/proc/sysrq-trigger", "x", "+");
	words.push("read", "/p/sys/kernel/printk", "+", "stat", "/p/keys", "/proc/keys");
	const facts = await factsOf(box, ["proc:/p"], words);
	t.equal(facts("write./p/sys/kernel/printk"), "EROFS");
	t.equal(facts("write./p/sysrq-trigger"), facts("write./proc/sysrq-trigger"));
	t.equal(facts("stat./p/keys"), facts("stat./proc/keys"), "masked");
});

live("dir: a new directory gets its mode, an existing one is unchanged", async (t, box) => {
	const made = await factsOf(
		box,
		["dir:/a/b:0700", "dir:/a/c", "dir:/a/d:1777", "dir:/a/e:2775"],
		["stat", "/a", "/a/b", "/a/c", "/a/d", "/a/e"],
	);
	const places = ["/a", "/a/b", "/a/c", "/a/d", "/a/e"];
	const modes = places.map((path) => made(`stat.${path}`).split(" ")[1]);
	t.same(modes, ["0755", "0700", "0755", "1777", "2775"]);
	const root = `${box.dir}/root`;
	mkdirSync(`${root}/there`, { mode: 0o711 });
	const kept = await factsOf(box, ["dir:/there:0700"], ["stat", "/there"]);
	t.match(kept("stat./there"), /^directory 0711 /, "what is there keeps its mode");
});

live("file: every byte of a file or a pipe", async (t, box) => {
	const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
	writeFileSync(`${box.dir}/bytes`, bytes);
	const fd = openSync(`${box.dir}/bytes`, "r");
	const words = ["cat", "/a/copy"];
	const options = { extra: [fd] };
	t.same((await mounted(box, ["file:3:/a/copy"], words, options)).stdout, bytes, "from a file");
	closeSync(fd);
	const piped = await mounted(box, ["file:0:/a/copy"], words, { stdin: bytes });
	t.same(piped.stdout, bytes, "through a pipe");
	const empty = await mounted(box, ["file:0:/a/copy"], ["stat", "/a/copy", "+", "read", "/a/copy"]);
	t.equal(empty.facts("read./a/copy"), "ok 0 ");
	t.match(empty.facts("stat./a/copy"), /^file 0[46][04][04] 0:0 /);
	t.same(readFileSync(`${box.dir}/bytes`), bytes, "the host's file is as it was");
});

live("file: the descriptor is not passed on", async (t, box) => {
	writeFileSync(`${box.dir}/text`, "text\n");
	const fd = openSync(`${box.dir}/text`, "r+");
	const words = ["fds", "+", "write", "/copy", "changed", "+", "read", "/copy"];
	const facts = await factsOf(box, ["file:3:/copy"], words, { extra: [fd] });
	closeSync(fd);
	t.equal(facts.all("fd").length, 3);
	t.equal(readFileSync(`${box.dir}/text`, "utf8"), "text\n");
});

function overlayDirectories(box: Box): { upper: string; work: string } {
	const [upper, work] = [`${box.dir}/upper`, `${box.dir}/work`];
	mkdirSync(upper);
	mkdirSync(work);
	return { upper, work };
}

async function overlaid(t: Test, box: Box, mount: string, words: string[]): Promise<Ended> {
	const run = await mounted(box, [mount], words);
	t.equal(run.status, 0, run.err);
	return run;
}

live("overlay: changes go to the upper directory, and persist", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${root}/etc/low`, "low\n");
	writeFileSync(`${root}/etc/gone`, "");
	const before = await tree(`${root}/etc`);
	const { upper, work } = overlayDirectories(box);
	const mount = `overlay:${upper}:/etc:${work}`;
	const words = ["read", "/etc/low", "+", "write", "/etc/low", "UP", "+", "rm", "/etc/gone"];
	const first = await overlaid(t, box, mount, [...words, "+", "create", "/etc/new", "+", "mounts"]);
	t.equal(first.facts("read./etc/low"), "ok 4 low");
	t.equal(mountAt(first.facts, "/etc")?.type, "overlay");
	t.same(readdirSync(upper).sort(), ["gone", "low", "new"]);
	t.equal(readFileSync(`${upper}/low`, "utf8"), "UPw\n");
	t.same(await tree(`${root}/etc`), before, "the root is as it was");
	const again = await overlaid(t, box, mount, ["ls", "/etc", "+", "read", "/etc/low"]);
	t.same(again.facts.all("ls./etc").sort(), ["low", "new"], "the same directories serve again");
	t.equal(again.facts("read./etc/low"), "ok 4 UPw");
});

live("later mounts cover earlier mounts", async (t, box) => {
	const host = source(box);
	const words = ["ls", "/a", "/a/b", "+", "read", "/a/b/file", "+", "mounts"];
	const facts = await factsOf(box, ["tmp:/a", `bind:${host}:/a/b`], words);
	t.same([facts.all("ls./a"), facts("read./a/b/file")], [["b"], "ok 14 from the host"]);
	const covered = await factsOf(box, [`bind:${host}:/a/b`, "tmp:/a"], words);
	t.same(covered.all("ls./a"), [], "the later one covers the earlier one");
	const twice = await factsOf(box, [`bind:${host}:/a`, "tmp:/a"], words);
	t.same(twice.all("ls./a"), [], "also at the very same place");
	t.equal(mountTable(twice).filter(({ point }) => point === "/a").length, 2);
});

live("mounts below /dev, /run, /proc and /sys", async (t, box) => {
	const host = source(box);
	const mounts = ["/run/in", "/dev/in", "/dev/shm"].map((point) => `bind:${host}:${point}`);
	mounts.push("tmp:/sys/fs/cgroup", "tmp:/proc/sys/fs");
	const words = ["read", "/run/in/file", "/dev/in/file", "/dev/shm/file", "+", "mounts"];
	const facts = await factsOf(box, mounts, words);
	for (const point of ["/run/in", "/dev/in", "/dev/shm"])
		t.equal(facts(`read.${point}/file`), "ok 14 from the host", point);
	t.equal(mountAt(facts, "/sys/fs/cgroup")?.type, "tmpfs");
	t.equal(mountAt(facts, "/proc/sys/fs")?.type, "tmpfs");
});

live("a hundred binds", async (t, box) => {
	const host = source(box);
	const points = Array.from({ length: 100 }, (_, i) => `/m/${i}`);
	const mounts = points.map(
		(point) => `bind${Number(point.slice(3)) % 2 ? "-ro" : ""}:${host}:${point}`,
	);
	const facts = await factsOf(box, mounts, ["read", ...points.map((point) => `${point}/file`)]);
	for (const point of points) t.equal(facts(`read.${point}/file`), "ok 14 from the host");
	t.notOk(existsSync(`${box.dir}/root/m`));
});

const EVERY: readonly string[] = [
	"bind:/tmp:/m/1",
	"bind-ro:/etc/hostname:/m/2",
	"tmp:/m/3",
	"proc:/m/4",
	"dev:/m/5",
	"mqueue:/m/6",
	"symlink:x:/m/7",
	"dir:/m/8",
	"file:0:/m/9",
	"bind:/tmp:/m/10:idmap",
];

live("no mount leads out of the root", async (t, box) => {
	const words = ["where", "/", "/..", "/proc/1/root", "+", "escape", "+", "mounts"];
	for (const mount of [...EVERY, EVERY.slice(0, 9).join(" ")]) {
		const mounts = mount.split(" ");
		if (mount.endsWith("idmap")) mounts.push("tmp:/none");
		const args = mount.endsWith("idmap") ? ["--user-map=auto"] : [];
		const root = existsSync(`${box.dir}/root`) ? `${box.dir}/root` : await shellRoot(box);
		const options = mounts.map((text) => `--mount=${text}`);
		const run = await box.run([
			`--chroot=${root}`,
			...args,
			...options,
			"--",
			"/bin/probe",
			...words,
		]);
		t.equal(run.status, 0, `${mount}: ${run.err}`);
		const { facts } = run;
		t.equal(facts("where./.."), facts("where./"), `${mount}: /.. is /`);
		t.equal(facts("where./proc/1/root"), facts("where./"), `${mount}: also for pid 1`);
		t.equal(facts("escape"), "caught", mount);
		const places = mountTable(facts).map(({ point }) => point);
		t.equal(places.filter((point) => point === "/").length, 1, `${mount}: one root`);
		const foreign = places.filter((point) => !/^\/($|(dev|proc|sys|run|m|none)($|\/))/.test(point));
		t.same(foreign, [], `${mount}: nothing else`);
	}
});

live("a path with .. is resolved as by the kernel", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${box.dir}/src`);
	writeFileSync(`${box.dir}/src/file`, "");
	for (const [before, path, place] of [
		["-mtmp:/a", "/a/../b", "/b"],
		["-mtmp:/a", "/dev/../mnt/in", "/mnt/in"],
		["-mtmp:/a", "/run/x/../../etc/..//c", "/c"],
		["-mtmp:/a", "/../../d", "/d"],
		["-mtmp:/a", "/etc/../a/e", "/a/e"],
	] as const) {
		const args = [`--chroot=${root}`, before, `-mbind:${box.dir}/src:${path}`];
		const run = await box.run([
			...args,
			"--",
			"/bin/sh",
			"-c",
			`ls ${place}; ls /proc/self/fd | wc -l`,
		]);
		t.match(run.out, /^file\n/, `${path}: ${run.err}`);
		t.equal(run.status, 0, path);
	}
});

t.end();
