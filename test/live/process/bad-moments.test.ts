// SPDX-License-Identifier: BSD-2-Clause
// Processes are killed, stopped or delayed at inconvenient moments, and paths change. pflask still
// ends, leaves nothing behind, and changes no wrong file.
import {
	closeSync,
	constants,
	copyFileSync,
	mkdirSync,
	openSync,
	readdirSync,
	readlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { detach } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { mountTable } from "../../lib/mount-table.ts";
import { TREE } from "../../lib/paths.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, processes, reapOrphans, signal } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

/** Returns the pid of the monitor of a running pflask. */
async function monitorOf(running?: Running): Promise<number> {
	return await until("the monitor", () => {
		const init = descendants(running?.pid).find(({ name }) => name === "pf-init");
		return init?.parent;
	});
}

/** Stops a process, and waits until the process has stopped. */
async function stop(pid: number): Promise<void> {
	signal(pid, "SIGSTOP");
	await until("the stop", () => processes().some((one) => one.pid === pid && one.state === "T"));
}

/** The size of a pipe, see pipe(7). */
const PIPE_SIZE = 65536;

const LOST = /^pflask: [^\n]*monitor[^\n]*\n$/;
const ENDED = "the end of all";
const allEnded = () => descendants().length === 0;

for (const name of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const)
	live(`a set-up that hangs ends when it is asked to: ${name}`, async (t, box) => {
		const args = ["--mount=file:0:/tmp/pftest-file", "--", PROBE, "say", "ran"];
		const running = box.start(args, { stdin: "pipe" });
		await monitorOf(running);
		running.kill(name);
		const run = await running.ended;
		t.same([run.signal, run.out], [name, ""], run.err);
		t.ok(allEnded());
	});

live("changes that no process reads end with the caller", async (t, box) => {
	const root = await shellRoot(box);
	await sh(["mkfifo", `${box.dir}/list`]);
	const list = openSync(`${box.dir}/list`, "r+");
	const script = 'mkdir /new; cd /new; seq -f "%0200.f" 2000 | xargs touch; echo ready';
	const args = [`--chroot=${root}`, "--ephemeral", "--changes=3", "--", "/bin/sh", "-c", script];
	for (const name of ["SIGTERM", "SIGKILL"] as const) {
		const running = box.start(args, { extra: [list] });
		await running.until("ready");
		await until("the end of init", () => !descendants().some((each) => each.name === "pf-init"));
		running.kill(name);
		await running.ended;
		await until(ENDED, allEnded);
		t.pass(name);
	}
	closeSync(list);
});

live("a fifo that no process reads is an error for --changes", async (t, box) => {
	const root = tinyRoot(box);
	const fifo = `${box.dir}/fifo`;
	await sh(["mkfifo", fifo]);
	const args = [`--chroot=${root}`, "--ephemeral", `--changes=${fifo}`, "--", "/bin/probe"];
	const run = await box.run(args);
	t.same(
		[run.status, run.err.split("\n")[0]],
		[125, `pflask: --changes: ${fifo}: No such device or address`],
	);
});

live("a stopped monitor ends with its caller", async (t, box) => {
	const running = box.start(["--", PROBE, "hold"]);
	await running.until("ready");
	signal(await monitorOf(running), "SIGSTOP");
	running.kill("SIGKILL");
	await running.ended;
	await until(ENDED, allEnded);
	t.pass("all have ended");
});

live("a monitor that is killed during set-up leaves no cgroup and no process", async (t, box) => {
	const root = tinyRoot(box);
	copyFileSync(PROBE, `${root}/bin/init`);
	const limited = ["--limit=pids=100", "--tty=never"];
	for (const args of [
		[`--chroot=${root}`, "-mfile:0:/etc/file", "--", "/bin/init", "hold"],
		["-P", "-mfile:0:/tmp/pftest-file", "--", PROBE, "hold"],
		[...limited, "-mfile:0:/tmp/pftest-file", "--", PROBE, "hold"],
		["--detach", ...limited, "-mfile:0:/tmp/pftest-file", "--", PROBE, "hold"],
	]) {
		const running = box.start(args, { stdin: "pipe" });
		signal(await monitorOf(args.includes("--detach") ? undefined : running), "SIGKILL");
		const run = await running.ended;
		t.same([run.status, run.out], [125, ""], run.err);
		await until(ENDED, allEnded); // Then live() checks that no cgroup is left.
	}
});

live("a monitor that is killed before it knows that the command runs", async (t, box) => {
	const file = `${box.dir}/file`;
	writeFileSync(file, "");
	const detached = ["--detach", "--tty=never"];
	for (const args of [
		[],
		["--as-pid1"],
		["-P"],
		["--user-map=auto"],
		["-U", "--user=5"],
		detached,
		[...detached, "--status-fd=2", "-P"],
	]) {
		const mount = `--mount=file:0:${file}`;
		const running = box.start([...args, mount, "--", PROBE, "hold"], { stdin: "pipe" });
		await running.write("x".repeat(2 * PIPE_SIZE)); // returns when init has begun to read
		const monitor = await monitorOf(args.includes("--detach") ? undefined : running);
		await stop(monitor);
		await running.closeStdin();
		await running.until("ready");
		signal(monitor, "SIGKILL");
		const run = await running.ended;
		t.equal(run.status, 137, `${args}: the command has run: ${run.err}`);
		if (args.includes("--status-fd=2"))
			t.match(JSON.parse(run.err.split("\n")[1] ?? ""), { event: "exited", reason: "lost" });
		else t.match(run.err, LOST, `${args}`);
		await until(ENDED, allEnded); // Then live() checks that no cgroup is left.
	}
});

/** Holds a lease on a file. An execve of the file then waits, and the script prints "asked". */
const LEASE = `
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, lambda *_: os.write(1, b"asked\\n"))
fd = os.open(sys.argv[1], os.O_RDONLY)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
os.write(1, b"held\\n")
sys.stdin.read()
`;

live("a monitor that is killed before it knows that a command of --exec runs", async (t, box) => {
	const program = `${box.dir}/program`;
	copyFileSync(PROBE, program);
	const monitor = await detach(box, ["--", PROBE, "hold"]);
	const via = ["python3", "-c", LEASE, program];
	const holder = box.start([], { via, stdin: "pipe" });
	await holder.until("held");
	const running = box.start([`--exec=${monitor}`, "--", program, "hold"]);
	await holder.until("asked");
	await stop(monitor);
	await holder.closeStdin();
	await running.until("ready");
	signal(monitor, "SIGKILL");
	const run = await running.ended;
	t.equal(run.status, 137, `the command has run: ${run.err}`);
	t.match(run.err, LOST);
	await holder.ended;
	await until(ENDED, () => {
		reapOrphans(); // Init waits for the orphan of its pid namespace.
		return allEnded();
	});
	await box.run(["--list"]); // removes the socket of the killed monitor
});

live("hidden and nested cgroups of a booted system are removed at its end", async (t, box) => {
	const root = tinyRoot(box);
	copyFileSync(PROBE, `${root}/bin/init`);
	const deep = Array.from({ length: 8 }, (_, i) => `/sys/fs/cgroup${"/d".repeat(i + 1)}`);
	const words = ["mkdir", "/sys/fs/cgroup/.hidden", "/sys/fs/cgroup/.hidden/.more", ...deep];
	const run = await box.run([`--chroot=${root}`, "--", "/bin/init", ...words]);
	t.equal(run.out.match(/ ok\r?\n/g)?.length, words.length - 1, run.out);
});

live("the monitor keeps no descriptor that only init reads", async (t, box) => {
	writeFileSync(`${box.dir}/file`, "text\n");
	const file = openSync(`${box.dir}/file`, constants.O_RDONLY);
	const args = ["--mount=file:3:/tmp/pftest-file", "--", PROBE, "hold"];
	const running = box.start(args, { extra: [file] });
	await running.until("ready");
	const fds = `/proc/${await monitorOf(running)}/fd`;
	const open = readdirSync(fds).map((fd) => readlinkSync(`${fds}/${fd}`));
	t.notOk(open.includes(`${box.dir}/file`), open.join(" "));
	running.kill("SIGTERM");
	await running.ended;
	closeSync(file);
});

live("a mount on a directory of an earlier mount", async (t, box) => {
	const root = tinyRoot(box);
	mkdirSync(`${box.dir}/source/x`, { recursive: true });
	const bind = `bind:${box.dir}/source:/a`;
	const mounts = ["tmp:/a", bind, "tmp:/a/x", "bind:/dev:/dev", "tmp:/dev/shm"];
	const words = ["create", "/a/x/new", "/a/new", "/dev/shm/pftest-new", "+", "mounts"];
	const options = mounts.map((mount) => `--mount=${mount}`);
	const run = await box.run([`--chroot=${root}`, ...options, "--", "/bin/probe", ...words]);
	for (const path of ["/a/x/new", "/a/new", "/dev/shm/pftest-new"])
		t.equal(run.facts(`create.${path}`), "ok", run.err);
	t.same(readdirSync(`${box.dir}/source`).sort(), ["new", "x"]);
	t.same(readdirSync(`${box.dir}/source/x`), [], "the tmpfs is what is seen");
	t.notOk(readdirSync("/dev/shm").includes("pftest-new"));
	const last = mountTable(run.facts).filter(({ point }) => point === "/a/x");
	t.same(
		last.map(({ type }) => type),
		["tmpfs"],
	);
});

/** Plans a container, replaces a directory with a link, and only then starts the container. */
const SWAP = `
	import { renameSync, symlinkSync } from "node:fs";
	import { plan, start } from "${TREE}/packages/runtime/src/internal.ts";
	const root = process.argv[2];
	const made = plan({ chroot: root, ephemeral: true, command: ["/bin/probe", "ls", "/a/m"] });
	renameSync(root + "/a", root + "/b");
	symlinkSync("/", root + "/a");
	try {
		console.log(start(made).wait().exitCode);
	} catch (error) {
		console.log(error.message, error.hint);
	}`;

live("a link that replaces a directory of a layer is not followed", async (t, box) => {
	const root = tinyRoot(box);
	mkdirSync(`${root}/a/m`, { recursive: true });
	writeFileSync(`${box.dir}/swap.ts`, SWAP);
	const via = inMounts(`mount -t tmpfs none "${root}/a/m"`);
	const run = await box.run([`${box.dir}/swap.ts`, root], {
		via,
		program: `${TREE}/scripts/bun`,
	});
	t.match(run.out, /: was replaced by another file during the start try again/, run.err);
});

t.end();
