// SPDX-License-Identifier: BSD-2-Clause
// The environment that the command finds.
import { copyFileSync } from "node:fs";
import t from "tap";
import { live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { tinyRoot } from "../lib/roots.ts";

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

live("with a root it is cleared, but for what every program expects", async (t, box) => {
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

live("without a root it is cleared, too", async (t, box) => {
	const { facts } = await box.run(["--", PROBE, "env"], { env: CALLER });
	t.same(sorted(facts.all("env").map((line) => line.split("=")[0] ?? "")), [
		"HOME",
		"LOGNAME",
		"PATH",
		"TERM",
		"USER",
		"container",
	]);
	t.ok(facts.all("env").includes("container=pflask"));
});

live("an empty environment of the caller is none of the command's", async (t, box) => {
	const run = await box.run(["--", PROBE, "env"], { via: ["/usr/bin/env", "-i"] });
	t.equal(run.status, 0, run.err);
	t.ok(run.facts.all("env").includes("container=pflask"));
	t.ok(run.facts.all("env").some((line) => line.startsWith("PATH=/")));
});

live("--keepenv keeps the caller's", async (t, box) => {
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

live("--setenv takes bytes that are no text", async (t, box) => {
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
	const usual = await box.run([`--chroot=${root}`, "--", "probe", "say", "hi"]);
	t.equal(usual.out, "hi\n", "/bin is in it by default");
});

t.end();
