// SPDX-License-Identifier: BSD-2-Clause
// Containers of an ordinary user whom systemd has logged in, in a cgroup that is delegated to the
// user.
import { readFileSync } from "node:fs";
import t from "tap";
import { as, RANGE } from "../lib/account.ts";
import { finish, nameIn } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { untilRunning } from "../lib/machinectl.ts";
import { TREE } from "../lib/paths.ts";
import { PROBE } from "../lib/probe.ts";
import { debianRoot } from "../lib/roots.ts";
import { lingering, userService } from "../lib/unit.ts";

const lingers = await lingering("pft-vm", { range: RANGE });
const user = { ...lingers, env: { ...lingers.env, XDG_RUNTIME_DIR: `/run/user/${lingers.uid}` } };
const SCOPE = ["systemd-run", "--user", "--scope", "--quiet", "--property=Delegate=yes"];
const scoped = { ...user, become: [...user.become, ...SCOPE] };

let made: Promise<string> | undefined;

/**
 * Returns the Debian root of the user, ~/debian. The first test that needs the root makes the root.
 */
function rootOf(box: Box): Promise<string> {
	made ??= makeRoot(box);
	return made;
}

/**
 * Copies the Debian root for the user. In the copy, the files of root belong to the user, and all
 * other files belong to the subordinate ids of the user.
 */
async function makeRoot(box: Box): Promise<string> {
	const [file, root] = [`${box.dir}/debian.tar`, `${user.home}/debian`];
	await sh(["tar", "-C", await debianRoot(), "--exclude=./dev/*", "-cf", file, "."]);
	await sh([...user.become, "mkdir", root]);
	const unpacked = await as(user, box).run([
		"--user-map=auto",
		"--",
		"tar",
		"-C",
		root,
		"-xf",
		file,
	]);
	if (unpacked.status !== 0) throw new Error(unpacked.err);
	return root;
}

live("a service of the user runs a container with all the user's ids", async (t, box) => {
	const via = userService(user, nameIn(box, "ids"));
	const words = ["sh", "-c", "id -u; cut -d' ' -f1 /proc/self/uid_map | wc -l; cat /proc/1/comm"];
	const run = await box.run(["--user-map=auto", "--", ...words], { via });
	t.same([run.status, run.out, run.err], [0, "0\n2\npf-init\n", ""]);
});

live("a container of the user is killed at its memory limit", async (t, box) => {
	const via = userService(user, nameIn(box, "memory"));
	const limits = "--limit=memory=32M,swap=0,pids=50";
	const run = await box.run([limits, "--", "tail", "/dev/zero"], { via });
	t.same([run.status, run.out], [137, ""]);
	t.equal(run.err, "pflask: killed: out of memory (limit 32M)\n");
});

live("a detached container is found in the user's run directory", async (t, box) => {
	const name = nameIn(box, "detached");
	const inService = (...args: string[]) =>
		box.run(args, { via: userService(user, nameIn(box, `${args.length}`), "KillMode=none") });
	const { status, err } = await inService("--detach", `--name=${name}`, "--", PROBE, "hold");
	t.same([status, err], [0, ""]);
	const list = await inService("--list", "--json");
	const [container] = JSON.parse(list.out).containers;
	t.match(container, { name, uid: user.uid });
	const end = await inService("--kill", "--kill-after=0", name);
	t.same([end.status, end.err], [0, ""]);
});

live("the limits of a container in a scope of the user", async (t, box) => {
	const cat = "cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max";
	const limits = "--limit=memory=48M,swap=1M,pids=20,cpu=0.5";
	const { out, err } = await as(scoped, box).run([limits, "--", "sh", "-c", cat]);
	t.same([out, err], [`${48 << 20}\n${1 << 20}\n20\n50000 100000\n`, ""]);
	const none = await as(user, box).run([limits, "--", "true"]);
	t.same([none.status, none.out], [125, ""]);
	t.match(none.err, /^pflask: --limit: [^\n]+\nhint: systemd-run --user --scope [^\n]+\n$/);
});

live("pflask-userns says whether a system can boot, and what to type", async (t, box) => {
	const program = `${TREE}/dist/pflask-userns`;
	const cgroup = async (who: typeof user) => {
		const { out } = await as(who, box).run(["check", "--json"], { program });
		const { requirements } = JSON.parse(out) as { requirements: { name: string }[] };
		return requirements.find(({ name }) => name === "cgroup");
	};
	t.match(await cgroup(user), {
		ok: false,
		found: /^version 2, \/\S+: not yours: Permission denied$/,
		remedy: "systemd-run --user --scope -p Delegate=yes pflask ...",
	});
	t.match(await cgroup(scoped), {
		ok: true,
		found: /^version 2, \/user\.slice\/\S+: a system can boot, limits by [^;]*memory, pids$/,
	});
});

live("a system of the user boots in a scope of the user, and nowhere else", async (t, box) => {
	const [root, name] = [await rootOf(box), nameIn(box, "booted")];
	const words = [`--chroot=${root}`, "--user-map=auto", "--detach", `--name=${name}`];
	const none = await as(user, box).run([...words, "--", "/sbin/init"]);
	t.same([none.status, none.out], [125, ""]);
	t.match(none.err, /^pflask: [^\n]+\nhint: systemd-run --user --scope [^\n]+\n$/);
	const { status, err } = await as(scoped, box).run([...words, "--", "/sbin/init"]);
	t.same([status, err], [0, ""]);
	await untilRunning(as(user, box), name);
	await finish(as(user, box), name);
});

live("the boot that README.md shows, typed at a terminal", async (t, box) => {
	const readme = readFileSync(`${TREE}/README.md`, "utf8");
	const [, shown = ""] = /`(systemd-run [^`]+)`/.exec(readme) ?? [];
	const command = shown.replaceAll(/\s+/g, " ");
	t.match(command, /^systemd-run --user .* pflask --chroot=\$HOME\/debian .*\/sbin\/init$/);
	const chroot = `--chroot=${await rootOf(box)}`;
	const password = await as(user, box).run([chroot, "--", "passwd", "--delete", "root"]);
	t.equal(password.status, 0, password.err);
	const shell = as(user, box).terminal([], { program: "/bin/sh" });
	await shell.until(/\$ $/);
	shell.type(`${command}; echo "ended with $?"\n`);
	await shell.until(/ login: $/);
	t.match(shell.out, "users who can log in: root (no password)");
	shell.type("root\n");
	await shell.until(/# [^\n]*$/);
	shell.type("echo is-$(systemctl is-system-running --wait) uid-$(id -u)\n");
	await shell.until("is-running uid-0");
	shell.type("poweroff\n");
	await shell.until(/ended with 0\r\n/);
	shell.type("exit\n");
	t.equal((await shell.ended).status, 0);
});

t.end();
