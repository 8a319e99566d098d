// SPDX-License-Identifier: BSD-2-Clause
// --detach leaves only the container's processes and files, and works in all situations.
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	readlinkSync,
	rmdirSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";
import t, { type Test } from "tap";
import { cgroupName, cgroups } from "../../lib/cgroups.ts";
import {
	destroy,
	detach,
	finish,
	isAlive,
	listed,
	lookUp,
	nameIn,
	traces,
} from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { unreadFifo } from "../../lib/pipe.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, openFiles, reapOrphans, signal } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

/** Returns the proportional set size of a process in KiB. */
function memory(pid: number): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN);
}

live("--detach prints the monitor's pid, and no process of Bun remains", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const now = descendants();
	t.same(now.map(({ name }) => name).sort(), ["pf-init", "pflask", "probe"]);
	t.equal(now.find(({ name }) => name === "pflask")?.pid, pid);
	// Other tests may have containers, too.
	const found = (await sh(["pidof", "pflask"])).trim().split(" ").map(Number);
	const ours = now.map((process) => process.pid).filter((one) => found.includes(one));
	t.same(ours, [pid], "pidof finds it, and no other process of the container");
	t.match(readFileSync(`/proc/${pid}/cmdline`, "latin1"), /^pflask\0/);
	const init = now.find(({ name }) => name === "pf-init");
	const size = memory(pid) + memory(init?.pid ?? -1);
	t.ok(size <= 600, `${size} KiB`);
	await finish(box, pid);
});

/** Returns the fields of /proc/PID/stat, beginning with the state. */
function statOf(pid: number | "self"): string[] {
	return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
}

live("the monitor holds no descriptor or directory of the caller", async (t, box) => {
	const tty = openSync(`${box.dir}/log`, "w");
	const pid = await detach(box, ["--", PROBE, "hold"], { cwd: box.dir, extra: [tty, tty] });
	closeSync(tty);
	const targets = openFiles(pid).map(({ target }) => target);
	t.same(
		targets.filter((target) => target.startsWith("/") && !/^\/(dev|run|proc)\b/.test(target)),
		[],
		"no file of the caller's",
	);
	t.same(
		targets.filter((target) => target.startsWith("pipe:")),
		[],
		"no pipe: who reads our output sees its end",
	);
	t.equal(readlinkSync(`/proc/${pid}/cwd`), "/", "no directory of the caller's is in use");
	const session = (of: number | "self") => {
		const [, , , leader, terminal] = statOf(of);
		return { leader, terminal };
	};
	t.not(session(pid).leader, session("self").leader, "it is in a session of its own");
	t.equal(session(pid).terminal, "0", "which has no terminal");
	await finish(box, pid);
});

live("the command runs when pflask returns, and goes on", async (t, box) => {
	const file = `${box.dir}/ran`;
	const script = `echo ran >"${file}"; exec "${PROBE}" hold`;
	const pid = await detach(box, ["--", "/bin/sh", "-c", script]);
	await until("the command's file", () => existsSync(file));
	t.ok(isAlive(pid));
	await finish(box, pid);
	await until("the end of all", () => descendants().length === 0);
});

live("a command that ends at once is not an error", async (t, box) => {
	for (const words of [
		["exit", "0"],
		["exit", "3"],
		["die", "9"],
	]) {
		const pid = await detach(box, ["--", PROBE, ...words]);
		await until(words.join(" "), () => !isAlive(pid));
		t.same(traces(box, pid), []);
	}
});

/**
 * Starts that fail, each with the status and the error. pflask prints no other line, and leaves
 * nothing behind.
 */
const ERRORS: readonly (readonly [words: string[], status: number, text: RegExp])[] = [
	[["--", "/no/such/command"], 127, /no\/such\/command/],
	[["--", "/etc/passwd"], 126, /etc\/passwd/],
	[["--chroot=/no/such/root", "--", "x"], 125, /--chroot/],
	[["--chdir=/no/such/place", "--", "true"], 125, /--chdir/],
	[["--mount=bind:/no/such:/tmp", "--", "true"], 125, /--mount/],
	[["--name=a b", "--", "true"], 125, /--name/],
	[["--name=", "--", "true"], 125, /--name/],
	[["--name=-x", "--", "true"], 125, /--name/],
	[["--name=.x", "--", "true"], 125, /--name/],
	[["--name=4711", "--", "true"], 125, /--name/],
	[["--name=../x", "--", "true"], 125, /--name/],
	[[`--name=${"x".repeat(64)}`, "--", "true"], 125, /--name/],
	[["--pid-file=/no/such/directory/x", "--", "true"], 125, /--pid-file/],
	[["--pid-file=", "--", "true"], 125, /--pid-file/],
	[["--scrollback=65M", "--", "true"], 125, /--scrollback/],
	[["--scrollback=x", "--", "true"], 125, /--scrollback/],
];

live("errors are those of a start in the foreground", async (t, box) => {
	for (const [words, status, text] of ERRORS) {
		const run = await box.run(["--detach", ...words]);
		t.same([run.status, run.out], [status, ""], `${words.join(" ")}: ${run.err}`);
		t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, words.join(" "));
		t.match(run.err.split("\n")[0], text, words.join(" "));
		// The monitor is not a child of pflask, so pflask does not wait for the end of the monitor.
		await until(words.join(" "), () => descendants().length === 0);
	}
});

live("nothing is left behind if the pid file cannot be created", async (t, box) => {
	const words = [`--name=${nameIn(box, "x")}`, "--pid-file=/no/such/directory/x"];
	const run = await box.run(["--detach", ...words, "--", "true"]);
	t.equal(run.status, 125);
	t.same(traces(box), []);
});

live("the command gets signals until its pid is printed", async (t, box) => {
	const reader = unreadFifo(`${box.dir}/fifo`, 0);
	const running = box.start(["--detach", "--", PROBE, "hold"], { stdout: reader });
	const probe = () => descendants().find(({ name }) => name === "probe");
	await until("the command", () => probe() !== undefined);
	running.kill("SIGTERM");
	await until("the end of the container", () => probe() === undefined);
	t.ok(isAlive(running.pid), "it waits for a reader of the pid");
	running.kill("SIGKILL");
	await running.ended;
	closeSync(reader);
});

live("options that require --detach", async (t, box) => {
	for (const option of ["--name=x", `--pid-file=${box.dir}/pid`, "--scrollback=1M"]) {
		const run = await box.run([option, "--", PROBE, "say", "ran"]);
		t.same([run.status, run.out], [125, ""], run.err);
		t.match(run.err, new RegExp(`^pflask: ${option.split("=")[0]}: `));
	}
	t.notOk(existsSync(`${box.dir}/pid`));
});

live("a failure to print the pid is an error, and ends the container", async (t, box) => {
	const full = openSync("/dev/full", "w");
	const run = await box.run(["--detach", "--", PROBE, "hold"], { stdout: full });
	closeSync(full);
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: standard output: No space left on device\n/);
	await until("the end of all", () => descendants().length === 0);
	const closed = await box.run(["--detach", "--", PROBE, "hold"], {
		via: ["sh", "-c", '"$@" >&-', "sh"],
	});
	t.equal(closed.status, 125);
	t.match(closed.err, /^pflask: standard output: Bad file descriptor\n/);
	await until("the end of all", () => descendants().length === 0);
});

async function windowOf(t: Test, box: Box, pid: number): Promise<void> {
	const { out } = await box.run([`--logs=${pid}`]);
	t.match(out, /^winsize\.0 24 80\r?$/m);
	for (const fd of [0, 1, 2]) t.match(out, new RegExp(`^isatty\\.${fd} 1\\r?$`, "m"));
	t.match(out, /^ctty ok\r?$/m);
}

live("the container has a terminal of 24 x 80, whatever the caller has", async (t, box) => {
	const words = ["--", PROBE, "tty", "+", "say", "told", "+", "hold"];
	const checkTerminal = async (pid: number) =>
		until("what it says", async () => (await box.run([`--logs=${pid}`])).out.includes("told"));
	const piped = await detach(box, words, { stdin: "" });
	await checkTerminal(piped);
	await windowOf(t, box, piped);
	const session = box.terminal(["--detach", ...words], { rows: 40, columns: 132 });
	const pid = Number((await session.ended).out);
	await checkTerminal(pid);
	await windowOf(t, box, pid);
	await finish(box, piped);
	await finish(box, pid);
});

live("with --tty=never the container gets the caller's descriptors", async (t, box) => {
	const path = `${box.dir}/log`;
	const log = openSync(path, "w");
	const words = ["--tty=never", "--", PROBE, "tty", "+", "say", "told", "+", "hold"];
	const run = await box.run(["--detach", ...words], { stdout: log, stderr: log });
	closeSync(log);
	t.equal(run.status, 0);
	const text = () => readFileSync(path, "utf8");
	await until("what the command says", () => text().includes("told"));
	t.match(text(), /^isatty\.1 0$/m);
	t.match(text(), /^ctty ENXIO$/m);
	await finish(box, Number(/^\d+$/m.exec(text())?.[0]));
});

/** A shell that detaches a container, prints "started", and waits for a line. */
const STARTER = `"$0" --detach -- "${PROBE}" hold >"$1"; echo started; read line`;

live("a start by the leader of a session that then ends", async (t, box) => {
	const direct = box.terminal(["--detach", "--", PROBE, "hold"]);
	const { status, out } = await direct.ended;
	t.equal(status, 0, out);
	t.ok(isAlive(Number(out)));
	const file = `${box.dir}/pid`;
	const shell = box.terminal(["-c", STARTER, PFLASK, file], { program: "/bin/sh" });
	await shell.until("started");
	shell.hangUp();
	await shell.ended;
	const pid = Number(readFileSync(file, "utf8"));
	t.ok(isAlive(pid), "no hang-up reaches it");
	t.ok(pid !== Number(out));
	await finish(box, Number(out));
	await finish(box, pid);
});

live("starts as by cron and systemd", async (t, box) => {
	const bare = ["env", "--ignore-environment", "setsid", "--wait", "sh", "-c"];
	for (const redirected of ['exec "$@" </dev/null 2>/dev/null', 'exec "$@" <&- 2>&-']) {
		const run = await box.run(["--detach", "--", PROBE, "tty", "+", "hold"], {
			via: [...bare, `cd /; ${redirected}`, "sh"],
		});
		t.equal(run.status, 0, redirected);
		const pid = Number(run.out);
		t.ok(isAlive(pid));
		t.match((await lookUp(box, pid))?.command, PROBE);
		await finish(box, pid);
	}
});

live("every kind of container", async (t, box) => {
	const root = tinyRoot(box);
	const words = ["say", "ready", "+", "hold"];
	for (const args of [
		["--netif", "--", PROBE],
		["--no-mountns", "--", PROBE],
		["--no-pidns", "--", PROBE],
		["--as-pid1", "--", PROBE],
		["--user-map=auto", "--", PROBE],
		["--ephemeral", "--", PROBE],
		[`--chroot=${root}`, "--", "/bin/probe"],
		[`--chroot=${root}`, "--ephemeral", "--read-only", "--", "/bin/probe"],
	]) {
		const pid = await detach(box, [...args, ...words]);
		const ready = async () => (await box.run([`--logs=${pid}`])).out.includes("ready");
		await until(`${args.join(" ")}: it runs`, ready);
		await finish(box, pid);
		await until("the end of all", () => descendants().length === 0);
		t.pass(args.join(" "));
	}
});

live("changes are listed at the end", async (t, box) => {
	const root = tinyRoot(box);
	const file = `${box.dir}/changes`;
	const options = [`--chroot=${root}`, "--ephemeral", `--changes=${file}`];
	const pid = await detach(box, [...options, "--", "/bin/probe", "create", "/etc/new"]);
	await until("the end", () => !isAlive(pid));
	t.equal(readFileSync(file, "utf8"), "A /etc/new\n");
});

live("a name is unique for as long as its container runs", async (t, box) => {
	const name = nameIn(box, "one");
	const words = [`--name=${name}`, "--", PROBE, "hold"];
	const pid = await detach(box, words);
	const second = await box.run(["--detach", ...words]);
	t.same([second.status, second.out], [125, ""], second.err);
	t.match(second.err, new RegExp(`^pflask: --name: [^\n]*${name}[^\n]*\\n(hint: [^\n]+\\n)?$`));
	t.equal((await lookUp(box, name))?.pid, pid, "the first one is not disturbed");
	await destroy(pid);
	const again = await detach(box, words);
	t.not(again, pid);
	await finish(box, again);
	t.same(
		(await listed(box)).filter((one) => one.name === name),
		[],
	);
	t.same(traces(box), [], "what a killed monitor left is cleaned up by who meets it");
});

live("the next start removes the cgroup of a killed monitor", async (t, box) => {
	const root = tinyRoot(box);
	symlinkSync("probe", `${root}/bin/init`);
	const words = [`--chroot=${root}`, "--", "/bin/init", "hold"];
	const first = await detach(box, words);
	const [cgroup = "none"] = cgroups();
	t.equal(basename(cgroup), cgroupName(first));
	mkdirSync(`${cgroup}/system.slice/its.service`, { recursive: true });
	const foreign = `${dirname(cgroup)}/pflask-of-${first}`;
	mkdirSync(foreign);
	await destroy(first);
	const copy = ["--ephemeral", ...words];
	const living = await detach(box, copy);
	const names = () => cgroups().map((path) => basename(path));
	await until("the end of the first", async () => {
		reapOrphans("pflask");
		await finish(box, await detach(box, copy));
		return !names().includes(cgroupName(first));
	});
	t.same(
		names().sort(),
		[cgroupName(living), basename(foreign)],
		"the cgroup of another program stays",
	);
	rmdirSync(foreign);
	await finish(box, living);
});

live("of many starts with one name, one succeeds", async (t, box) => {
	const words = ["--detach", `--name=${nameIn(box, "race")}`, "--", PROBE, "hold"];
	const runs = await Promise.all(Array.from({ length: 10 }, () => box.run(words)));
	const good = runs.filter(({ status }) => status === 0);
	t.equal(good.length, 1);
	t.same(
		runs.filter(({ status, err }) => status !== 0 && !(status === 125 && /--name/.test(err))),
		[],
	);
	t.equal(descendants().filter(({ name }) => name === "pflask").length, 1);
	await finish(box, Number(good[0]?.out));
	await until("the end of all", () => descendants().length === 0);
	await listed(box);
});

live("the pid file exists while the container runs", async (t, box) => {
	const file = `${box.dir}/pid`;
	const words = [`--pid-file=${file}`, "--", PROBE, "wait-for", "end"];
	const pid = await detach(box, words);
	t.equal(readFileSync(file, "utf8"), `${pid}\n`);
	await box.run([`--attach=${pid}`], { stdin: "end\n" });
	await until("the end", () => !isAlive(pid));
	t.notOk(existsSync(file), "and is gone after it");
	const bad = await box.run(["--detach", `--pid-file=${file}`, "--", "/no/such/command"]);
	t.equal(bad.status, 127);
	t.notOk(existsSync(file), "what did not start leaves none");
});

live("a pid file of another program or container", async (t, box) => {
	const file = `${box.dir}/pid`;
	const start = (...words: string[]) => box.run(["--detach", `--pid-file=${file}`, ...words]);
	writeFileSync(file, "precious\n");
	t.equal((await start("--", "/no/such/command")).status, 127);
	t.equal((await start("--chdir=/no/such", "--", PROBE)).status, 125);
	t.equal(readFileSync(file, "utf8"), "precious\n", "what did not start has not touched it");
	const first = await detach(box, [`--pid-file=${file}`, "--", PROBE, "hold"]);
	t.equal(readFileSync(file, "utf8"), `${first}\n`);
	const second = await start("--", PROBE, "hold");
	t.equal(second.status, 125);
	t.match(
		second.err,
		/^pflask: --pid-file: .*: in use by another container\nhint: pflask --list\n$/,
	);
	t.equal(readFileSync(file, "utf8"), `${first}\n`);
	signal(first, "SIGKILL");
	await until("the end", () => !isAlive(first));
	await until("the end of all", () => descendants().length === 0);
	t.ok(existsSync(file), "a monitor that is killed leaves it");
	const third = await detach(box, [`--pid-file=${file}`, "--", PROBE, "hold"]);
	t.equal(readFileSync(file, "utf8"), `${third}\n`, "for the next one");
	await finish(box, third);
	t.notOk(existsSync(file));
});

live("--list --json preserves every byte and character", async (t, box) => {
	const words = [`"$(printf 'a\\377b\\302\\205')"`, `"$(printf '%0223d' 0)"`, "ééééé"];
	const via = ["sh", "-c", `exec "$@" ${words.join(" ")}`, "sh"];
	const pid = await detach(box, ["--", "/bin/sh", "-c", "sleep 1000"], { via });
	const run = await box.run(["--list", "--json"]);
	t.ok(Buffer.from(run.out).equals(run.stdout), "it is UTF-8");
	const found = JSON.parse(run.out).containers.find((one: { pid: number }) => one.pid === pid);
	const [, bytes, cut] = found.command.match(/^\/bin\/sh -c sleep 1000 (\S+) 0{223} (é*)$/) ?? [];
	t.equal(bytes, "a\udcffb\u0085", found.command);
	t.equal(cut, "é", "what has no room is left out whole");
	t.match(run.out, "a\\udcffb\\u0085", "as escapes");
	await finish(box, pid);
});

live("the host name is that of --name, if that can be a host name", async (t, box) => {
	const name = nameIn(box, "web.1").replaceAll("_", "-");
	const host = hostname();
	for (const [options, wanted] of [
		[[`--name=${name}`], name],
		[[`--name=${name}-`], host],
		[[`--name=${name}_a`], host],
		[[`--name=${name}`, "--hostname=other"], "other"],
		[[`--name=${name}`, "--no-utsns"], host],
	] as const) {
		const pid = await detach(box, [...options, "--", PROBE, "hold"]);
		const run = await box.run([`--exec=${pid}`, "--", "uname", "-n"]);
		t.same([run.out, run.err], [`${wanted}\n`, ""], options.join(" "));
		await finish(box, pid);
	}
});

t.end();
