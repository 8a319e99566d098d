// SPDX-License-Identifier: BSD-2-Clause
// In every process of pflask, a path of the host means the file that the caller finds.
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	readlinkSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import type { Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish, nameIn } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-paths", { range: RANGE });

/** Makes a directory of the host with a file that contains the directory's name. */
function source(box: Box, name = "source"): string {
	const directory = `${box.dir}/${name}`;
	mkdirSync(directory);
	writeFileSync(`${directory}/file`, `of ${name}\n`);
	return directory;
}

/** Runs a part of a test while another process runs a script and then sleeps. */
async function beside(
	box: Box,
	via: readonly string[],
	script: string,
	body: (pid: number) => Promise<void>,
): Promise<void> {
	const [program = "sh", ...words] = [...via, "sh", "-ceu", `${script}; echo up; exec sleep 1000`];
	const running = box.start(words, { program });
	await running.until("up");
	await body(running.pid);
	running.kill("SIGKILL");
	await running.ended;
}

/** Mounts a file system on a new directory, and enters the directory. */
const foreign = (top: string) => `
	mkdir "${top}"; mount -t tmpfs none "${top}"; cd "${top}"; mkdir in work; touch in/foreign`;

/** Tests that one line names an option and the reason, and that a hint follows. */
function isRefused(t: Test, run: Ended, option: string, why: RegExp, hint: RegExp): void {
	t.same([run.status, run.out], [125, ""], run.err);
	t.match(run.err, /^pflask: [^\n]+\nhint: [^\n]+\n$/, "one line, and a remedy");
	t.ok(run.err.startsWith(`pflask: --${option}: `), run.err);
	t.match(run.err, why);
	t.match(run.err, hint);
}

live("descriptors of the caller as paths", async (t, box) => {
	const directory = openSync(source(box), "r");
	const file = openSync(`${box.dir}/source/file`, "r");
	const root = await shellRoot(box);
	const extra = [directory, file];
	for (const name of ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"]) {
		const mounts = [`-mbind:${name}/3:/in`, `-mbind-ro:${name}/4:/file`];
		const words = ["/bin/probe", "ls", "/in", "+", "cat", "/file"];
		const run = await box.run([`--chroot=${root}`, ...mounts, "--", ...words], { extra });
		t.match(run.out, /^ls\./m, run.err);
		t.same(run.facts.all("ls./in"), ["file"], name);
		t.match(run.out, "of source\n");
	}
	const top = openSync(root, "r");
	for (const more of [[], ["-M"], ["--ephemeral"], ["--read-only"], ["--user-map=auto"]]) {
		const words = [...more, "--chroot=/dev/fd/3", "--", "/bin/busybox", "ls", "/bin/probe"];
		const run = await box.run(words, { extra: [top] });
		t.same([run.status, run.out], [0, "/bin/probe\n"], `${more.join(" ")} ${run.err}`);
	}
	for (const fd of [top, ...extra]) closeSync(fd);
});

live("the working directory of the caller, and of another process", async (t, box) => {
	const cwd = source(box);
	await beside(box, [], `cd ${cwd}`, async (pid) => {
		for (const path of ["/proc/self/cwd", `/proc/${pid}/cwd`, `/proc/${pid}/root${cwd}`, "."]) {
			const words = [`-mbind:${path}:/mnt`, "--", PROBE, "cat", "/mnt/file"];
			const run = await box.run(words, { cwd });
			t.same([run.status, run.out], [0, "of source\n"], `${path}: ${run.err}`);
		}
	});
});

live("layers of overlays, and where changes go", async (t, box) => {
	const made = ["upper", "work", "scratch", "keep"].map((name) => `${box.dir}/${name}`);
	for (const path of made) mkdirSync(path);
	const [upper = 0, work = 0, scratch = 0, keep = 0] = made.map((path) => openSync(path, "r"));
	const root = await shellRoot(box);
	const create = ["--", "/bin/probe", "create", "/etc/new"];
	const overlay = [`--chroot=${root}`, "-moverlay:/dev/fd/3:/etc:/dev/fd/4", ...create];
	t.equal((await box.run(overlay, { extra: [upper, work] })).err, "");
	t.ok(existsSync(`${box.dir}/upper/new`));
	const words = [`--chroot=${root}`, "--ephemeral=/dev/fd/3", "--keep=/dev/fd/4", ...create];
	t.equal((await box.run(words, { extra: [scratch, keep] })).err, "");
	t.ok(existsSync(`${box.dir}/scratch/upper/etc/new`));
	t.ok(existsSync(`${box.dir}/keep/etc/new`));
	for (const fd of [upper, work, scratch, keep]) closeSync(fd);
});

live("files that pflask creates", async (t, box) => {
	const root = await shellRoot(box);
	const cwd = `${box.dir}/cwd`;
	mkdirSync(cwd);
	const create = [`--chroot=${root}`, "--ephemeral", "--", "/bin/probe", "create", "/etc/new"];
	symlinkSync("/proc/self/cwd/changes", `${box.dir}/link`);
	t.equal((await box.run([`--changes=${box.dir}/link`, ...create], { cwd })).err, "");
	t.match(readFileSync(`${cwd}/changes`, "latin1"), /^A \/etc\/new\n$/);
	const name = nameIn(box, "pid");
	const words = [`--name=${name}`, "--pid-file=/proc/self/cwd/pid", "--", PROBE, "hold"];
	const pid = await detach(box, words, { cwd });
	t.equal(readFileSync(`${cwd}/pid`, "latin1"), `${pid}\n`);
	await finish(box, name);
	t.notOk(existsSync(`${cwd}/pid`), "it is removed at the end");
});

live("a network namespace that only a descriptor names", async (t, box) => {
	await beside(box, ["unshare", "--net"], "true", async (pid) => {
		const fd = openSync(`/proc/${pid}/ns/net`, "r");
		const words = ["--netif=ns:/dev/fd/3", "--", "readlink", "/proc/self/ns/net"];
		const run = await box.run(words, { extra: [fd] });
		t.equal(run.out, `${readlinkSync(`/proc/${pid}/ns/net`)}\n`, run.err);
		closeSync(fd);
	});
});

live("a fifo is not a network namespace, and does not block", async (t, box) => {
	Bun.spawnSync(["mkfifo", `${box.dir}/fifo`]);
	const run = await box.run([`--netif=ns:${box.dir}/fifo`, "--", "true"]);
	t.match(run.err, /^pflask: --netif: ns:.*: not a network namespace\n$/);
});

live("files of another mount namespace", async (t, box) => {
	const why = /another mount namespace/;
	const hint = /nsenter/;
	const top = `${box.dir}/foreign`;
	await beside(box, ["unshare", "--mount"], foreign(top), async (pid) => {
		const cwd = `/proc/${pid}/cwd`;
		for (const [option, value] of [
			["mount", `bind:${cwd}:/mnt`],
			["mount", `bind:${cwd}/in/foreign:/mnt/x`],
			["mount", `bind-ro:/proc/${pid}/root:/mnt`],
			["mount", `overlay:${cwd}/in:/mnt:${cwd}/work`],
			["chroot", `/proc/${pid}/root`],
			["chroot", `/proc/${pid}/root${top}`],
			["ephemeral", `${cwd}/work`],
		] as const)
			isRefused(t, await box.run([`--${option}=${value}`, "--", "true"]), option, why, hint);
		const words = ["-M", `--chroot=/proc/${pid}/root`, "--", PROBE, "ls", `${top}/in`];
		const entered = await box.run(words);
		t.same(
			entered.facts.all(`ls.${top}/in`),
			["foreign"],
			`chroot(2) can enter it: ${entered.err}`,
		);
		const plan = await box.run(["--dry-run", ...words]);
		t.match(plan.out, `chroot      /proc/${pid}/root\n`, "the plan does not call it /");
	});
});

live("files without a path", async (t, box) => {
	const cwd = source(box, "gone");
	const file = openSync(`${cwd}/file`, "r");
	const directory = openSync(cwd, "r");
	Bun.spawnSync(["rm", "-r", cwd]);
	const why = /has no path/;
	const bind = async (fd: number, place: string) =>
		await box.run([`-mbind:/dev/fd/3:${place}`, "--", "true"], { extra: [fd] });
	isRefused(t, await bind(file, "/mnt/x"), "mount", why, /--mount=file:FD:DEST/);
	isRefused(t, await bind(directory, "/mnt"), "mount", why, /choose a directory/);
	const pipe = await box.run(["-mbind:/dev/stdin:/mnt/x", "--", "true"], { stdin: "text" });
	isRefused(t, pipe, "mount", why, /--mount=file:FD:DEST/);
	const namespace = await box.run(["-mbind:/proc/self/ns/uts:/mnt/x", "--", "true"]);
	isRefused(t, namespace, "mount", why, /./);
	for (const fd of [file, directory]) closeSync(fd);
});

live("files that another mount covers", async (t, box) => {
	const covered = source(box);
	const script = `
		cd ${covered}; mount -t tmpfs none ${covered}
		"$@" -mbind:.:/mnt -- true`;
	const words = ["--mount", "sh", "-ceu", script, "sh", PFLASK];
	const run = await box.run(words, { program: "unshare" });
	isRefused(t, run, "mount", /is covered by another mount/, /findmnt/);
});

live("an ordinary user's descriptors", async (t, box) => {
	const directory = openSync(source(box), "r");
	const root = await shellRoot(box, FIRST);
	for (const more of [[], ["--ephemeral"]]) {
		const words = [...more, "-mbind:/dev/fd/3:/in", "--", "/bin/probe", "cat", "/in/file"];
		const run = await as(user, box).run([`--chroot=${root}`, ...words], { extra: [directory] });
		t.same([run.status, run.out], [0, "of source\n"], run.err);
	}
	closeSync(directory);
});

live("an id-mapped bind", async (t, box) => {
	const directory = openSync(source(box), "r");
	const root = await shellRoot(box);
	const mount = ["-mbind:/dev/fd/3:/in:idmap", "--user-map=auto"];
	const words = [`--chroot=${root}`, ...mount, "--", "/bin/probe", "cat", "/in/file"];
	const run = await box.run(words, { extra: [directory] });
	t.same([run.status, run.out], [0, "of source\n"], run.err);
	closeSync(directory);
});

live("each mount of a file by a descriptor gets the whole file", async (t, box) => {
	writeFileSync(`${box.dir}/text`, "0123456789\n".repeat(9000));
	const text = readFileSync(`${box.dir}/text`, "latin1");
	const file = openSync(`${box.dir}/text`, "r");
	const mounts = ["-mfile:3:/mnt/a", "-mfile:4:/mnt/b", "-mfile:0:/mnt/c", "-mfile:3:/mnt/d"];
	const extra = [file, file];
	for (const name of ["a", "b", "c", "d"]) {
		const words = ["-mtmp:/mnt", ...mounts, "--", "cat", `/mnt/${name}`];
		const run = await box.run(words, { stdin: file, extra });
		t.equal(run.status, 0, run.err);
		t.ok(run.out === text, name);
	}
	const run = await box.run([...mounts, "--", "cat"], { stdin: file, extra });
	t.ok(run.out === text, "the position of the descriptor is as it was");
	closeSync(file);
});

live("a descriptor whose data may have no end is not copied", async (t, box) => {
	for (const path of ["/dev/zero", "/dev/ptmx", box.dir]) {
		const fd = openSync(path, "r");
		const run = await box.run(["-mfile:3:/mnt/a", "--", "true"], { extra: [fd] });
		isRefused(t, run, "mount", /: 3: is not a file, a pipe or a socket\n/, /head -c SIZE/);
		closeSync(fd);
	}
	const words = ["-mtmp:/mnt", "-mfile:0:/mnt/a", "--", "wc", "-c", "/mnt/a"];
	const run = await box.run(words, { stdin: null });
	t.same([run.status, run.out], [0, "0 /mnt/a\n"], "/dev/null is empty");
});

live("a pipe can be read once", async (t, box) => {
	for (const second of ["0", "1"]) {
		const script = `echo text | "$@" -mfile:0:/mnt/a -mfile:${second}:/mnt/b -- true 1<&0`;
		const run = await box.run(["-ceu", script, "sh", PFLASK], { program: "sh" });
		const why = /file:\d:\/mnt\/b: \d: the pipe or socket is already read by file:0:\/mnt\/a/;
		isRefused(t, run, "mount", why, /<FILE/);
	}
	const script = 'echo text | "$@" -mfile:0:/mnt/a -- cat /mnt/a -';
	const run = await box.run(["-ceu", script, "sh", PFLASK], { program: "sh" });
	t.equal(run.out, "text\n", "one file has all of it, and the command's input is at its end");
});
