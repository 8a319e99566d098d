// SPDX-License-Identifier: BSD-2-Clause
// If pflask lacks a necessary privilege, pflask prints one line and a remedy, and changes nothing.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { type Box, live } from "../../lib/live.ts";
import { inNamespace } from "../../lib/propagation.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Ended } from "../../lib/run.ts";
import { names, tree } from "../../lib/tree.ts";
import { asConfinedUser, asUser, reachable, USER } from "../../lib/user.ts";

/** Runs pflask as a user who cannot make a user namespace. */
async function confined(box: Box, args: string[]): Promise<Ended> {
	return await box.run(args, { via: await asConfinedUser(), program: program(box) });
}

function program(box: Box): string {
	return existsSync(`${box.dir}/pflask`) ? `${box.dir}/pflask` : reachable(box);
}

function isRefused(t: Test, run: Ended, what: string): void {
	t.equal(run.status, 125, `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\nhint: [^\n]+\n$/, `${what}: a line and a hint`);
	t.match(run.err, /\bsudo\b|\broot\b/, `${what}: it says that root could`);
	t.equal(run.out, "", `${what}: nothing has run`);
}

live("without user namespaces the hint names a remedy", async (t, box) => {
	for (const args of [[], ["--netif"], ["-MIHP"], ["--as-pid1"], ["--tty=always"]]) {
		const run = await confined(box, [...args, "--", "/bin/true"]);
		isRefused(t, run, args.join(" "));
		t.match(run.err, "user.max_user_namespaces");
	}
});

live("an error with --chroot leaves the root unchanged", async (t, box) => {
	const root = tinyRoot(box, ["sys"]);
	const before = await tree(root);
	isRefused(t, await confined(box, [`--chroot=${root}`, "--", "/bin/probe"]), "--chroot");
	t.same(await tree(root), before);
});

live("an error on a terminal leaves its modes unchanged", async (t, box) => {
	const script = 'echo "before $(stty -g)"; "$@"; echo "status $?"; echo "after $(stty -g)"';
	const via = ["sh", "-c", script, "sh", ...(await asConfinedUser())];
	const { out } = await box.terminal(["--", "/bin/true"], { program: program(box), via }).ended;
	t.match(out, /\r\npflask: [^\n]+\r\nhint: [^\n]+\r\nstatus 125\r\n/);
	const [before, after] = ["before", "after"].map((name) => out.match(`${name} (\\S+)`)?.[1]);
	t.ok(before);
	t.equal(after, before);
});

/** Settings of the kernel that forbid user namespaces. */
const BLOCKERS = [
	["unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone"],
	["apparmor_restrict_unprivileged_userns", "1", "apparmor"],
] as const;

live("the message names the setting that blocks user namespaces", async (t, box) => {
	for (const [name, value, word] of BLOCKERS) {
		// A process below chroot(2) cannot make a user namespace. The test mounts a tmpfs over
		// /proc/sys/kernel in the root of that chroot, in a mount namespace. There the test writes a
		// file with the name of the setting and the value that forbids user namespaces.
		const script = `
			root=$1; shift
			mount --rbind / "$root"
			mount -t tmpfs none "$root/proc/sys/kernel"
			echo ${value} >"$root/proc/sys/kernel/${name}"
			exec chroot --userspec=${USER}:${USER} "$root" "$@"`;
		mkdirSync(`${box.dir}/${name}`);
		const via = [...inNamespace(script), `${box.dir}/${name}`];
		await asUser();
		const run = await box.run(["--", "/bin/true"], { via, program: program(box) });
		isRefused(t, run, name);
		t.match(run.err.toLowerCase(), word, name);
	}
});

/** Runs pflask as an ordinary user. */
async function runAsUser(box: Box, args: string[]): Promise<Ended> {
	return await box.run(args, { via: await asUser(), program: program(box) });
}

live("actions that need no privilege work without privilege", async (t, box) => {
	mkdirSync(`${box.dir}/r`);
	for (const args of [["--help"], ["--version"], ["--dry-run", "--", "true"]]) {
		const run = await runAsUser(box, args);
		t.same([run.status, run.err], [0, ""], args.join(" "));
		t.not(run.out, "");
	}
});

live("a mistake is reported before a missing privilege", async (t, box) => {
	const run = await runAsUser(box, ["--chroot=/no/such/directory", "--", "true"]);
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: [^\n]*\/no\/such\/directory[^\n]*\n/);
});

live("root without a capability that a later step needs changes nothing", async (t, box) => {
	const root = tinyRoot(box);
	writeFileSync(`${root}/etc/file`, "");
	const before = await names(root);
	const args = ["--netif", `--chroot=${root}`, "--", "/bin/probe", "say", "hi"];
	for (const name of ["mknod", "sys_chroot", "net_admin", "setuid", "kill", "dac_override"]) {
		const run = await box.run(args, { via: ["setpriv", `--bounding-set=-${name}`] });
		if (run.status === 0) t.equal(run.out, "hi\n", `without ${name}: it worked`);
		else {
			t.equal(run.status, 125, `without ${name}: ${run.err}`);
			t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `without ${name}`);
			t.equal(run.out, "");
		}
		t.same(await names(root), before);
	}
});

live("the hint names the capability that is missing", async (t, box) => {
	const root = tinyRoot(box);
	for (const [name, args] of [
		["mknod", [`--chroot=${root}`, "--", "/bin/probe", "tell"]],
		["sys_chroot", ["-M", `--chroot=${root}`, "--", "/bin/probe", "tell"]],
		["net_admin", ["--netif", "--", "/bin/true"]],
		["sys_admin", ["--no-userns", "--", "/bin/true"]],
		["setfcap", ["--user-map=0:0:1", "--", "/bin/true"]],
	] as const) {
		const run = await box.run(args, { via: ["setpriv", `--bounding-set=-${name}`] });
		t.equal(run.status, 125, name);
		t.match(run.err, new RegExp(`\nhint: [^\n]*CAP_${name.toUpperCase()},`), name);
	}
});

live("the hint for a chroot", async (t, box) => {
	const script = `
		root=$1 user=$2
		shift 2
		for dir in usr etc proc dev tmp; do
			mkdir -p "$root/$dir"
			mount --rbind "/$dir" "$root/$dir"
		done
		cp -a /bin /lib /lib64 "$root"
		exec chroot --userspec="$user" "$root" "$@"`;
	const user = `${USER}:${USER}`;
	await asUser();
	for (const [who, args, remedy] of [
		["0:0", [], /Invalid argument\nhint: mount --bind DIR DIR before chroot DIR\b/],
		["0:0", ["--user-map=0:0:1"], /\(this is a chroot\)\nhint: pflask --chroot=DIR .* outside/],
		[user, [], /\(this is a chroot\)\nhint: pflask --chroot=DIR .* outside/],
		[user, ["--no-userns"], /Operation not permitted\nhint: sudo pflask \.\.\.\n$/],
	] as const) {
		const via = [...inNamespace(script), `${box.dir}/root`, who];
		const run = await box.run([...args, "--", "true"], { via, program: program(box) });
		t.equal(run.status, 125, run.err);
		t.match(run.err, remedy, `${who} ${args}`);
	}
});

live("the hint for a chroot whose root is a mount point", async (t, box) => {
	// Pid 1 of the namespace is a shell outside the chroot, like a real init.
	const script = `
		mkdir -p "$0"
		mount --rbind / "$0"
		mount --rbind /proc "$0/proc"
		chroot "$0" "$@"
		exit $?`;
	const outside = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"];
	const via = [...outside, "sh", "-cu", script, `${box.dir}/root`];
	const run = await box.run(["--", "echo", "hi"], { via });
	t.same([run.out, run.err], ["hi\n", ""], "the hint holds");
	const mapped = await box.run(["--user-map=0:0:1", "--", "true"], { via });
	t.match(mapped.err, /\(this is a chroot\)\nhint: pflask --chroot=DIR .* outside/);
});

live("a user that the user namespace does not map", async (t, box) => {
	for (const args of [[], ["--no-userns"]]) {
		const run = await box.run([...args, "--", "true"], { via: ["unshare", "--user"] });
		t.equal(run.status, 125, run.err);
		const block = /\(this user namespace does not map your user or group\)\nhint: /;
		t.match(run.err, block);
		t.match(run.err, /\nhint: unshare --user --map-root-user .* outside/);
	}
	const via = ["unshare", "--user", "--map-root-user"];
	t.equal((await box.run(["--", "echo", "hi"], { via })).out, "hi\n", "the hint holds");
});

t.end();
