// SPDX-License-Identifier: BSD-2-Clause
// Runs each command in README. For some commands, the table below names another test, which runs
// the command.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, executable, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { TREE } from "../../lib/paths.ts";
import { inMounts } from "../../lib/private.ts";
import { debianRoot } from "../../lib/roots.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { subordinateDebian } from "../../lib/shell-root.ts";

const user = await account("pft-readme", { range: RANGE });

/** The expected result of a command. */
interface Outcome {
	readonly out: RegExp;
	/** A slow part of the command, and the text to run in its place. */
	readonly instead?: readonly [long: string, short: string];
}

const BUILD = [
	"sudo pflask --chroot=/srv/debian --mount=bind-ro:$PWD:/src --mount=tmp:/build",
	"-- make -C /src O=/build",
].join(" ");

/** The test file that runs a command, if the command needs a terminal, a network or a browser. */
type Elsewhere = `${string}.ts`;

const COMMANDS: Readonly<Record<string, Outcome | Elsewhere>> = {
	"sudo pflask": "test/live/terminal/pty.test.ts",
	"sudo pflask -- sh -c 'exit 3'; echo $?": { out: /^3\n$/ },
	"sudo debootstrap --variant=minbase bookworm /srv/debian": "test/lib/make-root.ts",
	"sudo pflask --chroot=/srv/debian -- cat /etc/debian_version": { out: /^12\.\d+\n$/ },
	"sudo pflask --chroot=/srv/debian -- /sbin/init": "test/live/process/boot.test.ts",
	"sudo pflask --netif -- ip link": { out: /^1: lo: .*\n.*\n$/ },
	"sudo pflask --ephemeral --changes -- apt-get install -y hello": "test/live/programs/apt.test.ts",
	"sudo pflask --chroot=/srv/debian --ephemeral -- apt-get install -y build-essential":
		"test/live/programs/apt.test.ts",
	[BUILD]: { out: /^made\n$/, instead: ["make", "sh /src/make"] },
	"pflask --seccomp=default -- make check": {
		out: /^Seccomp:\t2\n$/,
		instead: ["make check", "grep Seccomp: /proc/self/status"],
	},
	"pflask --confine -- python3 -c 'print(6 * 7)'": { out: /^42\n$/ },
	"pflask --confine --mount=bind-ro:$PWD:$PWD -- ./installer.sh": { out: /^installed\n$/ },
	"pflask --confine --netif=pasta --mount=bind:$PWD:$PWD -- npm install":
		"test/live/users/confine.test.ts",
	"pflask --user=$USER --mount=tmp:$HOME -- chromium --disable-setuid-sandbox":
		"test/live/programs/chromium.test.ts",
	"pflask --user-map=0:100000:65536 --chroot=$HOME/debian -- apt-get update": {
		out: /^apt \d/,
		instead: ["update", "--version"],
	},
	"sudo pflask --detach --name=web --chroot=/srv/debian -- bash":
		"test/live/detached/detach.test.ts",
	"sudo pflask --attach=web": "test/live/detached/attach.test.ts",
	"sudo pflask --detach --name=deb --chroot=/srv/debian -- /sbin/init": "test/vm/machined.test.ts",
	"machinectl list": "test/vm/machined.test.ts",
	"sudo machinectl shell deb": "test/vm/machined.test.ts",
	"sudo machinectl poweroff deb": "test/vm/machined.test.ts",
	"pflask --dry-run --chroot=$HOME/debian -- id": { out: /^ 0 monitor clone .*\n[^]* id id\n$/ },
	"sudo pflask --netif=veth:v0:eth0:addr=10.0.0.2/24:gw=10.0.0.1 -- ip address":
		"test/live/net/net-veth.test.ts",
	"pflask --netif=pasta:tcp=8080-8000 -- python3 -m http.server": "test/live/net/net-pasta.test.ts",
	"dist/pflask-userns check": "packages/userns/test/live.test.ts",
	"sudo dist/pflask-userns setup $USER": "packages/userns/test/usermod.test.ts",
	"sudo pflask --caps=-all,+chown,+dac_override -- make install": {
		out: /^CapEff:\t0+3\n$/,
		instead: ["make install", "grep CapEff /proc/self/status"],
	},
	"sudo pflask --user=www-data --no-userns --caps=-all,+net_bind_service -- ./server": {
		out: /^CapEff:\t0+400\n$/,
		instead: ["./server", "grep CapEff /proc/self/status"],
	},
	"pflask --no-new-privs --rlimit=nproc=100 --rlimit=core=0:0 -- ./build.sh": {
		out: /^Max processes +100 +100 /,
		instead: ["./build.sh", "grep 'Max processes' /proc/self/limits"],
	},
	"sudo pflask --limit=memory=512M,swap=0,pids=100,cpu=1.5 -- make -j8":
		"test/live/limits/limits.test.ts",
	"systemd-run --user --scope -p Delegate=yes pflask --limit=memory=512M -- make":
		"test/vm/user.test.ts",
};

/** Sets up the roots of README at their places, and programs "pflask" and "sudo" for the shell. */
async function setUp(box: Box): Promise<string> {
	const [root, own] = [await debianRoot(), await subordinateDebian()];
	mkdirSync(`${box.dir}/bin`);
	mkdirSync(`${user.home}/debian`, { recursive: true });
	await sh(["mv", executable(box), `${box.dir}/bin/pflask`]);
	writeFileSync(`${box.dir}/bin/sudo`, '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
	writeFileSync(`${box.dir}/make`, 'echo made >"${3#O=}/made" && cat /build/made\n');
	writeFileSync(`${box.dir}/installer.sh`, "#!/bin/sh\necho installed\n", { mode: 0o755 });
	return `
		mount -t tmpfs none /srv; mkdir /srv/debian; chmod 755 /srv
		mount --bind '${root}' /srv/debian; mount --bind '${own}' '${user.home}/debian'`;
}

/**
 * Types a command into a shell: root's shell if the command begins with sudo, otherwise a user's
 * shell.
 */
async function typed(box: Box, script: string, command: string): Promise<Ended> {
	const rootly = command.startsWith("sudo ");
	const { env, become } = user;
	const options: RunOptions = {
		via: [...inMounts(script), ...(rootly ? [] : become)],
		program: "/bin/sh",
		env: { ...env, PATH: `${box.dir}/bin:${env.PATH}` },
		cwd: box.dir,
	};
	return await box.run(["-c", command], options);
}

function check(t: Test, ended: Ended, { out }: Outcome, command: string): void {
	t.equal(ended.status, 0, `${command}: ${ended.err}`);
	t.match(ended.out, out, command);
}

const readme = readFileSync(`${TREE}/README.md`, "utf8");
const shown = [...readme.matchAll(/^ {4}\$ (.*)$/gm)].map(([, command = ""]) => command);

live("each command of README does what it says", async (t, box) => {
	const script = await setUp(box);
	for (const [command, outcome] of Object.entries(COMMANDS)) {
		if (typeof outcome === "string") continue;
		const [long, short] = outcome.instead ?? ["", ""];
		check(t, await typed(box, script, command.replace(long, short)), outcome, command);
	}
});

t.test("the tested commands are those of README", async (t) => {
	t.same(Object.keys(COMMANDS), shown, "add it to COMMANDS");
	for (const test of Object.values(COMMANDS))
		if (typeof test === "string") t.ok(existsSync(`${TREE}/${test}`), test);
});

t.test("the examples of pflask(1) are those of README", async (t) => {
	const page = readFileSync(`${TREE}/packages/cli/man/pflask.1`, "utf8");
	const examples = [...page.matchAll(/^\.Dl ([$#]) (.*)$/gm)].map(([, prompt, command]) =>
		prompt === "#" ? `sudo ${command}` : `${command}`,
	);
	t.ok(examples.length > 5, "it has examples");
	for (const example of examples) t.ok(shown.includes(example), example);
});
