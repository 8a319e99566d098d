// SPDX-License-Identifier: BSD-2-Clause
// --confine, seen from the inside: each restriction, each option that lifts a restriction, and real
// programs.
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import t, { type Test } from "tap";
import { account, as, executable } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { FAR, machine, serve, stop, uplink } from "../../lib/network-user.ts";
import type { RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-confine");

/** A pattern of the capability sets in /proc/self/status of a confined process. */
const CONFINED = "Cap\\w+:\\t0+\\n".repeat(5);

/** Runs a shell script under --confine. Returns its output. */
async function inside(
	t: Test,
	box: Pick<Box, "run">,
	args: readonly string[],
	script: string,
	options?: RunOptions,
): Promise<string> {
	const run = await box.run(["--confine", ...args, "--", "/bin/sh", "-c", script], options);
	t.equal(run.status, 0, `${args.join(" ")}: ${script}: ${run.err}`);
	return run.out;
}

/** Checks that a command fails inside. */
async function fails(t: Test, box: Pick<Box, "run">, script: string, why: RegExp): Promise<void> {
	const out = await inside(t, box, [], `(${script}) 2>&1 && echo worked; true`);
	t.match(out, why, script);
	t.notMatch(out, /worked/, script);
}

live("what a confined process is", async (t, box) => {
	const env = { ...user.env, SECRET: "x", LANG: "C.UTF-8", LC_TIME: "C", TZ: "UTC", TERM: "dumb" };
	for (const [who, here] of [
		["an ordinary user", as(user, box)],
		["root", box],
	] as const) {
		const status = await inside(t, here, [], "cat /proc/self/status");
		t.match(status, new RegExp(CONFINED), `${who}: no capability in any set`);
		t.match(status, /NoNewPrivs:\t1\n/, who);
		t.match(status, /Seccomp:\t2\n/, who);
		const map = await inside(t, here, [], "cat /proc/self/uid_map");
		t.notMatch(map, /^\s+\d+\s+0\s/m, `${who}: uid 0 of the host is not mapped`);
		const limit = await inside(t, here, [], "grep processes /proc/self/limits");
		t.match(limit, /1024 +1024/, who);
		const own = { ...env, PATH: `/opt/pft:${user.env.PATH}` };
		const path = await inside(t, here, [], "echo $PATH", { env: own });
		t.equal(path, `${own.PATH}\n`, `${who}: the caller's PATH`);
		const names = await inside(t, here, [], "env | cut -d= -f1 | sort | tr '\\n' ' '", { env });
		const kept = "HOME LANG LC_TIME LOGNAME PATH PWD SHELL TERM TZ USER container";
		t.equal(names.trim(), kept, `${who}: the environment`);
		const pids = await inside(t, here, [], "ls -d /proc/[0-9]* | wc -l");
		t.ok(Number(pids) < 8, `${who}: no process of the host`);
		t.equal(await inside(t, here, [], "ls /sys/class/net"), "lo\n", who);
		t.equal(await inside(t, here, [], "cat /proc/keys"), "", `${who}: no keys`);
	}
});

live("what a confined process has of the host's files", async (t, box) => {
	const mine = as(user, box);
	const dirs = ["/tmp", "/var/tmp", "/dev/shm"];
	const names = dirs.map((dir) => `${dir}/pft-confine-file`);
	for (const name of names) writeFileSync(name, "secret");
	writeFileSync(`${user.home}/secret`, "secret");
	t.teardown(() => sh(["rm", "-f", ...names]));
	for (const [home, here] of [
		[user.home, mine],
		["/root", box],
	] as const) {
		const list = 'echo "$HOME"; ls -A "$HOME" /tmp /var/tmp /dev/shm /home; echo "$PWD"';
		const out = await inside(t, here, [], list, { cwd: home });
		t.notMatch(out, /secret|pft-confine-file/, "nothing of the host");
		t.match(out, new RegExp(`^${home}\n[^]*\n${home}\n$`), "the command starts in HOME");
		const write = 'for d in "$HOME" /tmp /var/tmp /dev/shm; do echo x > $d/x && cat $d/x; done';
		t.equal(await inside(t, here, [], write), "x\nx\nx\nx\n", "private directories are writable");
		t.equal(await inside(t, here, [], "stat -c %a $HOME"), home === "/root" ? "755\n" : "700\n");
		await fails(t, here, "echo x > /etc/pft-x", /Read-only file system|Permission denied/);
		const root = await inside(t, here, [], "grep ' / / ' /proc/self/mountinfo");
		t.match(root, / \/ \/ ro[, ]/, "the root is read-only");
	}
	for (const name of names) t.ok(existsSync(name), "the host keeps its file");
});

live("sockets of the host are not there", async (t, box) => {
	const paths = [`/run/pft-confine-${process.pid}`, `${user.home}/bus`, "\0pft-confine"];
	const servers = paths.map((path) => createServer().listen(path));
	t.teardown(() => servers.map((server) => server.close()));
	await Promise.all(paths.map((path) => path.startsWith("/") && sh(["chmod", "777", path])));
	const mine = as(user, box);
	for (const path of paths) {
		const name = path.replace("\0", "\\0");
		const script = `import socket; socket.socket(socket.AF_UNIX).connect("${name}")`;
		const run = ["/usr/bin/python3", "-c", script];
		const open = await mine.run(["--", ...run]);
		t.equal(open.status, 0, `without --confine: ${open.err}`);
		const shut = await mine.run(["--confine", "--", ...run]);
		t.match(shut.err, /FileNotFound|ConnectionRefused/, `${name}: --confine`);
		t.equal(shut.status, 1);
	}
	const out = await inside(t, mine, [], "ls -A /run /run/lock");
	t.equal(out, "/run:\nhost\nlock\n\n/run/lock:\n");
});

live("what the kernel refuses", async (t, box) => {
	const mine = as(user, box);
	for (const here of [mine, box]) {
		await fails(t, here, "unshare --user true", /not permitted/);
		await fails(t, here, "mount -t tmpfs none /tmp", /superuser|permi|denied/);
		await fails(t, here, "echo x > /proc/sys/kernel/core_pattern", /Read-only|denied/);
		await fails(t, here, "python3 -c 'import os; os.setuid(7)'", /not permitted|Invalid argument/);
	}
});

/** Forks as many children as possible, and prints their number. */
const FORKS = `
import os, time
n = 0
try:
	while n < 3000:
		if os.fork() == 0:
			time.sleep(600)
		n += 1
except BlockingIOError:
	print(n, flush=True)
os._exit(0)`;

live("the limit of processes", async (t, box) => {
	const mine = as(user, box);
	for (const here of [mine, box]) {
		const run = await here.run(["--confine", "--rlimit=nproc=40", "--", "python3", "-c", FORKS]);
		const count = Number(run.out);
		t.ok(count > 30 && count < 40, `${run.out}${run.err}`);
	}
	for (const [here, args] of [
		[mine, []],
		[box, []],
		[box, ["--user=root"]],
		[box, ["--no-userns"]],
	] as const) {
		const run = await here.run(["--confine", ...args, "--", "python3", "-c", FORKS]);
		t.ok(Number(run.out) > 1000 && Number(run.out) < 1024, `${args}: ${run.out}${run.err}`);
	}
	const own = ["-c", 'ulimit -Su 500 && exec "$@"', "bash", `${box.dir}/pflask`];
	const words = [...own, "--confine", "--", "sh", "-c", "ulimit -p"];
	const run = await mine.run(words, { program: "/bin/bash" });
	t.equal(run.out, "250\n", "half of the caller's own limit");
	const less = await box.run([
		"--confine",
		"--user=root",
		"--limit=pids=20",
		"--",
		"python3",
		"-c",
		FORKS,
	]);
	t.ok(Number(less.out) < 20, `--limit=pids: ${less.out}${less.err}`);
});

live("a caller in a user namespace", async (t, box) => {
	executable(box);
	const words = [
		"--map-root-user",
		`${box.dir}/pflask`,
		"--confine",
		"--",
		"cat",
		"/proc/self/uid_map",
	];
	const run = await as(user, box).run(words, { program: "/usr/bin/unshare" });
	t.match(run.out, /^ +0 +0 +1\n$/, run.err);
});

live("a command in a private directory", async (t, box) => {
	const mine = as(user, box);
	const bin = `${user.home}/bin`;
	const tool = `${bin}/pft-tool`;
	await sh(["install", "-d", bin]);
	writeFileSync(tool, "#!/bin/sh\necho run\n", { mode: 0o755 });
	const env = { ...user.env, PATH: `${bin}:${user.env.PATH}` };
	for (const word of [tool, "./pft-tool", "pft-tool"]) {
		const run = await mine.run(["--confine", "--", word], { cwd: bin, env });
		t.equal(run.status, 127);
		t.match(run.err, new RegExp(`^pflask: ${word}: (No such file|command not found)`));
		const hint = `--mount=bind-ro:${tool}:${tool}`;
		t.match(run.err, `\nhint: ${hint}: the container has its own /`);
		const again = await mine.run(["--confine", hint, "--", word], { cwd: bin, env });
		t.equal(again.out, "run\n", again.err);
	}
	const none = await mine.run(["--confine", "--", "pft-nonesuch"]);
	t.notMatch(none.err, "hint");
});

live("homes in other places", async (t, box) => {
	const real = `${box.dir}/real`;
	const link = "/home/pft-confine-link";
	await sh(["install", "-d", "-o", user.name, real]);
	await sh(["ln", "-sfn", real, link]);
	t.teardown(() => sh(["rm", "-f", link]));
	writeFileSync(`${real}/secret`, "");
	for (const HOME of [real, link]) {
		const run = await inside(t, as(user, box), [], `ls -A ${real}; ls -Ad ${HOME}`, {
			env: { ...user.env, HOME },
		});
		t.equal(run, `${HOME}\n`, "the real directory is empty");
	}
	for (const HOME of [undefined, "", "relative", "/", "/nonexistent", "/etc"]) {
		const env = { ...user.env, ...(HOME === undefined ? {} : { HOME }) };
		if (HOME === undefined) delete (env as { HOME?: string }).HOME;
		const out = await inside(t, as(user, box), [], 'echo "$HOME"; test -s /etc/passwd', { env });
		t.equal(out, `${user.home}\n`, `HOME=${HOME}`);
	}
});

live("each part can be given back", async (t, box) => {
	const mine = as(user, box);
	const proj = `${user.home}/proj`;
	await sh(["install", "-d", "-o", user.name, proj]);
	const write = "echo x > new && pwd";
	const bind = await inside(t, mine, [`--mount=bind:${proj}:${proj}`], write, { cwd: proj });
	t.equal(bind, `${proj}\n`, "the working directory");
	t.ok(existsSync(`${proj}/new`), "written on the host");
	for (const [args, script, wanted] of [
		[["--netif=host"], "readlink /proc/self/ns/net", await sh(["readlink", "/proc/self/ns/net"])],
		[["--seccomp=off"], "grep Seccomp: /proc/self/status", "Seccomp:\t0\n"],
		[["--seccomp=off", "--no-new-privs=no"], "grep NoNew /proc/self/status", "NoNewPrivs:\t0\n"],
		[["--caps=+net_raw"], "grep CapEff /proc/self/status", "CapEff:\t0000000000002000\n"],
		[["--rlimit=nproc=77"], "grep processes /proc/self/limits | tr -s ' '", " 77 77 "],
		[["--setenv=SECRET=x"], "echo $SECRET", "x\n"],
		[["--setenv=HOME=/x"], "echo $HOME", "/x\n"],
		[["--keepenv"], "echo $SECRET", "kept\n"],
		[["--read-only=no"], "grep -c ' / / ro[, ]' /proc/self/mountinfo || true", "0\n"],
		[[`--mount=bind:${user.home}:${user.home}`], 'ls "$HOME"', "proj\n"],
		[["--mount=bind:/run:/run"], "[ -e /run/host ] || echo run", "run\n"],
		[["--no-pidns"], `[ -d /proc/${process.pid} ] && echo seen`, "seen\n"],
	] as const) {
		const out = await inside(t, mine, args, script, { env: { ...user.env, SECRET: "kept" } });
		t.ok(out.includes(wanted.trimEnd()), `${args.join(" ")}: ${out}`);
	}
});

live("with other options", async (t, box) => {
	const root = await shellRoot(box);
	chmodSync(root, 0o755);
	for (const args of [[`--chroot=${root}`], ["--ephemeral"], [`--chroot=${root}`, "--ephemeral"]]) {
		const status = await inside(t, box, args, "cat /proc/self/status; echo x > $HOME/x");
		t.match(status, new RegExp(CONFINED), args.join(" "));
	}
	const pid = await detach(box, ["--confine", "--", "/bin/sh", "-c", "read x"]);
	const run = await box.run([`--exec=${pid}`, "--", "cat", "/proc/self/status"]);
	t.match(run.out, new RegExp(`${CONFINED}NoNewPrivs:\t1\nSeccomp:\t2`), "--exec is confined");
	await finish(box, pid);
	const session = await as(user, box).run(["--confine", "--tty=always", "--", "tty"]);
	t.equal(session.out.trim(), "/dev/pts/0", "a terminal");
});

live("the network of pasta, and the working directory", async (t, box) => {
	const { near, far, close } = await uplink(box, as(user, box));
	const server = await serve(box, far, "tcp-serve", FAR.v4, "80");
	const dir = `${user.home}/online`;
	await sh(["install", "-d", "-o", user.name, dir]);
	const script = `exec 3<>/dev/tcp/${FAR.v4}/80 && pwd >pwd && cat pwd && ls -A "$HOME"`;
	const args = ["--confine", "--netif=pasta", `--mount=bind:${dir}:${dir}`];
	const run = await near.run([...args, "--", "/bin/bash", "-c", script], {
		via: await machine(box),
		cwd: dir,
	});
	t.equal(run.out, `${dir}\nonline\n`, run.err);
	t.ok(existsSync(`${dir}/pwd`), "written on the host");
	await stop(server);
	await close();
});

live("real programs", async (t, box) => {
	const mine = as(user, box);
	const source = "printf 'int main(void){return 0;}' > a.c && gcc a.c && ./a.out && echo built";
	for (const [script, wanted] of [
		["python3 -c 'import tempfile; print(tempfile.TemporaryFile() and 1)'", /^1\n/],
		["cd && git init -q r && cd r && git status -s && echo git", /git\n/],
		[`cd && ${source}`, /built\n/],
		["cd /tmp && apt-get download hello 2>&1 || echo none", /none\n/],
	] as const)
		t.match(await inside(t, mine, [], script), wanted, script);
});

live("contradictions", async (t, box) => {
	for (const [args, line, hint] of [
		[["-M", "--", "true"], /--confine: requires a mount namespace/, /leave out --no-mountns/],
		[["--", "/sbin/init"], /--confine: \/sbin\/init: a system cannot boot/, /leave out --confine/],
		[["--read-only=x", "--", "true"], /--read-only: 'x': not no or yes/, /--read-only=no/],
	] as const) {
		const run = await box.run(["--confine", ...args]);
		t.equal(run.status, 125);
		t.match(run.err, line);
		t.match(run.err, hint);
	}
});

t.end();
