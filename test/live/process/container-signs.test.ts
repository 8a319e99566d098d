// SPDX-License-Identifier: BSD-2-Clause
// A container has the signs by which programs detect a container and its manager
// (https://systemd.io/CONTAINER_INTERFACE). It also has the files in /run and /dev that programs
// expect.
import { chownSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { debianRoot, tinyRoot } from "../../lib/roots.ts";

const user = await account("pft-container-signs", { range: RANGE });

live("only the environment of process 1 shows a container", async (t, box) => {
	const env = { PATH: "/usr/bin:/bin", SECRET: "of the caller" };
	const root = tinyRoot(box);
	for (const [args, probe] of [
		[[], PROBE],
		[["--user-map=auto"], PROBE],
		[["--netif", "--clearenv"], PROBE],
		[[`--chroot=${root}`], "/bin/probe"],
		[[`--chroot=${root}`, "--keepenv", "--ephemeral"], "/bin/probe"],
	] as const) {
		const run = await box.run([...args, "--", probe, "read", "/proc/1/environ"], { env });
		t.equal(run.facts("read./proc/1/environ"), "ok 17 container=pflask", args.join(" "));
	}
	const own = ["--as-pid1", "--clearenv", "--", "/bin/cat", "/proc/1/environ"];
	t.match((await box.run(own, { env })).out, /(^|\0)container=pflask\0/, "also of the command");
});

live("a root directory shows a container to every user", async (t, box) => {
	const root = tinyRoot(box);
	const words = ["read", "/run/host/container-manager", "+", "stat"];
	const places = ["/run/host", "/run/host/container-manager", "/run/lock", "/dev/core"];
	for (const [args, probe] of [
		[[`--chroot=${root}`], "/bin/probe"],
		[[`--chroot=${root}`, "--user=1234"], "/bin/probe"],
		[[`--chroot=${root}`, "--user-map=auto"], "/bin/probe"],
		[[`--chroot=${root}`, "--read-only"], "/bin/probe"],
		[["--ephemeral"], PROBE],
	] as const) {
		const run = await box.run([...args, "--", probe, ...words, ...places]);
		const what = args.join(" ");
		t.equal(run.facts("read./run/host/container-manager"), "ok 7 pflask", what);
		t.match(run.facts("stat./run/host"), /^directory 0755 /, what);
		t.match(run.facts("stat./run/host/container-manager"), /^file 0444 /, what);
		t.match(run.facts("stat./run/lock"), /^directory 1777 /, what);
		t.match(run.facts("stat./dev/core"), /^link .* \/proc\/kcore$/, what);
	}
	chownSync(root, user.uid, user.gid);
	const own = await as(user, box).run([
		`--chroot=${root}`,
		"--",
		"/bin/probe",
		...words,
		"/run/lock",
	]);
	t.equal(own.facts("read./run/host/container-manager"), "ok 7 pflask", own.err);
	t.match(own.facts("stat./run/lock"), /^directory 1777 /);
});

live("every user can use /run/lock", async (t, box) => {
	const words = [
		"--user=1234",
		"--no-userns",
		"--",
		"/bin/probe",
		"create",
		"/run/lock/x",
		"/run/x",
	];
	const run = await box.run([`--chroot=${tinyRoot(box)}`, ...words]);
	t.equal(run.facts("create./run/lock/x"), "ok");
	t.not(run.facts("create./run/x"), "ok");
});

live("systemd-detect-virt detects the container", async (t, box) => {
	const words = ["--", "systemd-detect-virt", "--container"];
	const root = `--chroot=${await debianRoot()}`;
	for (const args of [
		[root],
		[root, "--user=1234"],
		[root, "--user-map=auto"],
		[root, "--netif"],
	]) {
		const run = await box.run([...args, ...words]);
		t.same([run.status, run.out], [0, "container-other\n"], `${args.join(" ")}: ${run.err}`);
	}
});

t.end();
