// SPDX-License-Identifier: BSD-2-Clause
// The shells complete lines that begin with pflask, pflask-attach and pflask-userns. The tests type
// the lines, and read the words that the program gets.
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { OPTIONS, type Option } from "../../packages/cli/src/options.ts";
import { parseSignal } from "../../packages/runtime/src/signal.ts";
import { PFLASK, TREE } from "../../test/lib/paths.ts";
import { type Session, startOnTerminal } from "../../test/lib/terminal.ts";
import { until } from "../../test/lib/until.ts";

const SHARE = `${TREE}/dist/share`;
const PROGRAMS = ["pflask", "pflask-attach", "pflask-userns"] as const;
const FILES: readonly string[] = PROGRAMS.flatMap((name) => [
	`bash-completion/completions/${name}`,
	`zsh/vendor-completions/_${name}`,
	`fish/vendor_completions.d/${name}.fish`,
]);

/** The name of a file that a command makes if a shell runs it. */
const MADE = "made";
/** Names of files that would break a line, or run a command, if a shell did not quote them. */
const HOSTILE = [
	"co:lon",
	`$(touch ${MADE})`,
	`q'u"o`,
	"sp ace",
	"se;mi",
	"new\nline",
	"über al",
	`\`touch ${MADE}\``,
];

/** A line to type, with "\t" for the key, and the words that the program gets. HOME is replaced. */
type Case = readonly [typed: string, wanted: readonly string[]];

/** The beginning of a name that no other container has. `WEB` is the whole name. */
const BEGUN = `completed-${process.pid}`;
const WEB = `${BEGUN}-web`;

/** The lines that a person types. All shells have these lines. */
const CASES: readonly Case[] = [
	["pflask --chroo\t/x", ["--chroot=/x"]],
	["pflask -k --vers\t", ["-k", "--version"]],
	["pflask --chroot=alph\tx", ["--chroot=alpha/x"]],
	["pflask --chroot alph\tx", ["--chroot", "alpha/x"]],
	["pflask -kr alph\tx", ["-kr", "alpha/x"]],
	["pflask --ephemeral=alph\tx", ["--ephemeral=alpha/x"]],
	["pflask --tty=al\t", ["--tty=always"]],
	["pflask --read-only=n\t", ["--read-only=no"]],
	["pflask --changes-format=jsonl\t", ["--changes-format=jsonl"]],
	["pflask --changes=almo\t", ["--changes=almond"]],
	["pflask --pid-file=almo\t", ["--pid-file=almond"]],
	["pflask --seccomp=de\t", ["--seccomp=default"]],
	["pflask --seccomp=almo\t", ["--seccomp=almond"]],
	["pflask --stats=j\t", ["--stats=json"]],
	["pflask --escape-key=n\t", ["--escape-key=none"]],
	["pflask --mount=ov\tx", ["--mount=overlay:x"]],
	["pflask -m ov\tx", ["-m", "overlay:x"]],
	["pflask --mount=bind:alph\t:/x", ["--mount=bind:alpha/:/x"]],
	["pflask --mount=bind:almo\t/x", ["--mount=bind:almond:/x"]],
	["pflask --mount=bind:alpha:alm\t", ["--mount=bind:alpha:almond"]],
	["pflask --mount bind:alpha:alm\t", ["--mount", "bind:alpha:almond"]],
	["pflask --mount=bind:alpha:/x:ro,nosu\t", ["--mount=bind:alpha:/x:ro,nosuid"]],
	["pflask --mount=tmp:/x:siz\t1m", ["--mount=tmp:/x:size=1m"]],
	["pflask --mount=file:3:alm\t", ["--mount=file:3:almond"]],
	["pflask --netif=ma\tx", ["--netif=macvlan:x"]],
	["pflask --netif=macvlan:l\tx", ["--netif=macvlan:lo:x"]],
	["pflask --netif=macvlan:lo:x:pri\t", ["--netif=macvlan:lo:x:private"]],
	["pflask --netif=veth:o:i:bri\tl\t", ["--netif=veth:o:i:bridge=lo"]],
	["pflask --netif=pas\t", ["--netif=pasta"]],
	["pflask --netif=pasta:tc\t1-1", ["--netif=pasta:tcp=1-1"]],
	["pflask --netif=lo:in:u\t", ["--netif=lo:in:up"]],
	["pflask --netif=ns:alm\t", ["--netif=ns:almond"]],
	["pflask --caps=+net_a\t", ["--caps=+net_admin"]],
	["pflask --caps=-all,net_r\t", ["--caps=-all,net_raw"]],
	["pflask --limit=mem\t1M", ["--limit=memory=1M"]],
	["pflask --limit=pids=1,sw\t0", ["--limit=pids=1,swap=0"]],
	["pflask --limit=io=/dev/nul\trb\t1", ["--limit=io=/dev/null:rbps=1"]],
	["pflask --rlimit=nof\tunl\t", ["--rlimit=nofile=unlimited"]],
	["pflask --cgroup=cpus\t", ["--cgroup=cpuset"]],
	["pflask --kill-signal=SIGTER\t", ["--kill-signal=SIGTERM"]],
	["pflask --kill-signal USR1\t", ["--kill-signal", "USR1"]],
	["pflask --user=roo\t", ["--user=root"]],
	["pflask --user=root:nogr\t", ["--user=root:nogroup"]],
	["pflask --user-map=au\t", ["--user-map=auto"]],
	[`pflask --exec=${BEGUN}\t`, [`--exec=${WEB}`]],
	[`pflask --attach ${BEGUN}\t`, ["--attach", WEB]],
	[`pflask --logs=${BEGUN}\t`, [`--logs=${WEB}`]],
	[`pflask --kill ${BEGUN}\t`, ["--kill", WEB]],
	[`pflask --kill=KIL\tx ${BEGUN}\t`, ["--kill=KILL", "x", WEB]],
	["pflask --kill x --kill-af\t1s", ["--kill", "x", "--kill-after=1s"]],
	[`pflask --wait=x ${BEGUN}\t`, ["--wait=x", WEB]],
	[`pflask-attach ${BEGUN}\t`, [WEB]],
	[`pflask-attach --detach-key=no\t${BEGUN}\t`, ["--detach-key=none", WEB]],
	["pflask --exec=x --chd\t/", ["--exec=x", "--chdir=/"]],
	["pflask --exec=x --cl\t", ["--exec=x", "--cl"]],
	["pflask-userns setup --d\t", ["setup", "--dry-run"]],
	["pflask-userns setup --j\t", ["setup", "--j"]],
	["pflask-userns che\t--js\t", ["check", "--json"]],
	["pflask-userns setup roo\t", ["setup", "root"]],
	["pflask -kr / unsh\t", ["-kr", "/", "unshare"]],
	["pflask -- unsh\t", ["--", "unshare"]],
	["pflask -- env --ignore-e\t", ["--", "env", "--ignore-environment"]],
	["pflask mine mi\t", ["mine", "mine-x"]],
	["pflask -- pflask --mount=ov\tx", ["--", "pflask", "--mount=overlay:x"]],
	["sudo pflask --mount=bind:alph\t:/x", ["pflask", "--mount=bind:alpha/:/x"]],
	["pflask --chroot=/ -- mine mi\t", ["--chroot=/", "--", "mine", "mine-x"]],
	["pflask --exec=x mine mi\t", ["--exec=x", "mine", "mine-x"]],
	["pflask --mount=bind:sp\\ \t/x", ["--mount=bind:sp ace:/x"]],
	["pflask --mount=bind:new\t", ["--mount=bind:new"]],
	["pflask --mount=bind:co\t/x", ["--mount=bind:co\\:lon:/x"]],
	["pflask --mount=bind:co\talm\t", ["--mount=bind:co\\:lon:almond"]],
	["pflask --chroot ~/inn\tx", ["--chroot", "HOME/inner/x"]],
	["pflask --mount=bind:jo\t\\;in", ["--mount=bind:jo;in"]],
	...HOSTILE.filter((name) => !/\n|jo|co:/.test(name)).map((name): Case => {
		const begin = { $: "\\$", "`": "\\`" }[name.charAt(0)] ?? name.charAt(0);
		const more = name.startsWith("s") ? name.charAt(1) : "";
		return [`pflask --mount=bind:${begin}${more}\t/x`, [`--mount=bind:${name}:/x`]];
	}),
];

/** Lines with an open quote before the key, and the words that the program gets. */
const OPEN: readonly Case[] = [
	["pflask --mount=bind:'sp\t/x'", ["--mount=bind:sp ace:/x"]],
	['pflask --mount="bind:sp\t/x"', ["--mount=bind:sp ace:/x"]],
	['pflask --mount=bind:"\\$\t/x"', [`--mount=bind:$(touch ${MADE}):/x`]],
	["pflask --mount=bind:'q\t/x'", [`--mount=bind:q'u"o:/x`]],
];

/** A line with a variable, which only zsh and fish expand. */
const VARIABLE: Case = ["pflask --mount=bind:$HOME/inn\t:/x", ["--mount=bind:HOME/inner/:/x"]];

/** Makes a directory with files, and with programs that write down the words they get. */
function place(t: Test): string {
	const directory = t.testdir({ alpha: {}, almond: "", bin: {}, home: { inner: {} } });
	for (const name of HOSTILE) writeFileSync(`${directory}/${name}`, "");
	const note = `#!/bin/sh
[ $# -eq 0 ] || printf '%s\\0' "$@" >${directory}/bin/.new
mv ${directory}/bin/.new ${directory}/bin/said
`;
	for (const name of [...PROGRAMS, "sudo"]) {
		writeFileSync(`${directory}/bin/${name}`, note);
		chmodSync(`${directory}/bin/${name}`, 0o755);
	}
	return directory;
}

/** Starts a shell, types lines, and checks the words that the programs get. */
async function check(
	t: Test,
	[program = "", ...args]: readonly string[],
	setup: string,
	cases: readonly Case[],
): Promise<void> {
	const directory = place(t);
	const session = startOnTerminal(args, {
		program,
		cwd: directory,
		columns: 300,
		env: {
			PATH: `${directory}/bin:${process.env.PATH}`,
			HOME: `${directory}/home`,
			TERM: "dumb",
			LANG: "C.UTF-8",
			PS1: "> ",
			XDG_DATA_DIRS: `${SHARE}:/usr/share`,
		},
	});
	session.type(`${setup}; echo rea""dy\n`);
	await session.until(/ready\r?\n/);
	for (const [typed, wanted] of cases) {
		const words = wanted.map((word) => word.replace("HOME", () => `${directory}/home`));
		t.same(await said(session, directory, typed), words, typed);
	}
	t.notOk(existsSync(`${directory}/${MADE}`), "no name was run");
	t.notMatch(session.out, /no such|not found|error|denied/i, "no complaints");
	session.type("exit\n");
	await session.ended;
}

/** Types a line, and returns the words that the program gets. */
async function said(session: Session, directory: string, line: string): Promise<string[]> {
	const path = `${directory}/bin/said`;
	session.type(`${line}\n`);
	await until(`what ${JSON.stringify(line)} says`, () => existsSync(path));
	const words = readFileSync(path, "utf8").split("\0").slice(0, -1);
	rmSync(path);
	return words;
}

t.before(() => {
	const words = ["--detach", `--name=${WEB}`, "--", "sleep", "600"];
	const { exitCode, stderr } = Bun.spawnSync([PFLASK, ...words]);
	if (exitCode !== 0) throw new Error(`${stderr}`);
});
t.teardown(() => {
	Bun.spawnSync([PFLASK, "--kill", "--kill-after=0", WEB]);
	Bun.spawnSync([PFLASK, `--forget=${WEB}`]);
});

t.test("the completions match the tables", async (t) => {
	const directory = t.testdir();
	const made = Bun.spawnSync([process.execPath, `${TREE}/scripts/completions.ts`, directory]);
	t.equal(made.exitCode, 0, `${made.stderr}`);
	for (const path of FILES)
		t.equal(readFileSync(`${directory}/${path}`, "utf8"), readFileSync(`${SHARE}/${path}`, "utf8"));
});

t.test("each value can be completed, or is known to be free", async (t) => {
	const free = Object.entries<Option>(OPTIONS).filter(
		([, { argument, words, completes }]) =>
			argument !== "none" && words === undefined && completes === undefined,
	);
	t.same(
		free.map(([name]) => name),
		[
			...["hostname", "domainname", "umask", "setenv", "kill-after", "status-fd"],
			...["oom-score-adj", "sysctl", "timeout", "machine", "name", "scrollback"],
		],
	);
});

const MINE = "_mine() { COMPREPLY=(mine-x); }; complete -F _mine mine";
const LOADED = `. /usr/share/bash-completion/bash_completion; ${MINE}`;
const SOURCED = `for file in ${SHARE}/bash-completion/completions/*; do . $file; done`;
const WITHOUT_BREAKS = "COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]/}";
const BASH = ["bash", "--norc", "--noprofile", "-i"];

t.test("bash with bash-completion, which finds the files", (t) =>
	check(t, BASH, LOADED, [...CASES, ...OPEN, VARIABLE]),
);

t.test("bash whose words do not end at = and :", (t) =>
	check(t, BASH, `${LOADED}; ${WITHOUT_BREAKS}`, [...CASES, ...OPEN, VARIABLE]),
);

t.test("bash without bash-completion", (t) => {
	const cases = CASES.filter(([typed]) => !/mine|sudo|-- (pflask|env)/.test(typed));
	return check(t, BASH, SOURCED, [
		...cases,
		...OPEN,
		VARIABLE,
		["pflask cat alm\t", ["cat", "almond"]],
	]);
});

t.test("zsh", (t) => {
	const setup = `fpath=(${SHARE}/zsh/vendor-completions $fpath); autoload -U compinit; \
compinit -D; _mine() { compadd mine-x }; compdef _mine mine`;
	// zsh removes an open quote.
	const open = OPEN.map(([typed, wanted]): Case => [typed.replace(/["']$/, ""), wanted]);
	return check(t, ["zsh", "-f"], setup, [...CASES, ...open]);
});

t.test("fish, which finds the files", (t) => {
	// fish puts a space after an option that needs a value.
	const cases = CASES.map(([typed, wanted]): Case => {
		const [, begun] = /(--[\w-]+)\t[^ ]/.exec(typed) ?? [];
		const isBegun = (word: string) => begun !== undefined && word.startsWith(begun);
		return [typed, wanted.flatMap((word) => (isBegun(word) ? word.split("=") : word))];
	});
	return check(t, ["fish", "-i"], "complete -c mine -x -a mine-x", cases);
});

/** Returns the values that the script in bash's completions offers for a beginning and a kind. */
function offered(begun: string, kind: string, env: Record<string, string> = {}): string[] {
	const script = `. ${SHARE}/bash-completion/completions/pflask; _pflask_values "$@"`;
	const { stdout } = Bun.spawnSync(["bash", "-c", script, "bash", begun, kind], {
		env: { PATH: process.env.PATH ?? "", ...env },
	});
	return stdout.toString().split("\n").slice(0, -1);
}

t.test("the program takes all names that are offered", async (t) => {
	const names = (kind: string) => offered("", kind);
	const capabilities = names("capabilities").filter((name) => /^-(?!all$)/.test(name));
	t.ok(capabilities.length > 30, `${capabilities.length} capabilities`);
	const rlimits = names("rlimits").map((name) => `--rlimit=${name}0`);
	t.ok(rlimits.length > 10, `${rlimits.length} limits`);
	const words = ["--dry-run", `--caps=${capabilities.join()}`, ...rlimits, "--", "true"];
	const { exitCode, stderr } = Bun.spawnSync([PFLASK, ...words]);
	t.same([exitCode, stderr.toString()], [0, ""]);
	for (const name of [...names("signals"), ...offered("SIG", "signals")])
		t.ok(parseSignal(name.replace(/[+-]$/, "$&1")) !== undefined, name);
});

t.test("every option is offered", async (t) => {
	const script = `. ${SHARE}/bash-completion/completions/pflask
		COMP_LINE="pflask --" COMP_POINT=9 COMP_WORDS=(pflask --) COMP_CWORD=1
		_pflask pflask -- pflask; printf "%s\\n" "\${COMPREPLY[@]}"`;
	const inBash = Bun.spawnSync(["bash", "-c", script]).stdout.toString();
	const all = Object.entries<Option>(OPTIONS).map(
		([name, { argument }]) => `--${name}${argument === "required" ? "=" : ""}\n`,
	);
	t.equal(inBash, all.join(""));
	const line = `source ${SHARE}/fish/vendor_completions.d/pflask.fish; complete -C "pflask --"`;
	const inFish = Bun.spawnSync(["fish", "--no-config", "-c", line]).stdout.toString();
	for (const name of Object.keys(OPTIONS)) t.match(inFish, new RegExp(`^--${name}\\t`, "m"));
});

/** Makes a control directory with sockets. Returns its path. */
function sockets(t: Test, path: string, names: readonly string[]): string {
	mkdirSync(path, { mode: 0o700 });
	t.teardown(() => rmSync(path, { recursive: true, force: true }));
	for (const name of names) {
		const listener = Bun.listen({ unix: `${path}/${name}.sock`, socket: { data() {} } });
		t.teardown(() => listener.stop());
	}
	return path;
}

t.test("only the names of containers are offered", async (t) => {
	const names = ["web", "4242", "-x", ".y", "a b", "new\nline", "$(id)", "'", "a"];
	const runtime = t.testdir({});
	sockets(t, `${runtime}/pflask`, names);
	writeFileSync(`${runtime}/pflask/file.sock`, "");
	const own = offered("", "containers", { XDG_RUNTIME_DIR: runtime });
	const known = ["4242", "a", "line", "web"];
	t.same(
		own.filter((name) => [...known, ...names, "file"].includes(name)),
		known,
	);
	t.ok(own.includes(WEB), "the program was not run for this");
});

t.test("the containers that have ended are offered where they count", async (t) => {
	const runtime = t.testdir({});
	sockets(t, `${runtime}/pflask`, ["runs"]);
	writeFileSync(`${runtime}/pflask/ended.end`, "");
	for (const [kind, wanted] of [
		["containers", ["runs"]],
		["ends", ["ended"]],
		["containers-and-ends", ["ended", "runs"]],
	] as const) {
		const found = offered("", kind, { XDG_RUNTIME_DIR: runtime });
		t.same(
			found.filter((name) => name === "runs" || name === "ended"),
			wanted,
		);
	}
});

t.test("root is offered the containers of all users", async (t) => {
	const path = sockets(t, "/tmp/pflask-4242", ["web", "$(id)", "a b"]);
	chownSync(path, 4242, 4242);
	t.same(offered("4242/", "containers"), process.getuid?.() === 0 ? ["4242/web"] : []);
});
