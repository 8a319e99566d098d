// SPDX-License-Identifier: BSD-2-Clause
// The environment of the command.
import { copyFileSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { DEFAULT_ENVIRONMENT } from "../../lib/run.ts";

const user = await account("pft-environment", { range: RANGE });

const CALLER = {
	PATH: "/usr/bin:/bin",
	HOME: "/home/caller",
	TERM: "vt220",
	FOO: "bar",
	LD_LIBRARY_PATH: "",
	container: "docker",
};

function sorted(lines: readonly string[]): string[] {
	return [...lines].sort();
}

live("with --chroot the environment has only the standard variables", async (t, box) => {
	const args = [`--chroot=${tinyRoot(box)}`, "--", "/bin/probe", "env"];
	const { facts } = await box.run(args, { env: CALLER });
	const lines = sorted(facts.all("env"));
	t.same(
		lines.map((line) => line.split("=")[0]),
		["HOME", "LOGNAME", "PATH", "TERM", "USER", "container"],
	);
	t.match(lines, ["HOME=/root", "LOGNAME=root", /^PATH=.*\/bin/, "TERM=vt220", "USER=root"]);
	t.equal(lines.at(-1), "container=pflask");
});

/**
 * The environment of a caller that has logged in. A command without --chroot gets this environment.
 */
const LOGGED_IN = {
	...CALLER,
	USER: "caller",
	LOGNAME: "caller",
	SHELL: "/bin/zsh",
	DISPLAY: ":7",
	XDG_RUNTIME_DIR: "/run/user/7",
	BUN_OPTIONS: "",
	PWD: "/usr",
};

function inLines(env: Readonly<Record<string, string>>): string[] {
	return sorted(Object.entries(env).map(([name, value]) => `${name}=${value}`));
}

live("without --chroot the environment is the caller's, and shows a container", async (t, box) => {
	const kept = inLines({ ...LOGGED_IN, container: "pflask", TMPDIR: box.tmp });
	for (const args of [
		[],
		["-M"],
		["--ephemeral"],
		["--user=root"],
		["--netif"],
		["--tty=always"],
	]) {
		const { facts } = await box.run([...args, "--", PROBE, "env"], { env: LOGGED_IN });
		t.same(sorted(facts.all("env")), kept, args.join(" "));
	}
});

live("an ordinary user's command has the caller's environment", async (t, box) => {
	const { facts: own } = await as(user, box).run(["--", PROBE, "env"]);
	const kept = inLines({ ...user.env, container: "pflask", TMPDIR: box.tmp });
	t.same(sorted(own.all("env")), kept);
	for (const option of [`--user=${user.name}`, "--user-map=auto"]) {
		const { facts } = await as(user, box).run([option, "--", PROBE, "env"]);
		t.same(sorted(facts.all("env")), kept, option);
	}
});

live("another user has a home, a name and a shell of its own", async (t, box) => {
	for (const args of [[`--user=${user.name}`], [`--user=${user.uid}`, "--no-userns"]]) {
		const { facts } = await box.run([...args, "--", PROBE, "env"], { env: LOGGED_IN });
		const { home: HOME, name: USER, name: LOGNAME } = user;
		const changed = { HOME, USER, LOGNAME, SHELL: "/bin/sh" };
		const kept = { ...LOGGED_IN, ...changed, container: "pflask", TMPDIR: box.tmp };
		t.same(sorted(facts.all("env")), inLines(kept), args.join(" "));
	}
	const { facts } = await box.run(["--user=54321", "--", PROBE, "env"], { env: LOGGED_IN });
	for (const line of ["HOME=/", "USER=54321", "LOGNAME=54321", "SHELL=/bin/sh", "DISPLAY=:7"])
		t.ok(facts.all("env").includes(line), `no account has this number: ${line}`);
});

live("missing variables are added", async (t, box) => {
	const run = await box.run(["--", PROBE, "env"], { via: ["/usr/bin/env", "-i", "A=1"] });
	t.equal(run.status, 0, run.err);
	const lines = sorted(run.facts.all("env"));
	t.match(lines, [
		"A=1",
		"HOME=/root",
		"LOGNAME=root",
		/^PATH=\//,
		"USER=root",
		"container=pflask",
	]);
	t.equal(lines.length, 6);
});

live("--clearenv clears the environment", async (t, box) => {
	const run = await box.run(["--clearenv", "--", PROBE, "env"], { env: LOGGED_IN });
	const { PATH: path, HOME } = DEFAULT_ENVIRONMENT;
	const left = { PATH: path ?? "", HOME: HOME ?? "", USER: "root", LOGNAME: "root", TERM: "vt220" };
	t.same(sorted(run.facts.all("env")), inLines({ ...left, container: "pflask" }), run.err);
	const both = await box.run(["--clearenv", "--keepenv", "--", PROBE, "env"]);
	t.equal(both.status, 125);
	t.match(both.err, /^pflask: --keepenv: contradicts --clearenv\nhint: /);
});

live("PWD is the directory that the command starts in", async (t, box) => {
	const env = { ...LOGGED_IN, OLDPWD: "/etc" };
	const { facts } = await box.run(["--chdir=/tmp", "--", PROBE, "env"], { env });
	t.same(
		facts.all("env").filter((line) => line.includes("PWD=")),
		[],
	);
});

live("a command of --exec has the container's environment", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"], { env: LOGGED_IN });
	const env = { ...LOGGED_IN, DISPLAY: ":8" };
	const { facts, err } = await box.run([`--exec=${pid}`, "--", PROBE, "env"], { env });
	t.same(sorted(facts.all("env")).includes("DISPLAY=:7"), true, err);
	await finish(box, pid);
});

live("--keepenv keeps the caller's environment with --chroot", async (t, box) => {
	for (const option of ["-k", "--keepenv"])
		for (const args of [
			["--", PROBE],
			[`--chroot=${tinyRoot(box)}`, "--", "/bin/probe"],
		]) {
			const { facts } = await box.run([option, ...args, "env"], { env: CALLER });
			const lines = facts.all("env");
			for (const line of ["FOO=bar", "LD_LIBRARY_PATH=", "PATH=/usr/bin:/bin", "TERM=vt220"])
				t.ok(lines.includes(line), `${option} keeps ${line}`);
			t.same(
				lines.filter((line) => line.startsWith("container=")),
				["container=pflask"],
				"but not what says which container it is",
			);
		}
});

const SETTINGS: readonly (readonly [args: string[], lines: string[]])[] = [
	[["-s", "A=1"], ["A=1"]],
	[["-sA=1"], ["A=1"]],
	[["--setenv=A=1"], ["A=1"]],
	[["--setenv", "A=1"], ["A=1"]],
	[
		["-s", "A=1,B=2"],
		["A=1", "B=2"],
	],
	[
		["-s", "A=1", "-s", "B=2"],
		["A=1", "B=2"],
	],
	[["-s", "A=1", "--setenv=A=2"], ["A=2"]],
	[["-s", "A=1,A=2"], ["A=2"]],
	[
		["-s", "A=x\\,y,B=z"],
		["A=x,y", "B=z"],
	],
	[["-s", "A=\\,"], ["A=,"]],
	[["-s", "A="], ["A="]],
	[
		["-s", "A=,B="],
		["A=", "B="],
	],
	[["-s", "A=b=c"], ["A=b=c"]],
	[["-s", "A=a b\tc"], ["A=a b\tc"]],
	[["-s", "A=äöü"], ["A=äöü"]],
	[["-s", "A=a\\b"], ["A=a\\b"]],
	[["-s", "FOO=new", "-k"], ["FOO=new"]],
	[["-k", "-s", "HOME=/x"], ["HOME=/x"]],
	[["-s", "TERM=dumb"], ["TERM=dumb"]],
	[["-s", "USER=me"], ["USER=me"]],
];

live("--setenv", async (t, box) => {
	for (const [args, lines] of SETTINGS) {
		const { facts, status, err } = await box.run([...args, "--", PROBE, "env"], { env: CALLER });
		t.equal(status, 0, `${args.join(" ")}: ${err}`);
		const keys = lines.map((line) => line.slice(0, line.indexOf("=")));
		const set = facts.all("env").filter((line) => keys.includes(line.split("=")[0] ?? ""));
		t.same(sorted(set), lines, args.join(" "));
	}
});

live("--setenv accepts bytes that are not text", async (t, box) => {
	const script = 'exec "$@" -s "A=$(printf "\\377\\200")" -- "$PROBE" env';
	const env = { ...CALLER, PROBE };
	const run = await box.run([], { via: ["sh", "-c", script, "sh"], env });
	const at = run.stdout.indexOf("env A=");
	t.same([...run.stdout.subarray(at, at + 9)], [...Buffer.from("env A="), 0xff, 0x80, 0x0a]);
});

live("the command is looked up in the PATH that it gets", async (t, box) => {
	const root = tinyRoot(box);
	copyFileSync(`${root}/bin/probe`, `${root}/etc/tool`);
	const found = await box.run([`--chroot=${root}`, "-s", "PATH=/etc", "--", "tool", "say", "hi"]);
	t.equal(found.out, "hi\n", found.err);
	const missing = await box.run([`--chroot=${root}`, "--", "tool", "say", "hi"]);
	t.equal(missing.status, 127);
	const inDefaultPath = await box.run([`--chroot=${root}`, "--", "probe", "say", "hi"]);
	t.equal(inDefaultPath.out, "hi\n", "/bin is in it by default");
});

t.end();
