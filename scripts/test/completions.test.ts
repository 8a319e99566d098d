// SPDX-License-Identifier: BSD-2-Clause
// The shells complete lines that begin with pflask.
import { mkdirSync, readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { OPTIONS, type Option } from "../../packages/cli/src/options.ts";
import { startOnTerminal } from "../../test/lib/terminal.ts";

const root = `${import.meta.dir}/../..`;
const share = `${root}/dist/share`;
const BASH = "bash-completion/completions/pflask";
const FISH = "fish/vendor_completions.d/pflask.fish";
const ZSH = "zsh/vendor-completions/_pflask";

/** Makes a directory with two directories and a file. Returns its path. */
function place(t: Test): string {
	const directory = t.testdir({ alpha: {}, "al pine": {}, almond: "" });
	mkdirSync(`${directory}/home`);
	return directory;
}

function output(cwd: string, ...command: string[]): string[] {
	const { stdout } = Bun.spawnSync(command, { cwd, env: { ...process.env, HOME: `${cwd}/home` } });
	return stdout.toString().split("\n").slice(0, -1).sort();
}

/** Completes the last word. The words are split as readline(3) splits them. */
function inBash(cwd: string, ...words: string[]): string[] {
	const script = `
		source "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_pflask
		[[ -v COMPREPLY ]] && printf '%s\\n' "\${COMPREPLY[@]}"`;
	return output(cwd, "bash", "-c", script, "bash", `${share}/${BASH}`, "pflask", ...words);
}

/** Completes the last word of a line. */
function inFish(cwd: string, line: string): string[] {
	const words = ["--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, `${share}/${FISH}`];
	return output(cwd, "fish", ...words, line).map((offer) => offer.split("\t")[0] ?? "");
}

t.test("the completions match the table", async (t) => {
	const directory = t.testdir();
	const made = Bun.spawnSync([process.execPath, `${root}/scripts/completions.ts`, directory]);
	t.equal(made.exitCode, 0, `${made.stderr}`);
	for (const path of [BASH, FISH, ZSH])
		t.equal(readFileSync(`${directory}/${path}`, "utf8"), readFileSync(`${share}/${path}`, "utf8"));
});

t.test("bash", async (t) => {
	const directory = place(t);
	const offers = (words: string[], wanted: string[]) =>
		t.same(inBash(directory, ...words), wanted, words.join(" "));
	offers(["--chr"], ["--chroot="]);
	offers(["-k", "--ver"], ["--version"]);
	for (const words of [
		["--chroot", "=", "al"],
		["--chroot", "al"],
		["-r", "al"],
		["-kr", "al"],
	])
		offers(words, ["al pine", "alpha"]);
	offers(["--chroot", "="], ["al pine", "alpha", "home"]);
	offers(["--ephemeral", "=", "alp"], ["alpha"]);
	offers(["--tty", "=", ""], ["always", "auto", "never"]);
	offers(["--chroot", "=", "/", "--tty", "al"], ["always"]);
	offers(["--kill-signal", "SIGTER"], ["SIGTERM"]);
	offers(["--seccomp", "=", ""], ["al pine", "almond", "alpha", "default", "home", "off"]);
	offers(["--user", "roo"], ["root"]);
	offers(["--hostname", "al"], []);
	const all = Object.entries<Option>(OPTIONS).map(
		([name, { argument }]) => `--${name}${argument === "required" ? "=" : ""}`,
	);
	offers(["--"], all.sort());
	t.ok(inBash(directory, "--ephemeral", "unsha").includes("unshare"), "a command");
	t.ok(inBash(directory, "--", "unsha").includes("unshare"), "a command after --");
	offers(["unshare", "--chr"], []);
});

t.test("bash completes the command by the command's own completion", async (t) => {
	const script = `
		_command_offset() { echo "from $1"; }
		source "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_pflask`;
	const from = (...words: string[]) =>
		output("/", "bash", "-c", script, "bash", `${share}/${BASH}`, "pflask", ...words);
	t.same(from("ls", "-l"), ["from 1"]);
	t.same(from("--chroot", "=", "/x", "-k", "--", "ls", "-l"), ["from 6"]);
	t.same(from("-kr", "/x", "ls", ""), ["from 3"]);
	t.same(from("-r/x", "l"), ["from 2"]);
});

t.test("fish", async (t) => {
	const directory = place(t);
	const offers = (line: string, wanted: string[]) =>
		t.same(inFish(directory, `pflask ${line}`), wanted, line);
	offers("--chroo", ["--chroot"]);
	offers("-k --ver", ["--version"]);
	offers("--chroot=alp", ["--chroot=alpha/"]);
	offers("--chroot alp", ["alpha/"]);
	offers("-r alp", ["alpha/"]);
	offers("--ephemeral=alp", ["--ephemeral=alpha/"]);
	offers("--tty ", ["always", "auto", "never"]);
	offers("--seccomp=d", ["--seccomp=default"]);
	for (const option of ["--seccomp", "--changes", "--pid-file"])
		offers(`${option}=alm`, [`${option}=almond`]);
	offers("--proc=", ["--proc=bind", "--proc=new", "--proc=unmasked"]);
	t.ok(inFish(directory, "pflask -r /x unsha").includes("unshare"), "a command");
	t.ok(inFish(directory, "pflask -k cat alm").includes("almond"), "an argument of it");
	t.notOk(inFish(directory, "pflask cat --chro").includes("--chroot"), "no option of ours");
	const all = inFish(directory, "pflask --");
	for (const name of Object.keys(OPTIONS)) t.ok(all.includes(`--${name}`), name);
});

t.test("zsh", async (t) => {
	const directory = place(t);
	const fpath = `fpath=(${share}/zsh/vendor-completions $fpath)`;
	const session = startOnTerminal(["-f"], {
		program: "zsh",
		cwd: directory,
		columns: 200,
		env: { PATH: process.env.PATH ?? "", HOME: `${directory}/home`, TERM: "dumb", PS1: "> " },
	});
	const typed = async (text: string, wanted: string) => {
		session.type(text);
		await session.until(wanted);
		t.pass(text);
		session.type("\x15");
	};
	session.type(`${fpath}; autoload -U compinit; compinit -D; echo rea""dy\n`);
	await session.until(/ready\r?\n/);
	await typed("pflask --chroo\t", "pflask --chroot=");
	await typed("pflask -k --tty=ne\t", "--tty=never");
	await typed("pflask --proc bi\t", "--proc bind");
	await typed("pflask --seccomp=de\t", "--seccomp=default");
	await typed("pflask --seccomp almo\t", "--seccomp almond");
	await typed("pflask -r alph\t", "-r alpha/");
	await typed("pflask --ephemeral=alph\t", "--ephemeral=alpha/");
	await typed("pflask --user=roo\t", "--user=root");
	await typed("pflask -kr / unsh\t", "-kr / unshare");
	await typed("pflask -- cat almo\t", "cat almond");
	session.type("exit\n");
	t.equal((await session.ended).status, 0);
});
