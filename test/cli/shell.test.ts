// SPDX-License-Identifier: BSD-2-Clause
// Without a command, pflask runs a login shell.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as } from "../lib/account.ts";
import { detach, finish, listed } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { debianRoot, tinyRoot } from "../lib/roots.ts";
import { shellRoot } from "../lib/shell-root.ts";

const user = await account("pft-shell", { shell: "/bin/zsh" });

live("/bin/bash as a login shell", async (t, box) => {
	const script = 'echo "[$0]"; shopt -q login_shell && echo login; exit 9\n';
	const run = await box.run([], { stdin: script });
	t.same([run.status, run.out], [9, "[-bash]\nlogin\n"], run.err);
});

live("/bin/bash in a root directory", async (t, box) => {
	const script = 'echo "[$0]"; shopt -q login_shell && echo login; pwd; exit 9\n';
	const run = await box.run([`--chroot=${await debianRoot()}`], { stdin: script });
	t.equal(run.status, 9, run.err);
	t.match(run.out, /^\[-bash\]\nlogin\n\//);
});

live("with -- and nothing after it", async (t, box) => {
	const run = await box.run(["--"], { stdin: "exit 4\n" });
	t.equal(run.status, 4);
});

live("/bin/sh where the root has no bash", async (t, box) => {
	const root = tinyRoot(box);
	copyFileSync(PROBE, `${root}/bin/sh`);
	const run = await box.run([`--chroot=${root}`]);
	t.same([run.status, run.out, run.err], [0, "argv0 -sh\n", ""]);
	copyFileSync(PROBE, `${root}/bin/bash`);
	t.equal((await box.run([`--chroot=${root}`])).out, "argv0 -bash\n", "bash is preferred");
});

live("no shell is an error", async (t, box) => {
	const root = tinyRoot(box);
	const run = await box.run([`--chroot=${root}`]);
	t.equal(run.status, 127, run.err);
	t.equal(
		run.err,
		"pflask: cannot execute the user's login shell, /bin/bash or /bin/sh: " +
			"No such file or directory\nhint: pflask ... -- COMMAND\n",
	);
	writeFileSync(`${root}/bin/sh`, "", { mode: 0o644 });
	t.equal((await box.run([`--chroot=${root}`])).status, 126, "it cannot be executed");
});

/** Makes a root for users with shells that print the names of the shells. The root has no bash. */
function rootOf(box: Box, passwd: string, ...shells: string[]): string {
	const root = tinyRoot(box);
	mkdirSync(`${root}/opt`, { recursive: true });
	writeFileSync(`${root}/etc/passwd`, passwd);
	for (const shell of [...shells, "/bin/sh"]) copyFileSync(PROBE, `${root}${shell}`);
	return root;
}

const PASSWD = "root:x:0:0::/root:/opt/roots\njoe:x:7:7::/:/opt/joes\n";

live("the shell that the root's own passwd gives the user", async (t, box) => {
	const root = rootOf(box, PASSWD, "/opt/roots", "/opt/joes");
	for (const [args, name] of [
		[[], "-roots"],
		[["--user-map=auto"], "-roots"],
		[["--user=joe"], "-joes"],
		[["--user=7", "--no-userns"], "-joes"],
		[["--user=8"], "-sh"],
		[["--ephemeral"], "-roots"],
		[["--no-mountns"], "-roots"],
		[["--mount=tmp:/opt"], "-sh"],
	] as const) {
		const run = await box.run([`--chroot=${root}`, ...args]);
		t.same([run.status, run.out, run.err], [0, `argv0 ${name}\n`, ""], args.join(" "));
	}
	await sh(["ln", "-sf", "/usr/bin/env", `${root}/opt/roots`]);
	const run = await box.run([`--chroot=${root}`]);
	t.equal(run.out, "argv0 -sh\n", "no path leads out of the root");
});

live("a shell that refuses logins is not used", async (t, box) => {
	for (const shell of [
		"/sbin/nologin",
		"/bin/false",
		"",
		"opt/own",
		"/opt/missing",
		"/etc/passwd",
	]) {
		const root = rootOf(box, `root:x:0:0::/root:${shell}\n`);
		mkdirSync(`${root}/sbin`, { recursive: true });
		for (const name of ["/sbin/nologin", "/bin/false", "/opt/own"])
			copyFileSync(PROBE, `${root}${name}`);
		const run = await box.run([`--chroot=${root}`]);
		t.same([run.status, run.out, run.err], [0, "argv0 -sh\n", ""], `'${shell}'`);
		copyFileSync(PROBE, `${root}/bin/bash`);
		t.equal((await box.run([`--chroot=${root}`])).out, "argv0 -bash\n", `'${shell}': bash`);
		rmSync(`${root}/bin/bash`);
	}
});

/**
 * Returns lists of options. Each list replaces the passwd(5) and group(5) files of the root in
 * another way.
 */
function mountsOf(box: Box, passwd: string): string[][] {
	const directory = `${box.dir}/accounts`;
	mkdirSync(directory, { recursive: true });
	writeFileSync(`${directory}/passwd`, passwd);
	writeFileSync(`${directory}/group`, "pets:x:77:jane\n");
	return [
		[
			`--mount=bind-ro:${directory}/passwd:/etc/passwd`,
			`--mount=bind:${directory}/group:/etc/group`,
		],
		[`--mount=bind:${directory}:/etc`],
		["--mount=bind:/proc:/etc", `--mount=bind-ro:${directory}:/etc/.`],
	];
}

live("a mounted /etc/passwd gives the shell and the user", async (t, box) => {
	const root = rootOf(box, PASSWD, "/opt/roots", "/opt/joes", "/opt/janes");
	writeFileSync(`${root}/etc/group`, "");
	for (const mounts of mountsOf(box, "root:x:0:0::/:/opt/joes\njane:x:9:9::/:/opt/janes\n")) {
		const what = mounts.join(" ");
		const args = [`--chroot=${root}`, ...mounts];
		const run = await box.run(args);
		t.same([run.out, run.err], ["argv0 -joes\n", ""], what);
		const jane = await box.run([...args, "--user=jane"]);
		t.same([jane.out, jane.err], ["argv0 -janes\n", ""], what);
		const ids = await box.run([...args, "--no-userns", "--user=jane", "--", "/bin/probe", "ids"]);
		t.match(ids.out, /\nuid 9 9\ngid 9 9\ngroups (77 9|9 77)\n/, `${what}: ${ids.err}`);
		const joe = await box.run([...args, "--user=joe"]);
		t.match([joe.status, joe.err], [125, /joe: no such user/], what);
		const pid = await detach(box, [...args, "--", "/bin/probe", "hold"]);
		t.equal((await box.run([`--exec=${pid}`])).out, "argv0 -joes\n", `--exec ${what}`);
		await finish(box, pid);
	}
	const gone = await box.run([`--chroot=${root}`, "--mount=tmp:/etc"]);
	t.equal(gone.out, "argv0 -sh\n", gone.err);
});

live("a mount over the host's /etc/passwd", async (t, box) => {
	for (const mounts of mountsOf(box, "root:x:0:0::/:/bin/sh\njane:x:9:9::/:/bin/sh\n").slice(
		0,
		1,
	)) {
		const run = await box.run(mounts, { stdin: 'echo "$0 $SHELL"\n' });
		t.equal(run.out, "-sh /bin/sh\n", run.err);
		const jane = await box.run([...mounts, "--user=jane", "--", "id", "-u"]);
		t.equal(jane.out, "9\n", jane.err);
	}
});

live("SHELL names the shell that runs", async (t, box) => {
	const root = await shellRoot(box);
	const stdin = 'echo "$0 $SHELL"\n';
	for (const shell of [
		"/bin/sh",
		"/nonexistent",
		"/etc/passwd",
		"/bin/sh -c id",
		"/bin/nologin",
		"",
	]) {
		writeFileSync(`${root}/etc/passwd`, `root:x:0:0::/:${shell}\n`);
		for (const args of [[], ["--user=root"], ["--keepenv"]]) {
			const run = await box.run([`--chroot=${root}`, ...args], { stdin });
			t.same([run.out, run.err], ["-sh /bin/sh\n", ""], `'${shell}' ${args}`);
		}
		const pid = await detach(box, [`--chroot=${root}`, "--", "/bin/probe", "hold"]);
		for (const args of [[], ["--user=root"]]) {
			const run = await box.run([`--exec=${pid}`, ...args], { stdin });
			t.same([run.out, run.err], ["-sh /bin/sh\n", ""], `--exec ${args}: '${shell}'`);
		}
		const asked = await box.run([`--exec=${pid}`, "--setenv=SHELL=/x"], { stdin });
		t.equal(asked.out, "-sh /x\n", asked.err);
		await finish(box, pid);
	}
	const asked = await box.run([`--chroot=${root}`, "--setenv=SHELL=/x"], { stdin });
	t.equal(asked.out, "-sh /x\n", `what was asked for: ${asked.err}`);
	const env = { PATH: "/bin", HOME: "/", SHELL: "/bin/zsh" };
	const host = await box.run(["--mount=bind:/dev/null:/etc/passwd"], { stdin, env });
	t.equal(host.out, "-bash /bin/bash\n", `the caller's is another one: ${host.err}`);
});

live("--exec without a command has the same shell", async (t, box) => {
	const root = rootOf(box, PASSWD, "/opt/roots", "/opt/joes");
	for (const [args, name] of [
		[[], "-roots"],
		[["--user=joe"], "-joes"],
		[["--mount=tmp:/opt"], "-sh"],
	] as const) {
		const pid = await detach(box, [`--chroot=${root}`, ...args, "--", "/bin/probe", "hold"]);
		const run = await box.run([`--exec=${pid}`]);
		t.same([run.status, run.out, run.err], [0, `argv0 ${name}\n`, ""], args.join(" "));
		await finish(box, pid);
	}
	rmSync(`${root}/bin/sh`);
	const none = ["--user=joe", "--mount=tmp:/opt", "--", "/bin/probe", "hold"];
	const pid = await detach(box, [`--chroot=${root}`, ...none]);
	const run = await box.run([`--exec=${pid}`]);
	const error = /^pflask: cannot execute the user's login shell, [^\n]*\nhint: /;
	t.match([run.status, run.err], [127, error]);
	await finish(box, pid);
});

live("a detached container without a command", async (t, box) => {
	const pid = await detach(box, ["--setenv=HOME=/nonexistent"]);
	t.equal((await listed(box)).find((one) => one.pid === pid)?.command, "login shell");
	const run = await box.run([`--exec=${pid}`], { stdin: 'echo "$0"\n' });
	t.same([run.status, run.out], [0, "-bash\n"], run.err);
	await finish(box, pid);
});

live("an ordinary user's shell, on the host's files", async (t, box) => {
	const script = "echo $0 $ZSH_VERSION\n[[ -o login ]] && echo login\n";
	const own = await as(user, box).run([], { stdin: script });
	t.match(own.out, /^-zsh \d.*\nlogin\n$/, own.err);
	const other = await box.run([`--user=${user.name}`], { stdin: script });
	t.match(other.out, /^-zsh \d.*\nlogin\n$/, other.err);
	const root = await as(user, box).run(
		[`--user-map=u:0:${user.uid}:1`, `--user-map=g:0:${user.gid}:1`],
		{ stdin: "echo $0\n" },
	);
	t.equal(root.out, "-bash\n", `it is root's inside: ${root.err}`);
});

live("--as-pid1 makes the shell pid 1", async (t, box) => {
	const run = await box.run(["--as-pid1"], { stdin: "echo $$\n" });
	t.equal(run.out, "1\n", run.err);
});

t.end();
