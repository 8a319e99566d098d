// SPDX-License-Identifier: BSD-2-Clause
// For a mistake on the command line, pflask prints one line with the option and the reason, exits
// with 125, runs nothing and changes nothing.
import { symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { OPTIONS } from "../../packages/cli/src/options.ts";
import { anyone } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { tinyRoot } from "../lib/roots.ts";
import type { Ended } from "../lib/run.ts";
import { tree } from "../lib/tree.ts";
import { CONTRADICTIONS, MALFORMED } from "./mistakes.ts";

const COMMAND = ["--", PROBE, "say", "ran"];
const LONG = "x".repeat(5000);

function isMistake(t: Test, run: Ended, words: readonly string[], names: RegExp): void {
	const what = words.join(" ");
	t.equal(run.status, 125, `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	t.match(run.err.split("\n")[0], names, `${what}: it names what is wrong`);
	t.notMatch(run.err, /\n\s+at |\.ts\b|\$bunfs|Error:|undefined|\[object/, `${what}: no trace`);
	t.equal(run.out, "", `${what}: nothing has run`);
}

anyone("malformed options and values", async (t, box) => {
	for (const [words, names] of MALFORMED)
		isMistake(t, await box.run([...words, ...COMMAND]), words, names);
});

anyone("a long value is not repeated whole", async (t, box) => {
	const names = Object.entries(OPTIONS).flatMap(([name, { argument }]) =>
		argument === "none" ? [] : [name],
	);
	const words = [...names.map((name) => `--${name}=${LONG}`), `--${LONG}`, LONG];
	for (const word of words) {
		const { status, err } = await box.run(["--dry-run", word, ...COMMAND]);
		const lines = err.split("\n").map(({ length }) => length);
		t.ok(Math.max(...lines) < 600, `${word.slice(0, 20)}: status ${status}: ${err.slice(0, 99)}`);
	}
});

anyone("an option that --detach permits or forbids has a hint", async (t, box) => {
	for (const [words, hint] of [
		[["--name=a"], "--detach --name=NAME"],
		[["--pid-file=/no/such/file"], "--detach --pid-file=FILE"],
		[["--scrollback=4K"], "--detach"],
		[["--detach", "--escape-key=^X"], "leave out --detach"],
	] as const)
		t.equal((await box.run([...words, ...COMMAND])).err.split("\n")[1], `hint: ${hint}`, words[0]);
});

anyone("an option without its value", async (t, box) => {
	for (const option of ["-r", "-c", "-t", "-s", "--chroot", "--hostname", "--setenv", "--tty"])
		isMistake(t, await box.run([option]), [option], new RegExp(option));
	isMistake(t, await box.run(["-kr"]), ["-kr"], /-r\b|'r'|--chroot/);
});

anyone("a mistake is found in --dry-run, too", async (t, box) => {
	for (const words of [["--chroot=/no/such/directory"], ["-s", "x"], ["-H", "-t", "x"]])
		isMistake(t, await box.run(["--dry-run", ...words, ...COMMAND]), words, /./);
});

anyone("options that contradict each other", async (t, box) => {
	for (const [words, names] of CONTRADICTIONS)
		isMistake(t, await box.run([...words, ...COMMAND]), words, names);
});

anyone("init without a pid namespace", async (t, box) => {
	const root = tinyRoot(box);
	symlinkSync("probe", `${root}/bin/init`);
	const words = ["-P", `--chroot=${root}`, "--", "/bin/init", "say", "ran"];
	isMistake(t, await box.run(words), words, /pid|init/);
});

anyone("a root that is missing, a file, a dangling or a looping link", async (t, box) => {
	writeFileSync(`${box.dir}/file`, "");
	symlinkSync("nowhere", `${box.dir}/dangling`);
	symlinkSync("loop", `${box.dir}/loop`);
	const before = await tree(box.dir);
	for (const name of ["missing", "file", "dangling", "loop"]) {
		const words = [`--chroot=${box.dir}/${name}`];
		const run = await box.run([...words, ...COMMAND]);
		isMistake(t, run, words, new RegExp(`${box.dir}/${name}`));
		t.match(run.err, /--chroot/, "it names the option");
	}
	t.same(await tree(box.dir), before, "nothing has changed");
});

anyone("a file as --chdir inside a root", async (t, box) => {
	const root = tinyRoot(box);
	const before = await tree(root);
	for (const directory of ["/bin/probe", "/no/such", "/bin/probe/x"]) {
		const words = [`--chroot=${root}`, `--chdir=${directory}`];
		const run = await box.run([...words, "--", "/bin/probe", "say", "ran"]);
		isMistake(t, run, words, new RegExp(directory));
	}
	t.same(await tree(root), before, "nothing has changed");
});

anyone("an empty command", async (t, box) => {
	const run = await box.run(["--", ""]);
	t.equal(run.status, 127, run.err);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/);
});

anyone("typed control characters do not reach the terminal", async (t, box) => {
	for (const words of [["--\x1b[31mred"], ["-r", "/\x1b[31mred"], ["--", "/\x1b[31mred"]]) {
		const run = await box.run(words);
		t.ok(run.status === 125 || run.status === 127);
		t.notMatch(run.err, "\x1b", JSON.stringify(words));
	}
	const line = await box.run(["--", "/no\nsuch"]);
	t.match(line.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, "one line stays one");
});

anyone("a remedy is suggested where one is known", async (t, box) => {
	const run = await box.run(["--chrot=/x", ...COMMAND]);
	t.match(run.err, /^pflask: [^\n]*--chrot[^\n]*\nhint: [^\n]*--chroot/);
});

t.end();
