// SPDX-License-Identifier: BSD-2-Clause
// pflask without the privilege it needs: one line, a remedy, and nothing has changed.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { type Box, live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { tinyRoot } from "../lib/roots.ts";
import type { Ended } from "../lib/run.ts";
import { names, tree } from "../lib/tree.ts";
import { asUser, reachable } from "../lib/user.ts";

async function runAsUser(box: Box, args: string[], via: string[] = []): Promise<Ended> {
	const program = existsSync(`${box.dir}/pflask`) ? `${box.dir}/pflask` : reachable(box);
	return await box.run(args, { via: [...via, ...(await asUser())], program });
}

function isRefused(t: Test, run: Ended, what: string): void {
	t.equal(run.status, 125, `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\nhint: [^\n]+\n$/, `${what}: a line and a hint`);
	t.match(run.err, /Operation not permitted|privilege|root/i, what);
	t.match(run.err, /root|sudo/, `${what}: it says that root could`);
	t.equal(run.out, "", `${what}: nothing has run`);
}

live("an ordinary user is told what would help", async (t, box) => {
	for (const args of [[], ["--netif"], ["-MIHP"], ["--as-pid1"], ["--tty=always"]])
		isRefused(t, await runAsUser(box, [...args, "--", "/bin/true"]), args.join(" "));
});

live("also with a root, which is left alone", async (t, box) => {
	const root = tinyRoot(box, ["sys"]);
	const before = await tree(root);
	isRefused(t, await runAsUser(box, [`--chroot=${root}`, "--", "/bin/probe"]), "--chroot");
	t.same(await tree(root), before);
});

live("also on a terminal, whose modes are left alone", async (t, box) => {
	const program = reachable(box);
	const script = 'echo "before $(stty -g)"; "$@"; echo "status $?"; echo "after $(stty -g)"';
	const via = ["sh", "-c", script, "sh", ...(await asUser())];
	const { out } = await box.terminal(["--", "/bin/true"], { program, via }).ended;
	t.match(out, /\r\npflask: [^\n]+\r\nhint: [^\n]+\r\nstatus 125\r\n/);
	const [before, after] = ["before", "after"].map((name) => out.match(`${name} (\\S+)`)?.[1]);
	t.ok(before);
	t.equal(after, before);
});

/** Settings of the kernel that forbid user namespaces. */
const BLOCKERS = [
	["user", "max_user_namespaces", "0", "user.max_user_namespaces"],
	["kernel", "unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone"],
	["kernel", "apparmor_restrict_unprivileged_userns", "1", /apparmor/i],
] as const;

live(
	"it says which of root and user namespaces would help, and what blocks them here",
	async (t, box) => {
		for (const [directory, name, value, word] of BLOCKERS) {
			// What is seen of the settings is changed, in a mount namespace, not the settings.
			const script = `
			mount -t tmpfs none /proc/sys/${directory}
			echo ${value} >/proc/sys/${directory}/${name}
			exec "$@"`;
			const via = ["unshare", "--mount", "sh", "-ceu", script, "sh"];
			const run = await runAsUser(box, ["--", "/bin/true"], via);
			isRefused(t, run, name);
			t.match(run.err, word, name);
		}
	},
);

live("what needs no privilege works without", async (t, box) => {
	mkdirSync(`${box.dir}/r`);
	for (const args of [["--help"], ["--version"], ["--dry-run", "--", "true"]]) {
		const run = await runAsUser(box, args);
		t.same([run.status, run.err], [0, ""], args.join(" "));
		t.not(run.out, "");
	}
});

live("a user's mistake is told before the lack of privilege", async (t, box) => {
	const run = await runAsUser(box, ["--chroot=/no/such/directory", "--", "true"]);
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: [^\n]*\/no\/such\/directory[^\n]*\n/);
});

live("root without CAP_SYS_ADMIN is told the same", async (t, box) => {
	const via = ["setpriv", "--bounding-set=-sys_admin"];
	const run = await box.run(["--", PROBE, "say", "hi"], { via });
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: [^\n]+\nhint: [^\n]+\n$/);
	t.equal(run.out, "");
});

live("root without a capability that a later step needs changes nothing", async (t, box) => {
	const root = tinyRoot(box);
	writeFileSync(`${root}/etc/file`, "");
	const before = await names(root);
	for (const name of ["mknod", "sys_chroot", "net_admin", "setuid", "kill", "dac_override"]) {
		const via = ["setpriv", `--bounding-set=-${name}`];
		const run = await box.run(["--netif", `--chroot=${root}`, "--", "/bin/probe", "say", "hi"], {
			via,
		});
		if (run.status === 0) t.equal(run.out, "hi\n", `without ${name}: it worked`);
		else {
			t.equal(run.status, 125, `without ${name}: ${run.err}`);
			t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `without ${name}`);
			t.equal(run.out, "");
		}
		t.same(await names(root), before);
	}
});

t.end();
