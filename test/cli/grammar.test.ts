// SPDX-License-Identifier: BSD-2-Clause
// pflask parses a command line by the rules of getopt_long(3), up to the first operand.
import { mkdirSync } from "node:fs";
import t, { type Test } from "tap";
import { anyone, type Box, live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";

/** Groups of command lines. All command lines of a group have the same plan. */
const SAME: readonly (readonly string[][])[] = [
	[["--hostname=x"], ["--hostname", "x"], ["-tx"], ["-t", "x"], ["--host=x"], ["--ho", "x"]],
	[["--chdir=/tmp"], ["--chdir", "/tmp"], ["-c/tmp"], ["-c", "/tmp"], ["--chd=/tmp"]],
	[["--netif"], ["-n"], ["--neti"], ["--ne"]],
	[["--no-pidns", "--no-utsns"], ["-PH"], ["-HP"], ["-P", "-H"], ["--no-p", "--no-ut"]],
	[["-P", "-t", "x"], ["-Ptx"], ["-Pt", "x"]],
	[
		["-k", "-s", "A=1", "-c", "/tmp"],
		["-ksA=1", "-c/tmp"],
		["-k", "-s", "A=1", "-c/tmp"],
	],
	[["--tty=always"], ["--tty", "always"], ["--tt=always"]],
	[["--as-pid1"], ["--as-"]],
	[["-sA=="], ["-s", "A=="], ["--setenv=A=="], ["--sete", "A=="]],
];

/** Returns the plan that --dry-run prints for a command line. */
async function planOf(t: Test, box: Box, words: readonly string[]): Promise<string> {
	const run = await box.run(["--dry-run", ...words, "--", "true"]);
	t.equal(run.status, 0, `${words.join(" ")}: ${run.err}`);
	return run.out;
}

anyone("an option has many spellings", async (t, box) => {
	for (const spellings of SAME) {
		const [first = [], ...others] = spellings;
		const plan = await planOf(t, box, first);
		for (const words of others)
			t.equal(await planOf(t, box, words), plan, `${words.join(" ")} = ${first.join(" ")}`);
		t.not(plan, await planOf(t, box, []), `${first.join(" ")} changes the plan`);
	}
});

live("options end at the first operand", async (t, box) => {
	const list = await box.run(["ls", "-l", "--all", "/"]);
	t.equal(list.status, 0, list.err);
	t.match(list.out, /^total /);
	for (const args of [
		[PROBE, "args", "-n", "--netif", "-x", "--no-such"],
		["--", PROBE, "args", "-n", "--netif", "-x", "--no-such"],
		["-H", PROBE, "args", "-n", "--netif", "-x", "--no-such"],
	]) {
		const run = await box.run(args);
		t.same(
			run.facts.all("arg").map((hex) => Buffer.from(hex, "hex").toString()),
			["-n", "--netif", "-x", "--no-such"],
			String(args[0]),
		);
	}
});

live("only the first -- ends the options", async (t, box) => {
	const run = await box.run(["--", PROBE, "args", "--", "x"]);
	t.same(
		run.facts.all("arg").map((hex) => Buffer.from(hex, "hex").toString()),
		["--", "x"],
	);
});

live("an optional value must be attached", async (t, box) => {
	for (const args of [["-n"], ["--netif"]]) {
		const run = await box.run([...args, PROBE, "net"]);
		t.same(run.facts.all("interface"), ["lo up"], `${args[0]} does not take the command`);
	}
	const attached = await box.run(["-nx", "--", "true"]);
	t.equal(attached.status, 125);
	t.match(attached.err, /^pflask: [^\n]*netif[^\n]*x/);
});

live("a value may begin with a dash, be empty, or have an equals sign", async (t, box) => {
	mkdirSync(`${box.dir}/-r`);
	const cwd = box.dir;
	const dash = await box.run(["-c", "-r", "--", PROBE, "tell"], { cwd: `${cwd}` });
	t.equal(dash.status, 0, dash.err);
	t.equal(dash.facts("cwd"), `${cwd}/-r`);
	const set = await box.run(["-s", "A=-n", "--setenv=B=--=x", "--", PROBE, "env"]);
	t.ok(set.facts.all("env").includes("A=-n"));
	t.ok(set.facts.all("env").includes("B=--=x"));
});

live("the last of two equal options counts", async (t, box) => {
	const run = await box.run(["-t", "one", "--hostname=two", "--", PROBE, "hostname"]);
	t.equal(run.facts("hostname"), "two");
});

anyone("--help and --version", async (t, box) => {
	for (const option of ["-h", "--help", "--hel"]) {
		const run = await box.run([option]);
		t.same([run.status, run.err], [0, ""], option);
		t.match(run.out, /^Usage: pflask /);
	}
	for (const option of ["-V", "--version", "--vers"]) {
		const run = await box.run([option]);
		t.same([run.status, run.err], [0, ""], option);
		t.match(run.out, /^pflask \d+\.\d+\.\d+\n$/);
	}
	const { out } = await box.run(["--help"]);
	for (const name of [
		..."chroot chdir hostname setenv keepenv netif no-userns no-mountns no-netns".split(" "),
		..."no-ipcns no-utsns no-pidns as-pid1 tty kill-signal status-fd dry-run help".split(" "),
		"version",
	])
		t.match(out, `--${name}`, name);
	for (const letter of "rctsknUMNIHPhV") t.match(out, new RegExp(`-${letter}, --`), letter);
	t.same(
		out.split("\n").filter((line) => line.length > 80),
		[],
		"it fits on a terminal",
	);
	t.notMatch(out, "\x1b", "no colours where there is no terminal");
});

live("--help wins over all other options, at any place", async (t, box) => {
	const run = await box.run(["--chroot=/no/such/root", "--help", "--", "true"]);
	t.equal(run.status, 0);
	t.match(run.out, /^Usage: pflask /);
	const after = await box.run([PROBE, "say", "--help"]);
	t.equal(after.out, "--help\n", "but not after the command");
});

t.end();
