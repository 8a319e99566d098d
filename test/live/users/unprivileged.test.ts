// SPDX-License-Identifier: BSD-2-Clause
// An ordinary user runs pflask without options for user namespaces. A container works, has the
// isolation of root's containers, and gives the user no privilege.
import { existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { NAMESPACES } from "../../../packages/runtime/src/abi.gen.ts";
import { account, as, executable, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { FIRST, shellRoot, subordinateDebian } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-plain", { range: RANGE, groups: ["games"] });

/** A user without subordinate ids. */
const poor = await account("pft-poor");

/** Runs the probe as the user, from a place that the user can reach. */
async function probe(
	box: Box,
	args: readonly string[],
	words: readonly string[],
	options: RunOptions = {},
): Promise<Ended> {
	const place = `${box.dir}/probe`;
	if (!existsSync(place)) await sh(["install", "-m", "755", PROBE, place]);
	return await as(user, box).run([...args, "--", place, ...words], options);
}

live("a root that the user may not write to", async (t, box) => {
	for (const mode of [0o755, 0o700]) {
		const root = `${box.dir}/root-${mode.toString(8)}`;
		mkdirSync(root, { mode });
		const before = await names(root);
		const run = await as(poor, box).run([`--chroot=${root}`, "--", "/bin/true"]);
		const what = `pflask: --chroot: ${root}: cannot create or enter '/proc' in this directory`;
		const hint = `hint: sudo pflask --chroot=${root} --user-map=auto ...`;
		t.same([run.status, run.err], [125, `${what}: Permission denied\n${hint}\n`]);
		t.same(await names(root), before, "nothing is left in it");
	}
});

live("pflask -- id", async (t, box) => {
	const run = await as(user, box).run(["--", "id"]);
	const { name, uid, gid } = user;
	// Supplementary groups are not mapped, and appear as 65534.
	const ids = `uid=${uid}(${name}) gid=${gid}(${name}) groups=${gid}(${name})`;
	t.ok([`${ids}\n`, `${ids},65534(nogroup)\n`].includes(run.out), `${run.out}${run.err}`);
	const asked = await as(user, box).run([`--user=${name}`, "--", "id"]);
	t.equal(asked.out, run.out, `--user=$USER: ${asked.err}`);
});

live("pflask: a shell", async (t, box) => {
	const env = { ...user.env, SHELL: "/bin/sh" };
	const session = as(user, box).terminal([], { env, cwd: user.home });
	await session.until(/[$#] $/);
	session.type('echo "$((6*7))" $USER $HOME; tty; ps -e | wc -l; exit 5\n');
	const { status, out } = await session.ended;
	t.equal(status, 5);
	t.match(out, `42 ${user.name} ${user.home}\r\n/dev/pts/`);
});

live("an ordinary user's container has all namespaces and a new /proc", async (t, box) => {
	const run = await probe(
		box,
		["--netif", "--hostname=inside"],
		["ns", "+", "hostname", "+", "ps"],
	);
	t.equal(run.status, 0, run.err);
	const host = await sh(["sh", "-c", "stat -L -c '%n %i' /proc/self/ns/*"]);
	for (const [, kind] of NAMESPACES)
		t.notMatch(host, `/ns/${kind} ${run.facts(`ns.${kind}`)}\n`, `${kind} is its own`);
	t.equal(run.facts("hostname"), "inside");
	t.equal(run.facts.all("process").length, 2);
});

live("pflask --netif -- ip link", async (t, box) => {
	const run = await as(user, box).run(["--netif", "--", "ip", "link"]);
	t.match(run.out, /^1: lo: <LOOPBACK,UP,LOWER_UP> [^\n]*\n[^\n]*\n$/, run.err);
	const root = await shellRoot(box, FIRST);
	const args = ["--netif", `--chroot=${root}`, "--", "/bin/probe", "net", "+", "mounts"];
	const chroot = await as(user, box).run(args);
	t.same(chroot.facts.all("interface"), ["lo up"], chroot.err);
	t.match(mountAt(chroot.facts, "/sys")?.options.join(), /\bro\b/);
});

/** Arguments of the probe, to examine the properties that every container with a root must have. */
const WORDS = [
	"write",
	"/dev/null",
	"x",
	"+",
	"posix-ipc",
	"+",
	"mounts",
	"+",
	"new-terminal",
	"+",
];
WORDS.push(
	"stat",
	"/dev/null",
	"/dev/tty",
	"/dev/shm",
	"/dev/fd",
	"+",
	"ls",
	"/dev",
	"+",
	"escape",
);

function isComplete(t: Test, run: Ended, what: string): void {
	const { facts } = run;
	t.equal(run.status, 0, `${what}: ${run.err}`);
	t.same([facts("write./dev/null"), facts("shm"), facts("queue")], ["ok", "ok", "ok"], what);
	t.same([facts("shm.file"), facts("queue.file")], ["ok", "ok"], what);
	t.match(facts("ptmx"), /^ok \/dev\/pts\/\d+$/, `${what}: a terminal can be opened`);
	t.equal(facts("pts"), "ok", what);
	t.match(facts("stat./dev/null"), /^character 0666 \S+ 1:3$/, what);
	t.match(facts("stat./dev/shm"), /^directory 1777 /, what);
	t.match(facts("escape"), /^(caught|EPERM|EACCES)$/, what);
	const expected = [
		"core",
		"fd",
		"full",
		"mqueue",
		"null",
		"ptmx",
		"pts",
		"random",
		"shm",
		"stderr",
		"stdin",
	];
	t.same(facts.all("ls./dev").sort(), [...expected, "stdout", "tty", "urandom", "zero"], what);
	for (const [point, type] of Object.entries({
		"/proc": "proc",
		"/dev/pts": "devpts",
		"/dev/mqueue": "mqueue",
		"/run": "tmpfs",
		"/sys": "sysfs",
	}))
		t.equal(mountAt(facts, point)?.type, type, `${what}: ${point}`);
	t.match(mountAt(facts, "/sys/fs/cgroup")?.type, /^(cgroup2?|tmpfs)$/, what);
}

live("/dev, devpts, mqueue, proc, sysfs and cgroup2 in a user namespace", async (t, box) => {
	for (const [owner, args] of [
		[FIRST, []],
		[FIRST, ["--netif"]],
		[FIRST, ["--tty=never", "--as-pid1", `--user-map=0:${FIRST}:65536`]],
		[user.uid, []],
		[user.uid, [`--user-map=0:${user.uid}:1`, "--netif"]],
		[user.uid, [`--user=${user.uid}:${user.gid}`]],
	] as const) {
		const root = await shellRoot(box, owner);
		const all = [`--chroot=${root}`, ...args, "--", "/bin/probe", ...WORDS];
		isComplete(t, await as(user, box).run(all), `${owner} ${args.join(" ")}`);
		await sh(["rm", "-r", root]);
	}
});

live("/proc and /sys give no access to the machine", async (t, box) => {
	const root = await shellRoot(box, FIRST);
	const secret = ["/proc/kcore", "/proc/keys", "/proc/timer_list"].filter(existsSync);
	const fixed = ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/sys/power/state"];
	const words = ["read", ...secret, ...fixed.flatMap((path) => ["+", "write", path, "x"])];
	const run = await as(user, box).run([`--chroot=${root}`, "--", "/bin/probe", ...words]);
	t.equal(run.status, 0, run.err);
	for (const path of secret) t.notMatch(run.facts(`read.${path}`), /^ok [1-9]/, path);
	for (const path of fixed) t.match(run.facts(`write.${path}`), /^E(ROFS|ACCES|PERM|NOENT)$/, path);
});

live("missing mount points, and a link to the host in place of a mount point", async (t, box) => {
	const root = await shellRoot(box, FIRST, []);
	const before = await names(root);
	const args = [`--chroot=${root}`, "--", "/bin/probe", "write", "/dev/null", "+", "ls", "/"];
	const run = await as(user, box).run(args);
	t.equal(run.facts("write./dev/null"), "ok", run.err);
	t.same(await names(root), before, "they are gone again");
	mkdirSync(`${box.dir}/victim`);
	symlinkSync(`${box.dir}/victim`, `${root}/dev`);
	const link = await as(user, box).run(args);
	t.equal(link.status, 0, link.err);
	t.equal(await sh(["ls", `${box.dir}/victim`]), "");
});

live("on a terminal", async (t, box) => {
	const root = await subordinateDebian();
	for (const args of [[], [`--chroot=${root}`]]) {
		const script =
			'stat -c "%U %a" "$(tty)"; echo out >/dev/stdout; stty size; echo "in: $(head -1)"';
		const session = as(user, box).terminal([...args, "--", "/bin/sh", "-c", script], {
			rows: 33,
			columns: 99,
		});
		await session.until("33 99");
		session.type("typed\n");
		const { status, out } = await session.ended;
		t.equal(status, 0, out);
		const owner = args.length ? "root" : user.name;
		t.match(out, new RegExp(`^${owner} 620\r\nout\r\n33 99\r\ntyped\r\nin: typed\r\n$`));
	}
});

live("exit statuses, signals and streams", async (t, box) => {
	const mine = as(user, box);
	t.equal((await mine.run(["--", "/bin/sh", "-c", "exit 42"])).status, 42);
	t.equal((await mine.run(["--", "/bin/sh", "-c", "kill -9 $$"])).status, 137);
	t.equal((await mine.run(["--", "/no/such/command"])).status, 127);
	t.equal((await mine.run(["--", "/etc/passwd"])).status, 126);
	const echo = await mine.run(["--", "cat"], { stdin: "through\0a pipe\n" });
	t.equal(echo.out, "through\0a pipe\n");
	const script = 'trap "echo caught; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
	const running = mine.start(["--", "/bin/sh", "-c", script]);
	await running.until("ready");
	running.kill("SIGTERM");
	const end = await running.ended;
	t.same([end.status, end.out], [3, "ready\ncaught\n"]);
});

/**
 * Options with which the ids of a container differ from pflask's ids. The first case is the
 * default.
 */
const CHANGED_IDS = [
	[],
	[`--user-map=0:${FIRST}:65536`],
	["--user-map=auto"],
	[`--user-map=0:${FIRST}:65536`, "--user=33:33"],
	[`--user-map=0:${FIRST}:65536`, "--user=33:33", "--as-pid1"],
	[`--user-map=0:${FIRST}:65536`, "--user=33:33", "--no-pidns"],
	["--no-pidns"],
];

live("a container dies with its pflask, also if the container's ids differ", async (t, box) => {
	await sh(["install", "-m", "755", PROBE, `${box.dir}/probe`]);
	for (const args of CHANGED_IDS) {
		const words = ["nested", "+", "daemon", "+", "hold"];
		const running = as(user, box).start([...args, "--", `${box.dir}/probe`, ...words]);
		await running.until("ready");
		t.ok(descendants().length > 2);
		running.kill("SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0, 10_000);
		t.same(descendants(), [], args.join(" "));
	}
});

live("a container of root for another user dies with its pflask", async (t, box) => {
	for (const args of [
		["--user=33:33"],
		["--user=33:33", "-U"],
		["--user=33:33", "-UP"],
		["-eauto"],
	]) {
		const running = box.start([...args, "--", PROBE, "nested", "+", "daemon", "+", "hold"]);
		await running.until("ready");
		running.kill("SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0, 10_000);
		t.same(descendants(), [], args.join(" "));
	}
});

live("a container dies if the monitor is killed as well", async (t, box) => {
	await sh(["install", "-m", "755", PROBE, `${box.dir}/probe`]);
	for (const args of CHANGED_IDS) {
		const running = as(user, box).start([...args, "--", `${box.dir}/probe`, "hold"]);
		await running.until("ready");
		const pflasks = descendants().filter(({ name }) => name === "pflask");
		for (const { pid } of pflasks) signal(pid, "SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0, 10_000);
		t.ok(pflasks.length > 0, args.join(" "));
	}
});

live("pflask in pflask: network, --ephemeral, --chroot and SIGKILL", async (t, box) => {
	const inner = executable(box);
	const mine = as(user, box);
	const run = await mine.run([
		"--",
		inner,
		"--netif",
		"--",
		inner,
		"--",
		"sh",
		"-c",
		"id -u; ps -e | wc -l",
	]);
	t.match(run.out, new RegExp(`^${user.uid}\n\\s*5\n$`), run.err);
	const status = await mine.run(["--", inner, "--ephemeral", "--", "/bin/sh", "-c", "exit 6"]);
	t.equal(status.status, 6, status.err);
	const root = await shellRoot(box, user.uid);
	const chroot = await mine.run(["--", inner, `--chroot=${root}`, "--", "/bin/probe", "ls", "/"]);
	t.equal(chroot.status, 0, chroot.err);
	const signalled = mine.start(["--", inner, "--", "/bin/sh", "-c", "echo ready; sleep 60"]);
	await signalled.until("ready");
	signalled.kill("SIGKILL");
	await signalled.ended;
	await until("the end of all", () => descendants().length === 0, 10_000);
});

live("root of a user namespace runs pflask", async (t, box) => {
	const place = executable(box);
	const root = await shellRoot(box, user.uid);
	const outer = [
		["unshare", "--user", "--map-root-user"],
		[place, `-e0:${user.uid}:1`, "--"],
	];
	for (const words of outer)
		for (const args of [
			[],
			["--netif", "--hostname=x"],
			[`--chroot=${root}`],
			[`--chroot=${root}`, "--netif"],
			[`--chroot=${root}`, "--ephemeral"],
			["--ephemeral"],
			["-mtmp:/mnt"],
			["-e0:0:1"],
		]) {
			const command = args[0]?.startsWith("--chroot") ? "/bin/busybox" : "busybox";
			const all = [...words.slice(1), place, ...args, "--", command, "id", "-u"];
			const run = await as(user, box).run(all, { program: words[0] ?? "" });
			t.equal(run.out, "0\n", `${words[0]}, then ${args.join(" ")}: ${run.err}`);
		}
});

live("in a container that hides a part of /proc", async (t, box) => {
	const root = await subordinateDebian();
	const place = executable(box);
	const args = [`--chroot=${root}`, `-mbind-ro:${place}:/mnt/pflask`, "--ephemeral", "--"];
	const run = await as(user, box).run([...args, "/mnt/pflask", "--", "echo", "deep"]);
	if (run.status === 0) t.equal(run.out, "deep\n", "the kernel lets it");
	else {
		t.equal(run.status, 125);
		t.match(run.err, /^pflask: [^\n]*\/proc[^\n]*\nhint: [^\n]+\n$/, "one line, and a remedy");
	}
});

live("setgroups is denied where the gid map is written without privilege", async (t, box) => {
	const script = "cat /proc/self/setgroups; setpriv --clear-groups true || echo refused; id -G";
	for (const args of [[], [`--user-map=0:${user.uid}:1`], [`--user=${user.name}`]]) {
		const run = await as(user, box).run([...args, "--", "/bin/sh", "-c", script]);
		t.match(run.out, /^deny\nrefused\n/, `${args.join(" ")}: ${run.err}`);
	}
	const pid = await detach(as(user, box), ["--", "sleep", "60"]);
	const { uid, gid } = user;
	const exec = await as(user, box).run([`--exec=${pid}`, `-u${uid}:${gid},${gid}`, "--", "true"]);
	t.match(exec.err, "the container's user namespace denies setgroups(2)\n", "of named groups");
	t.equal(exec.status, 125);
	await finish(as(user, box), pid);
	// All users except the group may read the file. The user is in the group, and must not be able to
	// drop the group to read the file (CVE-2014-8989).
	const place = `${box.dir}/place`;
	writeFileSync(place, "x\n", { mode: 0o604 });
	await sh(["chown", "root:games", place]);
	const denied = await as(user, box).run(["--", "cat", place]);
	t.match([denied.out, denied.err], ["", /Permission denied/]);
});

live("a setuid program of the host gives no privilege", async (t, box) => {
	await sh(["install", "-m", "4755", "/usr/bin/id", `${box.dir}/id`]);
	const run = await as(user, box).run(["--", `${box.dir}/id`, "-u"]);
	t.same([run.out, run.status], [`${user.uid}\n`, 0], run.err);
});

live("the command has only the intended capabilities", async (t, box) => {
	const caps = (run: Ended) => run.out.match(/CapEff:\s*(\w+)/)?.[1];
	const script = "grep CapEff /proc/self/status";
	const own = await as(user, box).run(["--", "/bin/sh", "-c", script]);
	t.equal(own.status, 0, own.err);
	const asked = await as(user, box).run([`--user=${user.name}`, "--", "/bin/sh", "-c", script]);
	t.match(caps(asked), /^0+$/, "a user that was asked for has none");
	const zero = await as(user, box).run([`-e0:${user.uid}:1`, "--", "/bin/sh", "-c", script]);
	t.notMatch(caps(zero), /^0+$/, "root of the container has");
});

live("a system without user namespaces", async (t, box) => {
	const mine = as(user, box);
	const place = executable(box);
	const root = await shellRoot(box, user.uid);
	const before = await names(root);
	// The new user namespace has its own limit, which this script sets to 0. The user has no
	// capabilities there, and cannot raise the limit.
	const script = `
		echo 0 >/proc/sys/user/max_user_namespaces
		exec setpriv --ambient-caps=-all --inh-caps=-all "$@"`;
	const words = ["--user", "--map-current-user", "--keep-caps", "sh", "-ceu", script, "sh", place];
	for (const args of [
		[],
		["--netif"],
		[`--chroot=${root}`],
		["--ephemeral"],
		[`--user=${user.name}`],
	]) {
		const run = await mine.run([...words, ...args, "--", "/bin/echo", "ran"], {
			program: "unshare",
		});
		t.same([run.status, run.out], [125, ""], `${args.join(" ")}: ${run.err}`);
		t.match(
			run.err,
			/^pflask: [^\n]+\nhint: [^\n]*user\.max_user_namespaces[^\n]*\n$/,
			args.join(" "),
		);
	}
	t.same(await names(root), before);
});

live("--status-fd reports ids and namespaces", async (t, box) => {
	const path = `${box.dir}/status`;
	const fd = openSync(path, "w");
	const args = ["--status-fd=3", `--user-map=0:${FIRST}:65536`, "--", "/bin/true"];
	const run = await as(user, box).run(args, { extra: [fd] });
	t.equal(run.status, 0, run.err);
	const lines = readFileSync(path, "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	t.same(
		lines.map(({ event }) => event),
		["started", "exited"],
	);
	t.match(JSON.stringify(lines[0]), /"user"/);
});

live("the plan shows each difference for ordinary users", async (t, box) => {
	const root = await shellRoot(box, FIRST);
	const plan = async (...args: string[]) => {
		const run = await as(user, box).run([
			"--dry-run",
			`--chroot=${root}`,
			...args,
			"--",
			"/bin/probe",
		]);
		t.same([run.status, run.err], [0, ""], args.join(" "));
		return run.out;
	};
	const byDefault = await plan();
	t.match(byDefault, /clone +[^\n]*\buser\b/);
	t.match(byDefault, new RegExp(`uidmap [^\n]* 0 ${FIRST} 65536\n`));
	t.match(byDefault, new RegExp(`gidmap [^\n]* 0 ${FIRST} 65536\n`));
	t.notMatch(byDefault, /mount +sysfs \/sys/, "no fresh sysfs without a network of its own");
	t.match(await plan("--netif"), /mount +sysfs \/sys/);
	t.match(byDefault, /device|bind[^\n]*\/dev\/null/, "how /dev is filled");
});

t.end();
