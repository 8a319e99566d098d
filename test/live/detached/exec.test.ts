// SPDX-License-Identifier: BSD-2-Clause
// A command of --exec has the properties of the container's first command.
import { existsSync, readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account } from "../../lib/account.ts";
import { SELF } from "../../lib/confinement.ts";
import { destroy, detach, finish, isAlive, listed } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { descendants, openFiles, reapOrphans } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

live("the monitor answers although the container traces a joined command", async (t, box) => {
	const words = ["trace-zombie", "sleep", "+", "hold"];
	const pid = await detach(box, ["--", PROBE, ...words]);
	const run = await box.run([`--exec=${pid}`, "--", "sleep", "1"]);
	t.ok(run.status === 0 || run.status === 137, `it ends: ${run.status} ${run.err}`);
	t.match(
		(await listed(box)).find((one) => one.pid === pid)?.command,
		PROBE,
		"the monitor answers",
	);
	await finish(box, pid);
	t.notOk(isAlive(pid));
});

const user = await account("pft-exec", { groups: ["games"] });

const HOLD = `${SELF}; echo told; exec sleep 1000`;

/** Returns the output of the container's own command on its terminal. */
async function ownOutput(box: Box, pid: number): Promise<string> {
	const logs = async () => (await box.run([`--logs=${pid}`])).out;
	await until("what the command tells", async () => (await logs()).includes("told\r\n"));
	return (await logs()).replaceAll("\r\n", "\n").replace(/told\n$/, "");
}

async function sameInside(
	t: Test,
	box: Box,
	args: readonly string[],
	shell: string,
): Promise<void> {
	const pid = await detach(box, [...args, "--", shell, "-c", HOLD]);
	const own = await ownOutput(box, pid);
	const run = await box.run([`--exec=${pid}`, "--", shell, "-c", SELF]);
	t.same([run.status, run.err], [0, ""], args.join(" "));
	t.equal(run.out, own, `${args.join(" ")}: the same as the container's own`);
	t.match(own, /Uid:/);
	await finish(box, pid);
	await until("the end of all", () => descendants().length === 0);
}

live("a joined command is confined like the container's command", async (t, box) => {
	const root = await shellRoot(box);
	for (const args of [
		[],
		["--netif", "--hostname=inside"],
		["--as-pid1"],
		["--no-pidns"],
		["--no-mountns", "--no-ipcns"],
		["--user-map=auto"],
		[`--user=${user.name}`],
		[`--user=${user.name}`, "--no-userns"],
		["--setenv=A=1,B=two words", "--chdir=/tmp"],
		["--mount=tmp:/mnt", "--read-only"],
	])
		await sameInside(t, box, args, "/bin/sh");
	await sameInside(t, box, [`--chroot=${root}`, "--netif"], "/bin/sh");
	await sameInside(t, box, [`--chroot=${root}`, "--user-map=auto"], "/bin/sh");
});

live("a joined command has the limits, umask and keyring of the container", async (t, box) => {
	const words = ["limits", "+", "umask?", "+", "signals", "+", "keyring", "+", "caps", "+", "tell"];
	const pid = await detach(box, ["--", PROBE, ...words, "+", "say", "told", "+", "hold"]);
	const own = facts(await ownOutput(box, pid));
	const run = await box.run([`--exec=${pid}`, "--", PROBE, ...words], {
		via: [PROBE, "umask", "077", "+", "nofile", "512", "1024", "+", "ignore", "10", "+", "exec"],
	});
	t.equal(run.status, 0, run.err);
	for (const name of ["rlimit.nofile", "rlimit.nproc", "umask", "signals.ignored", "cwd"])
		t.equal(run.facts(name), own(name), name);
	t.equal(run.facts("signals.blocked"), own("signals.blocked"));
	t.equal(run.facts("dumpable"), own("dumpable"));
	t.not(run.facts("keyring"), "(nothing)");
	await finish(box, pid);
});

live("a joined command sees the processes inside, and is seen", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const { facts } = await box.run([`--exec=${pid}`, "--", PROBE, "ids", "+", "ps"]);
	t.equal(facts("ppid"), "0", "its parent is outside");
	t.equal(facts("sid"), facts("pid"), "it leads a session of its own");
	const names = facts.all("process").map((line) => line.split(" ")[3]);
	t.same(names, ["pf-init", "probe", "probe"], "and nobody else is there");
	await finish(box, pid);
});

live("a joined command has the caller's streams, byte by byte", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const bytes = crypto.getRandomValues(new Uint8Array(65536));
	const many = Buffer.alloc(2_000_000, bytes);
	const run = await box.run([`--exec=${pid}`, "--", "cat"], { stdin: many });
	t.ok(run.stdout.equals(many), `${run.stdout.length} bytes`);
	const both = await box.run([`--exec=${pid}`, "--", PROBE, "say", "out", "+", "complain", "err"]);
	t.same([both.out, both.err], ["out\n", "err\n"]);
	const fds = await box.run([`--exec=${pid}`, "--", PROBE, "fds"]);
	t.equal(fds.facts.all("fd").length, 3, "and no descriptor more");
	await finish(box, pid);
});

live("pflask returns the status of a joined command", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	for (const [words, status] of [
		[[PROBE, "exit", "0"], 0],
		[[PROBE, "exit", "41"], 41],
		[[PROBE, "die", "9"], 137],
		[[PROBE, "die", "15"], 143],
		[["/no/such/command"], 127],
		[["/etc/passwd"], 126],
	] as const) {
		const run = await box.run([`--exec=${pid}`, "--", ...words]);
		t.same([run.status, run.out], [status, ""], words.join(" "));
		if (status === 126 || status === 127)
			t.match(run.err, new RegExp(`^pflask: [^\\n]*${words[0]}[^\\n]*\\n`));
	}
	const wrong = await box.run([`--exec=${pid}`, "--chdir=/no/such/place", "--", "true"]);
	t.equal(wrong.status, 125);
	t.match(wrong.err, /^pflask: --chdir: [^\n]*\/no\/such\/place/);
	t.ok(isAlive(pid));
	await finish(box, pid);
});

live("--chdir and --setenv of a joined command", async (t, box) => {
	const pid = await detach(box, ["--setenv=A=1,B=2", "--", PROBE, "hold"]);
	const options = ["--chdir=/usr", "--setenv=B=3,C=4"];
	const run = await box.run([`--exec=${pid}`, ...options, "--", PROBE, "env", "+", "tell"]);
	const variables = run.facts.all("env");
	for (const variable of ["A=1", "B=3", "C=4"]) t.ok(variables.includes(variable), variable);
	t.notOk(variables.includes("B=2"));
	t.equal(run.facts("cwd"), "/usr");
	await finish(box, pid);
});

live("a joined command gets tens of thousands of variables", async (t, box) => {
	const pid = await detach(box, ["--setenv=A=1,B=2", "--", PROBE, "hold"]);
	// A comparison of each name with all other names would take longer than a monitor waits for the
	// start of a command.
	const names = Array.from({ length: 25_000 }, (_, index) => `${"V".repeat(40)}${index}`);
	const options = Array.from({ length: 25 }, (_, part) => {
		const some = names.slice(part * 1000, (part + 1) * 1000);
		return `--setenv=${some.map((name) => `${name}=1`).join()}`;
	});
	const script = "env | grep -c ^VVV; env | grep -x '[AB]=.'";
	const words = [...options, "--setenv=B=3", "--", "sh", "-c", script];
	const run = await box.run([`--exec=${pid}`, ...words], { bound: 120_000 });
	t.same([run.status, run.out.split("\n").sort()], [0, ["", "25000", "A=1", "B=3"]], run.err);
	await finish(box, pid);
});

live("on a terminal a joined command has a terminal inside", async (t, box) => {
	for (const args of [[], [`--chroot=${tinyRoot(box)}`]]) {
		const probe = args.length === 0 ? PROBE : "/bin/probe";
		const pid = await detach(box, [...args, "--", probe, "hold"]);
		const words = ["tty", "+", "ids", "+", "fds", "+", "catch", "1", "+", "exit", "6"];
		const session = box.terminal([`--exec=${pid}`, "--", probe, ...words], {
			rows: 33,
			columns: 99,
		});
		await session.until("ready");
		session.resize(44, 111);
		const { status, out } = await session.ended;
		const inside = facts(out);
		t.equal(status, 6, out);
		t.equal(inside("winsize.0"), "33 99");
		t.match(out, /signal 28 .* 44 111/);
		t.equal(inside("ctty"), "ok");
		t.equal(inside("ctty.sid"), inside("pid"));
		for (const line of inside.all("fd")) t.match(line, / \/dev\/(pts\/\d+|console)$/);
		await finish(box, pid);
		await until("the end of all", () => descendants().length === 0);
	}
});

live("an interactive shell in a container", async (t, box) => {
	const pid = await detach(box, ["--hostname=inside", "--netif", "--", PROBE, "hold"]);
	const session = box.terminal([`--exec=${pid}`, "--setenv=PS1=$ ", "--", "/bin/bash", "--norc"]);
	await session.until(/\$ $/);
	session.type("hostname; tty; sleep 1000 &\n");
	await session.until(/inside\r\n\/dev\/pts\/\d+\r\n/);
	session.type("jobs\n");
	await session.until(/Running +sleep 1000/);
	session.type("exit 8\n");
	t.equal((await session.ended).status, 8);
	t.ok(isAlive(pid));
	await finish(box, pid);
});

live("signals sent to pflask reach the command", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const running = box.start([`--exec=${pid}`, "--", PROBE, "catch", "2", "+", "exit", "3"]);
	await running.until("ready");
	running.kill("SIGUSR1");
	await running.until(/^signal 10 /m);
	running.kill("SIGTERM");
	const { status, out } = await running.ended;
	t.match(out, /^signal 15 /m);
	t.equal(status, 3);
	t.ok(isAlive(pid), "and nobody else");
	await finish(box, pid);
});

live("a joined command ends with its caller, and with the container", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const before = descendants().length;
	const killed = box.start([`--exec=${pid}`, "--", PROBE, "say", "up", "+", "hold"]);
	await killed.until("up");
	killed.kill("SIGKILL");
	await until("the end of the command", () => descendants().length === before);
	t.ok(isAlive(pid));
	const running = box.start([`--exec=${pid}`, "--", PROBE, "say", "up", "+", "hold"]);
	await running.until("up");
	await box.run(["--kill=KILL", `${pid}`]);
	t.equal((await running.ended).status, 137);
	const lost = await detach(box, ["--", PROBE, "hold"]);
	const orphan = box.start([`--exec=${lost}`, "--", PROBE, "say", "up", "+", "hold"]);
	await orphan.until("up");
	await destroy(lost);
	const { status, err } = await orphan.ended;
	t.equal(status, 137, err);
	t.equal(err, "pflask: the monitor was killed, and with it the command\n");
	await until("the end of all", () => {
		reapOrphans("probe");
		return descendants().length === 0;
	});
	await listed(box);
});

live("thirty joined commands at once leave nothing behind", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const open = () => new Set(openFiles(pid).map(({ fd }) => fd));
	// An answer to a client shows that the monitor has noticed the end of its caller.
	await box.run([`--exec=${pid}`, "--", PROBE, "exit", "0"]);
	const before = open();
	const runs = await Promise.all(
		Array.from({ length: 30 }, (_, index) =>
			box.run([`--exec=${pid}`, "--", PROBE, "say", `${index}`, "+", "exit", `${index}`]),
		),
	);
	for (const [index, { status, out }] of runs.entries())
		t.same([status, out], [index, `${index}\n`]);
	// After the caller of a command has ended, the monitor closes its descriptors for the command.
	await until("no descriptor is left in the monitor", () => open().isSubsetOf(before));
	t.same(
		descendants(pid)
			.map(({ name }) => name)
			.sort(),
		["pf-init", "probe"],
		"no process is left",
	);
	await finish(box, pid);
});

live("processes inside never see a descriptor of the host", async (t, box) => {
	const root = tinyRoot(box);
	for (const args of [[], ["--user-map=auto"]]) {
		const options = [...args, `--chroot=${root}`];
		const pid = await detach(box, [...options, "--", "/bin/probe", "watch-fds"]);
		for (let times = 0; times < 30; times++)
			await box.run([`--exec=${pid}`, "--", "/bin/probe", "say", "x"]);
		const { facts } = await box.run([`--logs=${pid}`]);
		const seen = facts.all("seen");
		t.same(
			seen.filter(
				(target) => !/^(pipe|socket|anon_inode):|^\/dev\/(pts\/|null|console)/.test(target),
			),
			[],
			args.join(" "),
		);
		t.ok(facts.all("watching").length > 0);
		await finish(box, pid);
		await until("the end of all", () => descendants().length === 0);
	}
});

live("changes of a joined command stay in the container", async (t, box) => {
	const pid = await detach(box, ["--ephemeral", "--", PROBE, "hold"]);
	const file = `${box.dir}/made`;
	const run = await box.run([
		`--exec=${pid}`,
		"--",
		"/bin/sh",
		"-c",
		`echo x >"${file}"; cat "${file}"`,
	]);
	t.same([run.status, run.out], [0, "x\n"], run.err);
	t.notOk(existsSync(file));
	await finish(box, pid);
});

live("--status-fd reports a joined command", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const file = `${box.dir}/status`;
	const options = [`--exec=${pid}`, "--status-fd=3", "--", PROBE, "exit", "5"];
	const run = await box.run(options, { via: ["sh", "-c", `exec "$@" 3>"${file}"`, "sh"] });
	t.equal(run.status, 5);
	const events = readFileSync(file, "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	t.match(events, [{ event: "started" }, { event: "exited", exitCode: 5, status: 5 }]);
	await finish(box, pid);
});

t.end();
