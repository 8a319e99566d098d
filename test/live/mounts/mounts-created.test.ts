// SPDX-License-Identifier: BSD-2-Clause
// pflask creates mount points with the expected modes, and removes the mount points when the
// container ends. A changed mount point stays.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmdirSync,
	statSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { commandLine, descendants, signal } from "../../lib/processes.ts";
import type { Running } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";
import { BOUND, until } from "../../lib/until.ts";

const user = await account("pft-created", { range: RANGE });

/** Mounts of every type at missing mount points. */
function everywhere(box: Box): string[] {
	for (const name of ["source", "upper", "work"]) mkdirSync(`${box.dir}/${name}`);
	writeFileSync(`${box.dir}/source/file`, "");
	return [
		`bind:${box.dir}/source:/new/1/bind`,
		`bind-ro:${box.dir}/source:/new/1/bind-ro`,
		`bind:${box.dir}/source/file:/new/2/file`,
		`overlay:${box.dir}/upper:/new/3:${box.dir}/work`,
		"tmp:/etc/tmp",
		"proc:/new/4",
		"dev:/new/5",
		"mqueue:/new/6",
		"symlink:nowhere:/new/7/link",
		"dir:/new/8",
		"file:0:/new/9",
		"tmp:/other/a/b/c/d/e",
	];
}

function options(mounts: readonly string[]): string[] {
	return mounts.map((mount) => `--mount=${mount}`);
}

live("created mount points are removed at the end", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const args = [`--chroot=${root}`, ...options(everywhere(box)), "--", "/bin/probe"];
	const run = await box.run([...args, "ls", "/", "/new", "/other", "/etc", "/root"]);
	t.equal(run.status, 0, run.err);
	t.same(run.facts.all("ls./new").length, 9);
	t.same(await names(root), before);
});

live(
	"mount points are removed one by one, and after a failed or killed command",
	async (t, box) => {
		const root = await shellRoot(box);
		const before = await names(root);
		for (const mount of everywhere(box)) {
			await box.run([`--chroot=${root}`, `-m${mount}`, "--", "/bin/probe", "die", "9"]);
			t.same(await names(root), before, mount);
		}
		for (const args of [
			["--as-pid1"],
			["-P"],
			["-UIH"],
			["--netif"],
			["--tty=always"],
			["-u7:7", "-U"],
		]) {
			const all = [`--chroot=${root}`, ...args, "-mtmp:/new/1", "-mdir:/new/2"];
			const run = await box.run([...all, "--", "/bin/probe", "ls", "/new"]);
			t.same([run.status, run.facts.all("ls./new").length], [0, 2], `${args}: ${run.err}`);
			t.same(await names(root), before, `${args}`);
		}
		for (const command of ["/no/such/command", "/etc"]) {
			const run = await box.run([`--chroot=${root}`, "-mtmp:/new/1", "--", command]);
			t.ok(run.status === 126 || run.status === 127, run.err);
			t.same(await names(root), before, command);
		}
	},
);

live("mount points are removed if a later mount fails", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${box.dir}/source`);
	writeFileSync(`${root}/etc/file`, "");
	const before = await names(root);
	for (const wrong of [
		`bind:${box.dir}/source:/etc/file`,
		"tmp:/etc/file/below",
		"dir:/etc/file",
	]) {
		const args = ["-mtmp:/new/1", "-msymlink:a:/new/2", "-mdir:/new/3/4", `-m${wrong}`];
		const run = await box.run([`--chroot=${root}`, ...args, "--", "/bin/probe", "say", "ran"]);
		t.same([run.status, run.out], [125, ""], run.err);
		t.same(await names(root), before, wrong);
	}
});

live("mount points are removed with too few descriptors to hold them all", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const mounts = Array.from({ length: 40 }, (_, i) => `-mtmp:/m${i}`);
	const via = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"];
	const run = await box.run([`--chroot=${root}`, ...mounts, "--", "/bin/probe"], { via });
	t.same([run.status, run.out], [125, ""]);
	t.match(run.err, /^pflask: --mount: tmp:\/m\d+: [^\n]*Too many open files\n/);
	t.same(await names(root), before);
});

/** Starts a container with an endless command, and waits until the command runs. */
async function held(
	box: Pick<Box, "start">,
	args: readonly string[],
	via?: string[],
): Promise<Running> {
	const running = box.start([...args, "--", "/bin/probe", "hold"], via ? { via } : {});
	await running.until("ready");
	return running;
}

/** Kills pflask but not its descendants, and waits until all have ended. */
async function killed(running: Running): Promise<void> {
	running.kill("SIGKILL");
	await running.ended;
	await until("the end of all", () => descendants().length === 0);
}

live("mount points are removed after SIGKILL of pflask", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const running = await held(box, [`--chroot=${root}`, ...options(everywhere(box))]);
	t.ok(existsSync(`${root}/other/a/b/c/d/e`));
	await killed(running);
	t.same(await names(root), before);
});

/** Waits for a path in a busy loop. Returns as soon as the path exists. */
function watched(path: string): void {
	const end = performance.now() + BOUND;
	while (!existsSync(path) && performance.now() < end);
}

/** Returns the pid of the monitor. The monitor is a child of pflask, and is called pflask, too. */
function monitorOf(running: Running): number {
	const monitors = descendants(running.pid).filter(({ name }) => name === "pflask");
	if (monitors.length !== 1) throw new Error(`${monitors.length} monitors`);
	return monitors[0]?.pid ?? 0;
}

live("mount points are removed if pflask is killed at any moment of a start", async (t, box) => {
	const root = await shellRoot(box);
	const places = Array.from({ length: 40 }, (_, i) => `/new/${i % 7}/${i}`);
	const before = await names(root);
	const args = [`--chroot=${root}`, ...places.map((place) => `-mtmp:${place}`)];
	let left: string[] = before;
	for (let round = 0; round < places.length && left.length === before.length; round++) {
		const running = box.start([...args, "--", "/bin/probe", "hold"]);
		watched(`${root}${places[round]}`);
		if (round % 2 === 1) signal(monitorOf(running), "SIGKILL");
		await killed(running);
		left = await names(root);
	}
	t.same(left, before);
});

live("mount points are removed after SIGKILL of the monitor", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const mounts = ["-mtmp:/new/1/2", "-mfile:0:/file", "-msymlink:a:/new/link"];
	for (const more of [[], ["-P"], ["--as-pid1"], ["--user-map=auto"], ["--read-only"]]) {
		for (const both of [false, true]) {
			const running = await held(box, [`--chroot=${root}`, ...more, ...mounts]);
			const monitor = monitorOf(running);
			if (both) running.kill("SIGKILL");
			signal(monitor, "SIGKILL");
			await running.ended;
			// A pflask that was not killed has waited until the mount points were removed.
			if (both) await until("the end of all", () => descendants().length === 0);
			t.same(await names(root), before, `${more} ${both}`);
		}
	}
});

live(
	"a link stays if its maker is killed, and the next container uses the link",
	async (t, box) => {
		const root = await shellRoot(box);
		const before = await names(root);
		const args = [`--chroot=${root}`, "-mtmp:/new/1", "-msymlink:bin/probe:/link"];
		const running = await held(box, args);
		for (const { pid, name } of descendants(running.pid))
			if (name === "pf-maker") signal(pid, "SIGKILL");
		running.kill("SIGTERM");
		await running.ended;
		t.equal(readlinkSync(`${root}/link`), "bin/probe");
		t.equal((await box.run([...args, "--", "/link", "exit", "0"])).status, 0);
		t.equal(readlinkSync(`${root}/link`), "bin/probe", "nothing tells whose link this is");
		unlinkSync(`${root}/link`);
		t.same(await names(root), before, "the mount points are gone");
	},
);

live("pidof pflask does not list the process that removes mount points", async (t, box) => {
	const root = await shellRoot(box);
	const running = await held(box, [`--chroot=${root}`, "-mtmp:/new/1/2"]);
	t.equal(monitorOf(running) > 0, true);
	const lines = descendants(running.pid).map(({ pid }) => commandLine(pid));
	t.same(lines.filter((line) => line.startsWith("pflask")).length, 1, lines.join("; "));
	running.kill("SIGTERM");
	await running.ended;
});

live("mount points are removed after SIGKILL of init and the command", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const running = await held(box, [`--chroot=${root}`, "-mtmp:/new/1/2"]);
	const spared = ["pflask", "pf-maker"];
	for (const { pid, name } of descendants()) if (!spared.includes(name)) signal(pid, "SIGKILL");
	t.equal((await running.ended).status, 137);
	t.same(await names(root), before);
});

live("mount points are removed after processes without a pid namespace", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const script = "sleep 60 & sleep 60 & echo ready; wait";
	const args = [`--chroot=${root}`, "-P", "-mtmp:/new/1/2", "--", "/bin/sh", "-c", script];
	for (let round = 0; round < 10; round++) {
		const running = box.start(args);
		await running.until("ready");
		const init = descendants(running.pid).find(({ name }) => name === "pf-init");
		if (round % 2) running.kill("SIGKILL");
		else signal(init?.pid ?? 0, "SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0);
		t.same(await names(root), before, `round ${round}`);
	}
});

live("mount points are removed after SIGTERM and on a terminal", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const running = await held(box, [`--chroot=${root}`, "-mtmp:/new/1/2"]);
	running.kill("SIGTERM");
	await running.ended;
	t.same(await names(root), before);
	const args = [`--chroot=${root}`, "-mtmp:/new/1/2", "--", "/bin/probe", "ls", "/new/1"];
	const session = await box.terminal(args).ended;
	t.equal(session.status, 0, session.out);
	t.same(await names(root), before);
});

live("mount points have safe modes under any umask", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${box.dir}/source`);
	writeFileSync(`${box.dir}/source/file`, "");
	for (const mask of ["0", "022", "077", "0777"]) {
		const via = [PROBE, "umask", `0${mask}`, "+", "exec"];
		const mounts = ["-mtmp:/new/a/b", `-mbind:${box.dir}/source/file:/new/file`];
		const running = await held(box, [`--chroot=${root}`, ...mounts], via);
		for (const [path, mode] of [
			["new", 0o40755],
			["new/a", 0o40755],
			["new/a/b", 0o40755],
			["new/file", 0o100644],
		] as const) {
			const found = statSync(`${root}/${path}`);
			// The mode may have fewer permissions than `mode`.
			t.equal(found.mode & ~mode, 0, `umask ${mask}: ${path} ${found.mode.toString(8)}`);
			t.same([found.uid, found.gid, found.size > 0 && found.isFile()], [0, 0, false]);
		}
		running.kill("SIGTERM");
		await running.ended;
	}
});

live("existing mount points stay", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/empty/one`, { recursive: true });
	writeFileSync(`${root}/etc/file`, "");
	chmodSync(`${root}/empty`, 0o700);
	symlinkSync("empty", `${root}/link`);
	writeFileSync(`${box.dir}/file`, "");
	const before = await names(root);
	const mounts = ["tmp:/empty", "tmp:/empty/one", "dir:/empty", `bind:${box.dir}/file:/etc/file`];
	for (const mount of [...mounts, "tmp:/link/one", "tmp:/link", "tmp:/link/new/er"]) {
		const run = await box.run([`--chroot=${root}`, `-m${mount}`, "--", "/bin/probe"]);
		t.equal(run.status, 0, run.err);
		t.same(await names(root), before, mount);
	}
});

live("a directory with entries stays", async (t, box) => {
	const root = await shellRoot(box);
	const args = [`--chroot=${root}`, "-mtmp:/new/sub/1", "-mdir:/dir", "-mtmp:/gone/1"];
	const run = await box.run([...args, "--", "/bin/probe", "create", "/new/kept", "/dir/kept"]);
	t.equal(run.status, 0, run.err);
	t.same(readdirSync(`${root}/new`), ["kept"]);
	t.same(readdirSync(`${root}/dir`), ["kept"]);
	t.notOk(existsSync(`${root}/gone`));
});

live("a file that the host has written to stays", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${box.dir}/source`, "");
	const running = await held(box, [`--chroot=${root}`, `-mbind:${box.dir}/source:/new/file`]);
	writeFileSync(`${root}/new/file`, "by the host\n");
	running.kill("SIGTERM");
	await running.ended;
	t.equal(readFileSync(`${root}/new/file`, "utf8"), "by the host\n");
});

/**
 * Changes to a mount point while the container runs, and files that must stay afterwards.
 */
const REPLACED: Readonly<Record<string, { change: (path: string) => void; stays: string[] }>> = {
	"another empty directory": {
		change(path) {
			renameSync(path, `${path}-old`);
			mkdirSync(path);
		},
		stays: ["place"],
	},
	"another one after it was removed": {
		change(path) {
			rmdirSync(path);
			mkdirSync(path);
		},
		stays: ["place"],
	},
	"an empty file": {
		change(path) {
			rmdirSync(path);
			writeFileSync(path, "");
		},
		stays: ["place"],
	},
	"a link to an empty directory": {
		change(path) {
			rmdirSync(path);
			mkdirSync(`${path}-target`);
			symlinkSync("place-target", path);
		},
		stays: ["place", "place-target"],
	},
	nothing: { change: rmdirSync, stays: [] },
};

live("a replaced mount point stays", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/sub`);
	for (const [what, { change, stays }] of Object.entries(REPLACED)) {
		const running = await held(box, [`--chroot=${root}`, "-mtmp:/sub/place"]);
		change(`${root}/sub/place`);
		running.kill("SIGTERM");
		t.equal((await running.ended).status, 143, what);
		const left = readdirSync(`${root}/sub`).filter((name) => name !== "place-old");
		t.same(left.sort(), stays, what);
		await sh(["rm", "-rf", `${root}/sub`]);
		mkdirSync(`${root}/sub`);
	}
	for (const name of ["link", "file"]) {
		const mount = name === "file" ? "file:0:/sub/place" : "symlink:a:/sub/place";
		const running = await held(box, [`--chroot=${root}`, `-m${mount}`]);
		unlinkSync(`${root}/sub/place`);
		if (name === "link") symlinkSync("b", `${root}/sub/place`);
		else writeFileSync(`${root}/sub/place`, "");
		await killed(running);
		t.same(readdirSync(`${root}/sub`), ["place"], name);
		unlinkSync(`${root}/sub/place`);
	}
});

live("a moved parent directory is not searched", async (t, box) => {
	const root = await shellRoot(box);
	const victim = `${box.dir}/victim`;
	mkdirSync(`${victim}/place`, { recursive: true });
	mkdirSync(`${root}/sub`);
	const running = await held(box, [`--chroot=${root}`, "-mtmp:/sub/place"]);
	renameSync(`${root}/sub`, `${box.dir}/moved`);
	symlinkSync(victim, `${root}/sub`);
	await killed(running);
	t.same(readdirSync(victim), ["place"]);
});

live("without --chroot: in a home directory or a work tree", async (t, box) => {
	const work = `${box.dir}/work`;
	mkdirSync(work);
	const before = await names(work);
	const args = [`-mtmp:${work}/build/a`, `-mbind-ro:/etc:${work}/etc`];
	const run = await box.run([...args, "--", PROBE, "ls", `${work}/build`]);
	t.same([run.status, run.facts.all(`ls.${work}/build`)], [0, ["a"]], run.err);
	t.same(await names(work), before);
	const running = box.start([...args, "--", PROBE, "hold"]);
	await running.until("ready");
	await killed(running);
	t.same(await names(work), before, "after kill -9");
});

async function asUserIn(t: Test, box: Box, root: string, args: string[]): Promise<void> {
	const before = await names(root);
	const mounts = ["-mtmp:/new/1", "-msymlink:a:/new/2", "-mdir:/new/3", "-mfile:0:/file"];
	const all = [`--chroot=${root}`, ...args, ...mounts];
	const run = await as(user, box).run([...all, "--", "/bin/probe", "stat", "/new"]);
	t.match(run.facts("stat./new"), /^directory 0755 /, run.err);
	t.same(await names(root), before, `${args.join(" ")}: they are gone`);
	const running = await held(as(user, box), all);
	t.ok(existsSync(`${root}/new/1`));
	await killed(running);
	t.same(await names(root), before, `${args.join(" ")}: also after kill -9`);
}

live("in a user namespace: made under the ids of the container's root", async (t, box) => {
	const root = await shellRoot(box, FIRST);
	await asUserIn(t, box, root, [`--user-map=0:${FIRST}:65536`]);
	await asUserIn(t, box, root, []);
	await asUserIn(t, box, root, ["--read-only"]);
});

live("in a user namespace: made under the user's own id", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	await asUserIn(t, box, root, []);
	await asUserIn(t, box, root, [`--user-map=0:${user.uid}:1`]);
});

live("in a user namespace made by root", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	for (const args of [["--user-map=auto"], ["--user=12345", "--user-map=auto"]]) {
		const all = [`--chroot=${root}`, ...args, "-mtmp:/new/1", "-mdir:/new/2"];
		const run = await box.run([...all, "--", "/bin/probe", "stat", "/new"]);
		t.match(run.facts("stat./new"), /^directory 0755 0:0/, run.err);
		t.same(await names(root), before);
		await killed(await held(box, all));
		t.same(await names(root), before, "also after kill -9");
	}
});

live("an ordinary user's home, without --chroot", async (t, box) => {
	const before = await names(user.home);
	const place = `${user.home}/a/b`;
	const args = [`-mtmp:${place}`, `-mbind-ro:/etc:${user.home}/etc`];
	const run = await as(user, box).run([
		...args,
		"--",
		"/bin/sh",
		"-c",
		'ls -ld "$0"; id -u',
		place,
	]);
	t.equal(run.status, 0, run.err);
	t.match(run.out, new RegExp(`^drwx[^\n]*\n${user.uid}\n$`));
	t.same(await names(user.home), before);
	const running = as(user, box).start([...args, "--", "/bin/sh", "-c", "echo ready; sleep 60"]);
	await running.until("ready");
	t.ok(existsSync(place));
	await killed(running);
	t.same(await names(user.home), before, "also after kill -9");
});

live("on a file system that is mounted in the root", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/sub`);
	const via = inMounts(`mount -t tmpfs none "${root}/sub"; mount --make-shared "${root}/sub"`);
	const script = `"$@"; ls -A "${root}/sub"; echo end`;
	const args = [`--chroot=${root}`, "-mtmp:/sub/new/1", "--", "/bin/probe", "ls", "/sub/new"];
	const run = await box.run(args, { via: [...via, "sh", "-c", script, "sh"] });
	t.equal(run.out, "ls./sub/new 1\nend\n", run.err);
});

t.end();
