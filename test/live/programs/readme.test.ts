// SPDX-License-Identifier: BSD-2-Clause
// Types each command in README.md and in the manuals, in place of a newcomer, and compares the
// output with README.md.
import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import { OPTIONS } from "../../../packages/cli/src/options.ts";
import { account, RANGE } from "../../lib/account.ts";
import { has, sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { newcomer } from "../../lib/newcomer.ts";
import { TREE } from "../../lib/paths.ts";
import { debianRoot } from "../../lib/roots.ts";
import { pattern, play, type Step, transcripts } from "../../lib/transcript.ts";

const user = await account("pft-newcomer", { range: RANGE });
const README = readFileSync(`${TREE}/README.md`, "utf8");
const PAGES = [
	"packages/cli/man/pflask.1",
	"packages/attach/man/pflask-attach.1",
	"packages/userns/man/pflask-userns.1",
];

/** The commands that need more than a shell, and the test that runs each of them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
	"pflask --user=$USER --mount=tmp:$HOME -- chromium --disable-setuid-sandbox":
		"test/live/programs/chromium.test.ts",
	"pflask --ephemeral --ask -- ./install.sh": "test/live/trial/ask-user.test.ts",
};

/**
 * The commands in sentences of README.md that this test does not type into a shell. For each
 * command, the table has the test that runs the command, and a text of that test as proof.
 */
const IN_SENTENCES: Readonly<Record<string, readonly [test: string, text: string]>> = {
	"prlimit --as=300000000": ["test/cli/front.test.ts", '["prlimit", "--as=300000000"'],
	"systemd-run --user --scope -p Delegate=yes pflask --chroot=$HOME/debian -- /sbin/init": [
		"test/vm/user.test.ts",
		"/`(systemd-run [^`]+)`/.exec(readme)",
	],
};

/** The manual that README.md shows before pflask is installed. */
const MANUAL = ["man", "dist/share/man/man1/pflask.1"];

/**
 * The examples that only the manuals have, and their output. $SUBORDINATE is a root directory whose
 * owners are subordinate ids.
 */
const EXAMPLES = `
    $ sudo pflask
    # id -u
    0
    # exit
    ...
    $ sudo debootstrap --variant=minbase bookworm /srv/debian
    ...
    I: Base system installed successfully.
    $ sudo pflask --chroot=/srv/debian -- cat /etc/debian_version
    12.11
    $ sudo pflask --ephemeral --changes -- apt-get install -y hello
    ...
    A /usr/bin/hello
    ...
    $ printf '#!/bin/sh\\necho made >~/made\\n' >install.sh; chmod +x install.sh
    $ mkdir trial
    $ pflask --ephemeral=trial -- ./install.sh
    $ pflask --diff=trial
    ...
    +made
    $ pflask --apply=trial
    $ cat ~/made
    made
    $ pflask --revert=trial
    $ cat ~/made
    cat: /home/alice/made: No such file or directory
    $ sudo pflask --chroot=/srv/debian --mount=bind-ro:$PWD:/src --mount=tmp:/build -- ls /src
    Makefile ...
    $ pflask --seccomp=default -- make check
    Seccomp: 2
    $ pflask --user-map=auto --setenv=container=lxc -- /usr/sbin/debootstrap bookworm ~/debian
    ...
    I: Base system installed successfully.
    $ pflask --user-map=auto -- rm -rf ~/debian
    $ pflask --spec=web.json
    hello from web
    $ pflask --spec=web.json --setenv=GREETING=bye
    bye from web
    $ pflask --spec=web.json -- id
    uid=...
    $ mkdir ~/debian
    $ sudo mount --bind $SUBORDINATE ~/debian
    $ pflask --user-map=0:100000:65536 --chroot=$HOME/debian -- apt-get --version
    apt 2.6.1 ...
    ...
    $ sudo pflask --netif=veth:v0:eth0:addr=10.0.0.2/24:gw=10.0.0.1 -- ip address
    ...
        inet 10.0.0.2/24 scope global eth0
    ...
    $ sudo pflask --caps=-all,+chown,+dac_override -- make install
    CapEff: 0000000000000003
    $ sudo pflask --user=www-data --no-userns --caps=-all,+net_bind_service -- id
    uid=33(www-data) gid=33(www-data) groups=33(www-data)
    $ pflask --no-new-privs --rlimit=nproc=100 --rlimit=core=0:0 -- make
    cc -o hello hello.c
    $ sudo pflask --limit=memory=512M,swap=0,pids=100,cpu=1.5 -- make -j8
    make: 'hello' is up to date.
    $ pflask --dry-run --chroot=$HOME/debian -- id
    ...
    ... id id
    $ pflask --detach --name=web -- bash
    4242
    $ pflask-attach web
    alice@web:~/project$ exit
    exit
    $ pflask-userns check
    ok user-namespaces a user namespace can be created
    ...
    $ sudo pflask-userns setup
    nothing to do
`;

/** Returns the commands of a manual's examples. Root's commands begin with "sudo". */
function examples(path: string): string[] {
	const page = readFileSync(`${TREE}/${path}`, "utf8");
	return [...page.matchAll(/^\.Dl ([$#]) (.*)$/gm)].map(([, prompt, command = ""]) =>
		prompt === "#" ? `sudo ${command}` : command,
	);
}

/** The programs that the commands run. */
const PROGRAMS = ["apt-get", "curl", "gcc", "make", "pasta", "python3"];

/** A service takes a moment to start, so the test repeats the command that uses the service. */
const AGAIN = /^curl .*127\.0\.0\.1/;

const shown = [README, EXAMPLES].flatMap((text) =>
	transcripts(text.replaceAll("alice", user.name)).map((transcript) =>
		transcript.filter(({ typed }) => !Object.hasOwn(ELSEWHERE, typed)),
	),
);

live("each command of README.md and the manuals does what they say", async (t, box) => {
	for (const program of PROGRAMS) if (!need(t, has(program), `${program} is missing`)) return;
	const { shell, close } = await newcomer(box, user);
	const compare = ({ typed, output }: Step, printed: string) =>
		t.match(printed, pattern(output), typed);
	for (const transcript of shown) await play(shell, transcript, compare, AGAIN);
	await close();
});

live("the program for the library does what README.md says", async (t) => {
	const [, code = ""] = /^```ts\n([^]*?)^```$/m.exec(README) ?? [];
	const program = code.replace("/srv/debian", await debianRoot());
	const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", program], {
		cwd: `${TREE}/packages/cli`,
	});
	t.equal(exitCode, 0, `${stderr}`);
	t.match(`${stdout}`, /^total [^]* usr\n[^]*monitorPid: \d+[^]*\n137\n$/);
});

t.test("a test runs each example of the manuals", async (t) => {
	const commands = transcripts(README + EXAMPLES).flat();
	const typed = new Set([...commands.map(({ typed }) => typed), ...Object.keys(ELSEWHERE)]);
	for (const page of PAGES) {
		const found = examples(page);
		t.ok(found.length > 1, `${page} has examples`);
		t.same(
			found.filter((command) => !typed.has(command)),
			[],
			`${page}: add it to EXAMPLES`,
		);
	}
	for (const [command, test] of Object.entries(ELSEWHERE)) {
		t.ok(existsSync(`${TREE}/${test}`), test);
		t.ok(readFileSync(`${TREE}/${test}`, "utf8").includes(command), `${test}: ${command}`);
	}
});

t.test("a test runs each command in a sentence of README.md", async (t) => {
	const sentences = README.replaceAll(/^ {4}.*|^\|.*/gm, "");
	const typed = transcripts(README + EXAMPLES).flatMap((all) => all.map((step) => step.typed));
	const commands = [...sentences.matchAll(/`([^`]*)`/g)]
		.map(([, text = ""]) => text.replaceAll(/\s+/g, " "))
		.filter((text) => /^(sudo |pflask|systemd-run |prlimit |man )/.test(text))
		.filter((text) => / /.test(text) && !/ [A-Z]+$/.test(text));
	t.ok(commands.length > 4, `${commands}`);
	for (const command of commands) {
		if (command === MANUAL.join(" ")) continue;
		const [test, text = ""] = IN_SENTENCES[command] ?? [];
		if (test === undefined) t.ok(typed.includes(command), command);
		else t.ok(readFileSync(`${TREE}/${test}`, "utf8").includes(text), `${test}: ${command}`);
	}
	t.ok(commands.includes(MANUAL.join(" ")));
	const shown = await sh(["env", "-C", TREE, "MANPAGER=cat", ...MANUAL]);
	t.match(shown, /^PFLASK\(1\)/);
});

t.test("the targets of make and the files in README.md exist, and make run works", async (t) => {
	for (const target of ["run", "test"]) t.match(README, `\n    make ${target} `);
	const help = await sh(["make", "-C", TREE, "help"]);
	const targets = [...README.matchAll(/[ `]make ([a-z-]+)(?:`| {2})/g)].map(([, name]) => name);
	t.ok(targets.length > 3, `${targets}`);
	for (const target of targets) t.match(help, new RegExp(`^${target} `, "m"));
	const files = [...README.matchAll(/[(` ]((?:dist|docs)\/[\w./]+\w|[A-Z]+\.md|LICENSE)[)`]/g)];
	t.ok(files.length > 6, `${files}`);
	for (const [, file = ""] of files) t.ok(existsSync(`${TREE}/${file}`), file);
	t.match(await sh(["make", "-C", TREE, "--dry-run", "run", "ARGS="]), /^scripts\/run\.sh $/m);
	t.match(
		await sh([`${TREE}/scripts/run.sh`]),
		/\$ pflask -- id\nuid=0\(root\)[^]*exit status 7\n$/,
	);
});

t.test("every option in README.md exists", async (t) => {
	const options = [...README.matchAll(/`--([a-z-]+)/g)].map(([, name = ""]) => name);
	t.ok(options.length > 10, "there are options");
	t.same(
		options.filter((name) => !Object.hasOwn(OPTIONS, name)),
		[],
	);
});

t.test("README.md counts what SECURITY.md lists", async (t) => {
	const [, after = ""] = readFileSync(`${TREE}/SECURITY.md`, "utf8").split("### Other sandboxes");
	const [, table = ""] = /\n(\| the program [^]*?)\n\n/.exec(after) ?? [];
	const cells = table.split("\n").map((line) => line.split(" | ").map((cell) => cell.trim()));
	const [head = [], , ...rows] = cells;
	t.match(README, `A probe tried ${rows.length} things`);
	for (const [column, row] of Object.entries({
		none: "none",
		"`--confine`": "`pflask --confine`",
		flatpak: "flatpak, which uses bwrap",
		firejail: "`firejail --private`",
		"firejail, strict": "firejail with its strictest options",
	})) {
		const at = head.indexOf(column);
		t.ok(at > 0, column);
		const can = rows.filter((cells) => cells[at] === "yes").length;
		t.match(README, `\n| ${row} | ${can} |\n`);
	}
});

t.end();
