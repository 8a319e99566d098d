// SPDX-License-Identifier: BSD-2-Clause
// An ordinary user who has no root directory makes a Debian root directory, enters the directory,
// installs and builds there, and removes the directory.
import { existsSync, mkdirSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, executable, RANGE } from "../lib/account.ts";
import { archive } from "../lib/bootstrap.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { inMounts } from "../lib/private.ts";
import type { Ended } from "../lib/run.ts";

const user = await account("pft-nothing", { range: RANGE });
const { suite, mirror } = archive();
/** The time for a command that fetches packages, milliseconds. */
const BOUND = 600_000;

/** The PATH of an ordinary user of Debian. */
const PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";

type Type = (command: string) => Promise<Ended>;

/**
 * Returns a function that types commands into the user's shell. The user's home is on a tmpfs, so
 * that dpkg need not wait for a disk. All commands run in one mount namespace, in which the process
 * `keeper` waits.
 */
async function shell(box: Box, keeper: number): Promise<Type> {
	mkdirSync(`${box.dir}/bin`, { recursive: true });
	if (!existsSync(`${box.dir}/bin/pflask`))
		await sh(["mv", executable(box), `${box.dir}/bin/pflask`]);
	const { http_proxy, https_proxy, no_proxy } = process.env;
	const proxies = Object.entries({ http_proxy, https_proxy, no_proxy }).flatMap(([name, value]) =>
		value ? [[name, value]] : [],
	);
	const env = { ...user.env, ...Object.fromEntries(proxies), PATH: `${box.dir}/bin:${PATH}` };
	const via = ["nsenter", `--target=${keeper}`, "--mount", "--wd=/", ...user.become];
	return (command) =>
		box.run(["-c", `cd && ${command}`], { via, env, program: "/bin/sh", bound: BOUND });
}

/** Runs a test with a shell in a mount namespace of its own. */
function atHome(name: string, body: (t: Test, type: Type) => Promise<void>): void {
	live(name, async (t, box) => {
		const script = `mount -t tmpfs -o mode=755,uid=${user.uid},gid=${user.gid} none ${user.home}`;
		const keeper = box.start([], {
			via: inMounts(`${script}; echo ready; exec cat`),
			stdin: "pipe",
		});
		await keeper.until("ready");
		await body(t, await shell(box, keeper.pid));
		await keeper.closeStdin();
		await keeper.ended;
	});
}

async function works(
	t: Test,
	type: Type,
	command: string,
	out: string | RegExp = /^/,
): Promise<void> {
	const run = await type(command);
	t.equal(run.status, 0, `${command}\n${run.err.slice(-2000)}`);
	t.match(run.out, out, command);
}

/** Maps that are not those of the root directory, and the hints. */
async function refuses(t: Test, type: Type): Promise<void> {
	const first = Number(RANGE.split("-")[0]);
	const fits = await type(`pflask --user-map=0:${first}:65536 --chroot=debian -- true`);
	t.same([fits.status, fits.out], [125, ""]);
	const why = `0:${first}:65536: does not map uid ${user.uid}, which owns the root directory`;
	t.equal(fits.err, `pflask: --user-map: ${why}\nhint: pflask --chroot=debian ...\n`);
	const foreign = await type("pflask --user-map=0:4000000000:65536 --chroot=debian -- true");
	t.same([foreign.status, foreign.out], [125, ""]);
	const own = `your subordinate ids are ${RANGE}`;
	t.match(foreign.err, `\nhint: --user-map=auto, or --chroot=DIR alone: ${own}\n`);
}

atHome("mmdebstrap, and everything after it", async (t, type) => {
	await works(
		t,
		type,
		`pflask --user-map=auto -- mmdebstrap --variant=minbase ${suite} debian ${mirror}`,
	);
	await works(t, type, "pflask --chroot=debian -- cat /etc/debian_version", /^\d+\.\d+\n$/);
	await works(
		t,
		type,
		"pflask --chroot=debian -- stat -c %U:%G / /etc/shadow",
		"root:root\nroot:shadow\n",
	);
	await works(t, type, "pflask --chroot=debian -- apt-get update");
	const packages = "hello gcc libc6-dev";
	await works(
		t,
		type,
		`pflask --chroot=debian -- apt-get install -y --no-install-recommends ${packages}`,
	);
	await works(t, type, "pflask --chroot=debian -- hello", "Hello, world!\n");
	await works(t, type, "mkdir project && echo 'int main(void) { return 42; }' >project/answer.c");
	const build = "--mount=bind:$HOME/project:/project --chdir=/project -- gcc -o answer answer.c";
	await works(t, type, `pflask --chroot=debian ${build}`);
	await works(t, type, "stat -c %U project/answer; project/answer; echo $?", `${user.name}\n42\n`);
	await works(t, type, "pflask --chroot=debian -- useradd --create-home builder");
	const who = "sh -c 'id -un; cd; touch made; pwd; stat -c %U made'";
	await works(
		t,
		type,
		`pflask --chroot=debian --user=builder -- ${who}`,
		"builder\n/home/builder\nbuilder\n",
	);
	await works(t, type, "pflask --user=daemon --chroot=debian -- id -un", "daemon\n");
	await works(t, type, "pflask --chroot=debian --ephemeral -- rm -rf /usr/bin/hello");
	await works(t, type, "pflask --chroot=debian -- hello", "Hello, world!\n");
	await works(t, type, "printf 'se\\nse\\n' | pflask --chroot=debian -- passwd root");
	await works(t, type, "pflask --chroot=debian -- passwd --status root", "root P");
	await refuses(t, type);
	const vain = await type("rm -rf debian");
	t.match(vain.err, "rm: cannot remove 'debian/home/builder/.profile': Permission denied\n");
	await works(t, type, "pflask --user-map=auto -- rm -rf debian && ls", "project\n");
});

atHome("debootstrap", async (t, type) => {
	const run = await type("pflask --user-map=auto -- debootstrap");
	t.match(run.err, "hint: /usr/sbin/debootstrap\n");
	const words = `--variant=minbase ${suite} debian ${mirror}`;
	const make = `--setenv=container=lxc -- /usr/sbin/debootstrap ${words}`;
	await works(t, type, `pflask --user-map=auto ${make}`, "Base system installed successfully");
	await works(t, type, "pflask --chroot=debian -- apt-get install -y hello");
	await works(t, type, "pflask --chroot=debian -- hello", "Hello, world!\n");
	await works(t, type, "pflask --user-map=auto -- rm -rf debian && ls -A", /^$/);
});

live("packages cannot be installed in the host's files", async (t, box) => {
	const { run } = as(user, box);
	const words = ["--user-map=auto", "--ephemeral", "--", "apt-get", "install", "-y", "hello"];
	const { status, err } = await run(words, { env: { ...user.env, LC_ALL: "C" } });
	t.equal(status, 100);
	t.match(err, /lock-frontend[^\n]*Permission denied/);
});

t.end();
