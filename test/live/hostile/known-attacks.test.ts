// SPDX-License-Identifier: BSD-2-Clause
// The tests try known attacks on pflask. SECURITY.md lists the attacks and their tests. Some of
// these tests are in other files.
import {
	closeSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt, mountTable } from "../../lib/mount-table.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { type Starter, starters } from "../../lib/starters.ts";
import { tree } from "../../lib/tree.ts";

const users = await starters("known");

/** The users with a payload that has capabilities, but only in a user namespace. */
const CAPABLE: readonly Starter[] = [
	users.oneIdAsRoot,
	users.rangedAsRoot,
	users.rangedAsSubordinate,
	users.mappedRoot,
];

const ROUNDS = 30;

async function ownedBy(owner: number, path: string): Promise<void> {
	await sh(["chown", "--recursive", "--no-dereference", `${owner}:${owner}`, path]);
}

/**
 * Starts a process that exchanges a directory of the root and a link, until the process is killed.
 */
async function exchanging(box: Box, path: string, target: string): Promise<Running> {
	symlinkSync(target, `${path}.link`);
	const running = box.start(["exchange", path, `${path}.link`], { program: PROBE });
	await running.until("ready");
	return running;
}

async function stopped(running: Running): Promise<void> {
	running.kill("SIGKILL");
	await running.ended;
}

/**
 * Mounts each hierarchy of cgroup v1, first with a release agent. Then tries to set the release
 * agent. The kernel runs a release agent as root of the host.
 */
const AGENT = `
	for name in $(cat /proc/self/cgroup | grep -o ':[^:]*:' | grep -o '[^:][^:]*'); do
		case $name in name=*) name=none,$name ;; esac
		echo "tried $name"
		mount -t cgroup -o "$name,release_agent=/evil" cgroup /mnt && echo "agent $name"
		mount -t cgroup -o "$name" cgroup /mnt && echo "mounted $name"
		echo >/mnt/release_agent && echo "written $name"
		umount /mnt
	done 2>/dev/null
	find /sys/fs/cgroup -name release_agent -exec sh -c 'echo >"$0" && echo "written $0"' {} ';'
	echo done`;

/** The release agents of the host. */
function agents(): string[] {
	const top = "/sys/fs/cgroup";
	return readdirSync(top)
		.map((name) => `${top}/${name}/release_agent`)
		.filter((path) => {
			try {
				readFileSync(path);
				return true;
			} catch {
				return false;
			}
		});
}

for (const starter of CAPABLE)
	live(`no release agent can be set: ${starter.name}`, async (t, box) => {
		const before = agents().map((path) => [path, readFileSync(path, "utf8")] as const);
		t.teardown(() => {
			for (const [path, text] of before) writeFileSync(path, text);
		});
		const root = await shellRoot(box, starter.owner);
		mkdirSync(`${root}/mnt`);
		for (const args of [[], ["--netif"], ["--proc=unmasked"]]) {
			const options = [...starter.args, ...args, `--chroot=${root}`];
			const run = await starter.runner(box).run([...options, "--", "/bin/sh", "-c", AGENT]);
			t.match(run.out, /^done$/m, run.err);
			if (before.length > 0) t.match(run.out, /^tried /m, "hierarchies of the host are tried");
			t.notMatch(run.out, /^(agent|written) /m, args.join(" "));
		}
		t.same(
			agents().map((path) => [path, readFileSync(path, "utf8")]),
			before,
			"the host's are unchanged",
		);
	});

/** Prints the capability sets of two commands of the container, and of pid 1. */
const SETS = "/bin/cat /proc/self/status /proc/1/status | grep -E '^Cap(Inh|Amb)'; /bin/probe caps";

for (const starter of [users.root, users.oneId, ...CAPABLE])
	live(`no capability is inheritable: ${starter.name}`, async (t, box) => {
		const root = await shellRoot(box, starter.owner);
		const options = [...starter.args, `--chroot=${root}`];
		const run = await starter.runner(box).run([...options, "--", "/bin/sh", "-c", SETS]);
		t.equal(run.status, 0, run.err);
		const sets = [...run.out.matchAll(/Cap(Inh|Amb):\s+(\w+)/g)];
		t.ok(sets.length >= 4, run.out);
		for (const [line, , set] of sets) t.match(set, /^0+$/, line);
	});

live("no inheritable or ambient capability of the caller reaches a container", async (t, box) => {
	const root = await shellRoot(box);
	const via = ["setpriv", "--inh-caps=+chown,+net_raw", "--ambient-caps=+chown,+net_raw"];
	for (const args of [[], ["--user=5", "--no-userns"], ["--user-map=auto"]]) {
		const words = [...args, `--chroot=${root}`, "--", "/bin/sh", "-c", SETS];
		const run = await box.run(words, { via });
		t.equal(run.status, 0, run.err);
		const sets = [...run.out.matchAll(/Cap(Inh|Amb):\s+(\w+)/g)];
		t.ok(sets.length >= 4, run.out);
		for (const [line, , set] of sets) t.match(set, /^0+$/, `${args.join(" ")}: ${line}`);
	}
});

/** Paths of the working directory that lead to the host if a descriptor of the host is open. */
function descriptorPaths(): string[] {
	const paths: string[] = [];
	for (let fd = 0; fd < 24; fd++)
		paths.push(`/proc/self/fd/${fd}`, `/proc/1/fd/${fd}`, `/proc/self/fd/${fd}/../..`);
	return [...paths, "/proc/self/cwd", "/proc/1/cwd", "/proc/1/root", "/dev/fd/3"];
}

for (const starter of [users.root, ...CAPABLE])
	live(`no --chdir leads to a descriptor of the host: ${starter.name}`, async (t, box) => {
		const root = tinyRoot(box);
		const secret = "pftest-secret";
		writeFileSync(`${box.dir}/${secret}`, "");
		await ownedBy(starter.owner, root);
		const extra = [openSync(box.dir, "r")];
		const look = ["--", "/bin/probe", "say", "ran", "+", "ls", "."];
		const options = [...starter.args, `--chroot=${root}`];
		const { run } = starter.runner(box);
		const container = [...options, "--", "/bin/probe", "hold"];
		const pid = await detach(starter.runner(box), container, { cwd: box.dir, extra });
		const control = await box.run(["ls", "/proc/self/fd/3"], { program: PROBE, extra });
		t.match(control.out, secret, "the descriptor leads to the directory of the host");
		for (const path of descriptorPaths()) {
			const started = await run([...options, `--chdir=${path}`, ...look], { cwd: box.dir, extra });
			const joined = await run([`--exec=${pid}`, `--chdir=${path}`, ...look], {
				cwd: box.dir,
				extra,
			});
			for (const { out, status, err } of [started, joined]) {
				t.notMatch(out, secret, path);
				t.equal(status, /^ran$/m.test(out) ? 0 : 125, `${path}: ${err}`);
			}
		}
		closeSync(extra[0] ?? -1);
		await finish(starter.runner(box), pid);
	});

/**
 * Files in place of /dev/null of a root. The attacker wants pflask to mount such a file over a
 * masked path of /proc.
 */
const NULLS: Readonly<Record<string, (path: string) => void>> = {
	"a link to a setting": (path) => symlinkSync("/proc/sys/kernel/core_pattern", path),
	"a link to /proc": (path) => symlinkSync("/proc", path),
	"a file": (path) => writeFileSync(path, "fake\n"),
	"a directory": (path) => mkdirSync(path),
};

const MASKED = ["/proc/interrupts", "/proc/keys", "/proc/timer_list"];
const SETTINGS = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"];

/**
 * Tests that the masked paths show the host's /dev/null, and that the payload can change no setting
 * of the machine.
 */
async function areMasked(t: Test, box: Box, starter: Starter, root: string): Promise<void> {
	const words = ["stat", ...MASKED, "+", "mounts"];
	for (const path of SETTINGS) words.push("+", "write", path, "x");
	const args = [...starter.args, `--chroot=${root}`, "--", "/bin/probe"];
	const run = await starter.runner(box).run([...args, ...words]);
	t.equal(run.status, 0, run.err);
	for (const path of MASKED) {
		t.match(run.facts(`stat.${path}`), /^character \d+ \d+:\d+ 1:3$/, path);
		const mount = mountAt(run.facts, path);
		t.same([mount?.root, mount?.options.includes("ro")], ["/null", true], path);
	}
	for (const path of SETTINGS)
		t.match(run.facts(`write.${path}`), /^E/, `${path} cannot be written`);
}

for (const starter of CAPABLE)
	live(`masks are the host's /dev/null: ${starter.name}`, async (t, box) => {
		const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
		const root = tinyRoot(box);
		for (const make of Object.values(NULLS)) {
			make(`${root}/dev/null`);
			await ownedBy(starter.owner, root);
			await areMasked(t, box, starter, root);
			rmSync(`${root}/dev/null`, { recursive: true });
		}
		const race = await exchanging(box, `${root}/dev`, "/etc");
		for (let i = 0; i < ROUNDS; i++) await areMasked(t, box, starter, root);
		await stopped(race);
		t.equal(readFileSync("/proc/sys/kernel/core_pattern", "utf8"), pattern);
	});

for (const starter of CAPABLE)
	live(`/dev/console is the container's own terminal: ${starter.name}`, async (t, box) => {
		const root = tinyRoot(box);
		mkdirSync(`${root}/dev/pts`);
		for (const name of ["console", "ptmx", "pts/0", "pts/ptmx"])
			symlinkSync("/proc/sys/kernel/core_pattern", `${root}/dev/${name}`);
		await ownedBy(starter.owner, root);
		const words = ["mounts", "+", "same-terminal", "/dev/console"];
		const args = [...starter.args, "--tty=always", `--chroot=${root}`, "--", "/bin/probe"];
		const run = await starter.runner(box).run([...args, ...words]);
		t.equal(run.facts("same./dev/console"), "yes", run.err);
		t.equal(mountAt(run.facts, "/dev/console")?.type, "devpts");
		const race = await exchanging(box, `${root}/dev`, "/etc");
		for (let i = 0; i < ROUNDS; i++) {
			const raced = await starter.runner(box).run([...args, ...words]);
			t.ok(raced.status === 0 || raced.status === 125, raced.err);
			const mounts = mountTable(raced.facts).filter(({ type }) => type === "devpts");
			const points = mounts.map(({ point }) => point);
			const wrong = points.filter((point) => !/^\/(dev|dev\.link|etc)\/(pts|console)$/.test(point));
			t.same(wrong, [], "a terminal covers no other file");
		}
		await stopped(race);
	});

/** Files of /proc that pflask writes to during a start. */
const WRITTEN = ["setgroups", "uid_map", "gid_map", "attr/current", "attr/exec", "oom_score_adj"];
const PING = "sys/net/ipv4/ping_group_range";

/** Replaces the settings in the root's /proc by links to a file of the host, or of /proc. */
function makeProc(root: string, target: string): void {
	for (const id of ["self", "thread-self", "1", "2"]) {
		mkdirSync(`${root}/proc/${id}/attr`, { recursive: true });
		for (const name of WRITTEN) symlinkSync(target, `${root}/proc/${id}/${name}`);
	}
	mkdirSync(`${root}/proc/sys/net/ipv4`, { recursive: true });
	symlinkSync(target, `${root}/proc/${PING}`);
}

for (const starter of CAPABLE)
	live(`writes to /proc reach the kernel's files: ${starter.name}`, async (t, box) => {
		const victim = `${box.dir}/victim`;
		mkdirSync(victim);
		for (const name of ["file", "core_pattern"]) writeFileSync(`${victim}/${name}`, "untouched\n");
		await ownedBy(starter.owner, victim);
		const untouched = await tree(victim);
		const ping = readFileSync(`/proc/${PING}`, "utf8");
		const root = tinyRoot(box);
		makeProc(root, `${victim}/file`);
		await ownedBy(starter.owner, root);
		const args = [...starter.args, "--netif", `--chroot=${root}`, "--", "/bin/probe"];
		const words = ["read", `/proc/${PING}`, "/proc/self/uid_map", "+", "ids"];
		const start = () => starter.runner(box).run([...args, ...words]);
		const { facts, err } = await start();
		t.match(facts(`read./proc/${PING}`), /^ok \d+ 0\t\d+$/, `groups may ping: ${err}`);
		t.match(facts("read./proc/self/uid_map"), /^ok \d+ +0 +[1-9]/, "the map is written");
		t.equal(facts("uid"), "0 0");
		const race = await exchanging(box, `${root}/proc`, victim);
		for (let i = 0; i < ROUNDS; i++) {
			const run = await start();
			t.ok(run.status === 0 || run.status === 125, run.err);
		}
		await stopped(race);
		t.same(await tree(victim), untouched, "no file of the host is written");
		t.equal(readFileSync(`/proc/${PING}`, "utf8"), ping, "the host's setting is unchanged");
	});

t.end();
